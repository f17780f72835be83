import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import type { Logger } from "../../base/logger.ts";
import type { EngineClient } from "../session/engineClient.ts";
import { registerCompletion } from "./completion.ts";
import { PolicyDiagnostics } from "./diagnostics.ts";
import { registerDocumentSymbols } from "./documentSymbols.ts";
import { registerFolding } from "./folding.ts";
import type { PolicyDocuments } from "./policyDocuments.ts";
import { registerQuickFixes } from "./quickFixes.ts";

/** What policy files are told apart and written with. */
export interface PolicyLanguageParts {
  readonly documents: PolicyDocuments;
  readonly engine: EngineClient;
  readonly logger: Logger;
}

/** Everything that an editor knows of the text of a policy beside its counts. */
export function registerPolicyLanguage({ documents, engine, logger }: PolicyLanguageParts): Disposable {
  const owned = new DisposableStore();
  const diagnostics = owned.add(new PolicyDiagnostics(documents, engine, logger));
  owned.add(registerQuickFixes(diagnostics));
  owned.add(registerDocumentSymbols(documents, engine));
  owned.add(registerFolding(engine));
  owned.add(registerCompletion(engine));
  return owned;
}

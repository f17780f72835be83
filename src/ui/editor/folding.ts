import {
  type CancellationToken,
  type FoldingContext,
  FoldingRange,
  FoldingRangeKind,
  type FoldingRangeProvider,
  languages,
  type TextDocument,
} from "vscode";
import type { Disposable } from "../../base/disposable.ts";
import type { EngineClient } from "../session/engineClient.ts";
import { type PolicyDocuments, policySelector } from "./policyDocuments.ts";

/** Folds policy files; all others are left to whoever folds YAML. */
export function registerFolding(documents: PolicyDocuments, engine: EngineClient): Disposable {
  return languages.registerFoldingRangeProvider(policySelector, new PolicyFolding(documents, engine));
}

class PolicyFolding implements FoldingRangeProvider {
  readonly #documents: PolicyDocuments;
  readonly #engine: EngineClient;

  constructor(documents: PolicyDocuments, engine: EngineClient) {
    this.#documents = documents;
    this.#engine = engine;
  }

  async provideFoldingRanges(
    document: TextDocument,
    _context: FoldingContext,
    token: CancellationToken,
  ): Promise<FoldingRange[] | undefined> {
    if (!this.#documents.bring(document)) return undefined;
    const { foldings } = await this.#engine.request("policyFoldings", { text: document.getText() });
    if (token.isCancellationRequested) return undefined;
    return foldings.map(
      ({ first, last, kind }) => new FoldingRange(first, last, kind && FoldingRangeKind.Comment),
    );
  }
}

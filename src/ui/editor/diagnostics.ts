import { Diagnostic, DiagnosticSeverity, languages, type TextDocument, Uri } from "vscode";
import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import type { Logger } from "../../base/logger.ts";
import type { Problem, Severity } from "../../base/problem.ts";
import { problemPage } from "../../policy/language/problemPages.ts";
import type { DocumentProblems } from "../../protocol/policyLanguage.ts";
import type { EngineClient } from "../session/engineClient.ts";
import { offsetRange } from "../vscode/offsetRange.ts";
import { onSettingsChange, readSetting } from "../vscode/settings.ts";
import { saysWhatIsNoYaml } from "../vscode/yamlExtension.ts";
import type { PolicyDocuments } from "./policyDocuments.ts";

/** Who says so, in the list of problems. */
export const diagnosticSource = "Hubble Lens";

const severities: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  hint: DiagnosticSeverity.Hint,
};

/** What is no YAML at all, which whoever knows YAML says, too. */
const yamlCodes: readonly string[] = ["yaml-syntax", "duplicate-key"];

/** A document whose problems are asked for again and again. */
interface Followed {
  readonly document: TextDocument;
  told: DocumentProblems | undefined;
}

/** Marks what is wrong in the open policies, as long as the setting says so. */
export class PolicyDiagnostics implements Disposable {
  readonly #documents: PolicyDocuments;
  readonly #engine: EngineClient;
  readonly #logger: Logger;
  readonly #owned = new DisposableStore();
  readonly #collection = this.#owned.add(languages.createDiagnosticCollection("hubbleLens"));
  readonly #followed = new Map<string, Followed>();

  constructor(documents: PolicyDocuments, engine: EngineClient, logger: Logger) {
    this.#documents = documents;
    this.#engine = engine;
    this.#logger = logger;
    this.#owned.add(
      documents.onDidSend((document) => {
        this.#follow(document);
      }),
    );
    this.#owned.add(
      onSettingsChange(["diagnostics.enabled"], () => {
        this.#followed.clear();
        this.#collection.clear();
        for (const document of documents.sent) this.#follow(document);
      }),
    );
    for (const document of documents.sent) this.#follow(document);
  }

  /** What is wrong with a document as it is now, once that is known; nothing while the setting is off. */
  async problemsOf(document: TextDocument): Promise<readonly Problem[]> {
    if (!readSetting("diagnostics.enabled") || !this.#documents.bring(document)) return [];
    const uri = document.uri.toString();
    const { version } = document;
    let told: DocumentProblems | null = this.#followed.get(uri)?.told ?? null;
    while (told?.version !== version) {
      told = await this.#engine.request("policyProblems", { uri, after: told?.reading ?? 0 });
      if (!told || told.version > version) return [];
    }
    return told.problems;
  }

  dispose(): void {
    this.#followed.clear();
    this.#owned.dispose();
  }

  /** Shows each reading of a document until it is closed, or is no policy any more. */
  #follow(document: TextDocument): void {
    const uri = document.uri.toString();
    if (!readSetting("diagnostics.enabled") || this.#followed.get(uri)?.document === document) return;
    const followed: Followed = { document, told: undefined };
    this.#followed.set(uri, followed);
    this.#showReadings(uri, followed).catch((error: unknown) => {
      // The next text that is sent begins anew.
      if (this.#followed.get(uri) === followed) this.#followed.delete(uri);
      this.#logger.debug("diagnostics", `${uri}: ${String(error)}`);
    });
  }

  async #showReadings(uri: string, followed: Followed): Promise<void> {
    for (;;) {
      const after = followed.told?.reading ?? 0;
      const told = await this.#engine.request("policyProblems", { uri, after });
      if (this.#followed.get(uri) !== followed) return;
      if (!told) break;
      followed.told = told;
      // Of what is older than the text the editor moves the marks by itself, until the newest reading comes.
      if (told.version === followed.document.version) this.#show(followed.document, told.problems);
    }
    this.#followed.delete(uri);
    this.#collection.delete(followed.document.uri);
  }

  #show(document: TextDocument, problems: readonly Problem[]): void {
    const isNoise = saysWhatIsNoYaml(document);
    const shown = isNoise ? problems.filter(({ code }) => !yamlCodes.includes(code)) : problems;
    this.#collection.set(
      document.uri,
      shown.map((problem) => diagnostic(document, problem)),
    );
  }
}

function diagnostic(document: TextDocument, { severity, code, message, range }: Problem): Diagnostic {
  const made = new Diagnostic(offsetRange(document, range), message, severities[severity]);
  made.source = diagnosticSource;
  made.code = { value: code, target: pageOf(code) };
  return made;
}

/** Reading an address takes longer than all the rest: of a thousand marks most have one code. */
const pages = new Map<string, Uri>();

function pageOf(code: string): Uri {
  const known = pages.get(code);
  if (known) return known;
  const page = Uri.parse(problemPage(code));
  pages.set(code, page);
  return page;
}

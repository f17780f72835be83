import type { TextRange } from "../base/textRange.ts";
import type { PolicyProblem } from "./policyProblem.ts";
import type { YamlDocument } from "./yamlDocuments.ts";

/** A value takes two characters at least and is looked at twice: a document that yields more multiplies itself by aliases. */
const valuesPerCharacter = 2;
const valuesAlways = 20_000;

/** A problem as it is reported: by default an error that nobody refuses the policy for. */
export type Report = Pick<PolicyProblem, "code" | "message" | "path" | "range"> & Partial<PolicyProblem>;

/** What the readers of one document share: where it lies, what it says is wrong, and how much may still be read. */
export class YamlReading {
  readonly document: YamlDocument;
  readonly #problems: PolicyProblem[];
  readonly #places = new Map<string, number>();
  #left: number;

  constructor(document: YamlDocument) {
    this.document = document;
    this.#left = valuesAlways + valuesPerCharacter * document.text.length;
    this.#problems = document.problems.map((problem) => ({
      ...problem,
      path: "",
      refusedBy: ["apiserver", "agent"],
    }));
  }

  get problems(): readonly PolicyProblem[] {
    return this.#problems;
  }

  /** Counts one more value; false when the document unfolds to more than anybody could have meant. */
  spend(at: { readonly range: TextRange }): boolean {
    // Nothing else makes a document say more than is written in it.
    if (!this.document.hasAliases) return true;
    this.#left -= 1;
    if (this.#left > 0) return true;
    if (this.#left === 0) {
      const message = "Aliases unfold this document to more than can be read.";
      this.report({ code: "too-many-aliases", message, path: "", range: at.range });
    }
    return false;
  }

  /** What is wrong with one place is said once, in the first words for it, whoever else minds it. */
  report(report: Report): void {
    const place = `${report.code} ${report.range.start} ${report.range.end}`;
    const index = this.#places.get(place);
    const earlier = index === undefined ? undefined : this.#problems[index];
    if (index === undefined || !earlier) {
      this.#places.set(place, this.#problems.length);
      this.#problems.push({ severity: "error", refusedBy: [], ...report });
      return;
    }
    const refusedBy = [...new Set([...earlier.refusedBy, ...(report.refusedBy ?? [])])];
    const { fix, fixRange } = report;
    this.#problems[index] = {
      ...(fix !== undefined && { fix }),
      ...(fixRange !== undefined && { fixRange }),
      ...earlier,
      refusedBy,
    };
  }
}

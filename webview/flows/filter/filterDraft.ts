import type { Problem } from "../../../src/base/problem.ts";

/**
 * What is written in the line, against what the table shows: keeps both apart while the text is wrong or still being
 * written, and tells an echo of our own wish from a filter that was set elsewhere.
 */
export class FilterDraft {
  text = "";
  /** What the table shows. */
  applied = "";
  /** Asked for and not seen in the state yet, in order. */
  #asked: string[] = [];
  /** What the engine said of a text that reads well here. */
  #refused: { readonly text: string; readonly problems: readonly Problem[] } | undefined;

  /**
   * The table shows the flows of this filter now. Answers whether the line was set to it: somebody else chose it, and
   * nobody is writing (`isWriting`), from whom it would take the letters.
   */
  show(applied: string, isWriting: boolean): boolean {
    if (applied === this.applied) return false;
    this.applied = applied;
    const echo = this.#asked.indexOf(applied);
    if (echo !== -1) {
      this.#asked.splice(0, echo + 1);
      return false;
    }
    if (isWriting) return false;
    this.#asked = [];
    this.text = applied;
    return true;
  }

  /** Was this text asked for last, or is it what the table shows? */
  get settled(): boolean {
    return this.text.trim() === (this.#asked.at(-1) ?? this.applied).trim();
  }

  /** Asks for the text as it stands. */
  ask(): void {
    if (this.text !== this.applied) this.#asked.push(this.text);
  }

  /** What came back for a text that was asked for. */
  answer(text: string, problems: readonly Problem[]): void {
    this.#refused = problems.length > 0 ? { text, problems } : undefined;
    if (problems.some(({ severity }) => severity === "error")) this.forget(text);
  }

  /** Nothing will come of a text that was asked for. */
  forget(text: string): void {
    this.#asked = this.#asked.filter((one) => one !== text);
  }

  /** The problems of the text, as it was read here and as the engine found. */
  problems(read: readonly Problem[]): readonly Problem[] {
    if (this.#refused?.text !== this.text) return read;
    const known = new Set(read.map(keyOf));
    return [...read, ...this.#refused.problems.filter((problem) => !known.has(keyOf(problem)))];
  }
}

function keyOf({ code, range }: Problem): string {
  return `${code} ${range.start} ${range.end}`;
}

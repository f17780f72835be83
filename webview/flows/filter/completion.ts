import type { TextRange } from "../../../src/base/textRange.ts";
import type { SuggestionKind } from "../../../src/flows/language/suggestionKind.ts";

/** One thing that may be written at a place. */
export interface Option {
  readonly label: string;
  readonly insert: string;
  readonly detail: string;
}

/** What may be written at a place of a text, in the shape that `completeFilterLine` answers. */
export interface Completions {
  readonly range: TextRange;
  readonly items: readonly Option[];
  readonly wanted?: { readonly kind: SuggestionKind; readonly prefix: string };
}

export interface CompletionParts {
  complete(text: string, caret: number): Completions;
  /** Values that held flows have, as options; rejects when they cannot be asked for. */
  seen(wanted: NonNullable<Completions["wanted"]>): Promise<readonly Option[]>;
  /** The options changed after {@link Completion.update} had returned. */
  readonly onChange: () => void;
}

/** More than anybody reads through. */
const optionsAtMost = 100;

/** The list of what may be written where the person writes: flags and fixed words at once, values that were seen a moment later. */
export class Completion {
  readonly #parts: CompletionParts;
  #range: TextRange = { start: 0, end: 0 };
  #text = "";
  #turn = 0;
  /** Empty while the list is closed. */
  options: readonly Option[] = [];
  /** What is said of all options alike: the meaning of the flag whose values they are. Empty when they differ. */
  heading = "";
  /** The option that Enter takes; -1: none. */
  active = -1;

  constructor(parts: CompletionParts) {
    this.#parts = parts;
  }

  get isOpen(): boolean {
    return this.options.length > 0;
  }

  /** Where the stretch begins that an option would replace. */
  get start(): number {
    return this.#range.start;
  }

  /** Lists what may stand at the caret. Values come later, and only if nothing else was asked for meanwhile. */
  update(text: string, caret: number): void {
    const turn = ++this.#turn;
    const { range, items, wanted } = this.#parts.complete(text, caret);
    this.#range = range;
    this.#text = text;
    this.active = -1;
    const [first, ...others] = items;
    const isAlike =
      first !== undefined && others.length > 0 && others.every(({ detail }) => detail === first.detail);
    this.heading = isAlike ? first.detail : "";
    const known = isAlike ? items.map((item) => ({ ...item, detail: "" })) : items;
    this.#show(known);
    if (!wanted) return;
    this.#parts.seen(wanted).then(
      (seen) => {
        if (turn !== this.#turn) return;
        const labels = new Set(seen.map(({ label }) => label));
        const chosen = this.options[this.active]?.label;
        this.#show([...seen, ...known.filter(({ label }) => !labels.has(label))]);
        this.active = chosen === undefined ? -1 : this.options.findIndex(({ label }) => label === chosen);
        this.#parts.onChange();
      },
      () => {
        // The extension has logged why; what is known here stays.
      },
    );
  }

  close(): void {
    this.#turn += 1;
    this.options = [];
    this.active = -1;
  }

  /** Goes through the options in a circle. */
  move(by: 1 | -1): void {
    const count = this.options.length;
    if (count === 0) return;
    this.active = this.active === -1 && by === -1 ? count - 1 : (this.active + by + count) % count;
  }

  /** The text with an option in its place, and where to go on writing. */
  accept(index: number): { readonly text: string; readonly caret: number } | undefined {
    const option = this.options[index];
    if (!option) return undefined;
    const { start, end } = this.#range;
    const after = this.#text.slice(end);
    // A word that is written to its end is followed by a blank, but for what goes on by itself (`kube-system/`).
    const blank = /[\s=/]$/.test(option.insert) || /^\s/.test(after) ? "" : " ";
    const caret = start + option.insert.length + (blank === "" && /^\s/.test(after) ? 1 : blank.length);
    return { text: this.#text.slice(0, start) + option.insert + blank + after, caret };
  }

  /** A list that only says what is written already is no help. */
  #show(options: readonly Option[]): void {
    const written = this.#text.slice(this.#range.start, this.#range.end);
    const useful = options.length > 1 || options.some(({ insert }) => insert.trim() !== written);
    this.options = useful ? options.slice(0, optionsAtMost) : [];
  }
}

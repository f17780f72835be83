import type { Problem } from "../../../src/base/problem.ts";
import type { FilterTerm } from "../../../src/flows/language/filterTerm.ts";
import { Completion, type Completions, type Option } from "./completion.ts";
import { FilterDraft } from "./filterDraft.ts";
import type { FilterHost } from "./filterHost.ts";
import { HistoryWalk } from "./historyWalk.ts";
import * as language from "./lineLanguage.ts";
import { visibleProblems } from "./visibleProblems.ts";

/** After so long without a key a filter that reads well is applied, and one that does not is told of. */
const pauseMs = 600;

export interface FilterEditorParts {
  readonly host: FilterHost;
  /** The filters that were used, the newest first. */
  recent(): readonly string[];
  /** Says of a value how many flows have it. */
  countText(count: number): string;
  /** What is to be drawn changed by itself. */
  readonly onChange: () => void;
  /** What is written and not applied; `undefined`: nothing. */
  onDraft(text: string | undefined): void;
}

/**
 * What a person writes into the filter line, without the line: reads it, offers what may follow, and applies it once it is
 * right and the person pauses. What is written is never taken away; the table keeps the last filter that reads well.
 */
export class FilterEditor {
  readonly completion: Completion;
  readonly #parts: FilterEditorParts;
  readonly #draft = new FilterDraft();
  readonly #history = new HistoryWalk();
  #line = language.readLine("");
  /** Is the person done for now, so that everything that is wrong may show? */
  #settled = true;
  /** Runs from the last key on. */
  #pause: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: FilterEditorParts) {
    this.#parts = parts;
    this.completion = new Completion({
      complete: language.completions,
      seen: (wanted) => this.#seen(wanted),
      onChange: parts.onChange,
    });
  }

  get text(): string {
    return this.#draft.text;
  }

  /** What the table shows. */
  get applied(): string {
    return this.#draft.applied;
  }

  get terms(): readonly FilterTerm[] {
    return this.#line.terms;
  }

  /** Does the text read well? */
  get isRight(): boolean {
    return !hasError(this.#line.problems);
  }

  /** Is the text what was asked for last: nothing is being written? */
  get isAsked(): boolean {
    return this.#draft.settled;
  }

  /** What to tell of, the gravest first, while the place of writing is at `caret`; -1: nobody writes. */
  problems(caret: number): readonly Problem[] {
    const writing = { text: this.text, caret, settled: this.#settled };
    return visibleProblems(this.#draft.problems(this.#line.problems), writing);
  }

  /** The table shows the flows of this filter now. */
  show(applied: string): void {
    if (!this.#draft.show(applied, this.#pause !== undefined)) return;
    this.#reread();
    this.#settled = true;
    this.completion.close();
  }

  /** A text that cannot be applied as it is: what is wrong with it shows. */
  showDraft(text: string): void {
    this.#draft.text = text;
    this.#reread();
    this.#settled = true;
    this.#parts.onChange();
  }

  /** The person begins to write. */
  begin(): void {
    this.#history.begin(this.#parts.recent());
  }

  /** The person wrote. */
  write(text: string, caret: number): void {
    this.#draft.text = text;
    this.#reread();
    this.#settled = false;
    this.begin();
    this.completion.update(text, caret);
    this.#applyLater();
  }

  /** Sets the whole text and asks for it at once. */
  put(text: string): void {
    this.#draft.text = text;
    this.#reread();
    this.settle();
  }

  /** Writes what was likely meant in the place of what is wrong; answers where to go on. */
  fix({ range, fix = "" }: Problem): number {
    const { text } = this.#draft;
    this.put(text.slice(0, range.start) + fix + text.slice(range.end));
    return range.start + fix.length;
  }

  /** Takes an option of the list; answers where to go on. What comes next is offered at once: the values of a flag, after its name. */
  accept(index: number): number | undefined {
    const accepted = this.completion.accept(index);
    if (!accepted) return undefined;
    this.write(accepted.text, accepted.caret);
    return accepted.caret;
  }

  /** Goes through the filters that were used; answers whether there was another. */
  walk(way: "older" | "newer"): boolean {
    const text = way === "older" ? this.#history.older(this.#draft.text) : this.#history.newer();
    if (text === undefined) return false;
    this.#draft.text = text;
    this.#reread();
    this.#applyLater();
    return true;
  }

  /** The person is done with the text: everything that is wrong shows, or it is applied. */
  settle(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
    this.completion.close();
    this.#settled = true;
    this.#parts.onChange();
    this.#apply(true);
  }

  dispose(): void {
    clearTimeout(this.#pause);
  }

  #reread(): void {
    const { text, applied } = this.#draft;
    this.#line = language.readLine(text);
    this.#parts.onDraft(text === applied ? undefined : text);
  }

  #applyLater(): void {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      // While something is offered, the person may be about to take it.
      this.#settled = !this.completion.isOpen;
      this.#parts.onChange();
      this.#apply(false);
    }, pauseMs);
  }

  #apply(settled: boolean): void {
    const draft = this.#draft;
    if (!this.isRight || (draft.settled && !settled)) return;
    const { text } = draft;
    draft.ask();
    this.#parts.host.apply(text, settled).then(
      (problems) => {
        draft.answer(text, problems);
        this.#parts.onChange();
      },
      () => {
        // The extension has logged why; the table stays as it is, and the next wish asks again.
        draft.forget(text);
      },
    );
  }

  async #seen(wanted: NonNullable<Completions["wanted"]>): Promise<readonly Option[]> {
    const values = await this.#parts.host.seen(wanted);
    return values.map(({ value, count }) => ({
      label: value,
      insert: language.quoteValue(value),
      detail: this.#parts.countText(count),
    }));
  }
}

function hasError(problems: readonly Problem[]): boolean {
  return problems.some(({ severity }) => severity === "error");
}

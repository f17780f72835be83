import type { Disposable } from "../base/disposable.ts";
import type { FlowSelection, RuleFilter } from "../flows/flowFilter.ts";
import type { FlowStore } from "../flows/flowStore.ts";
import { compileScan, type RowScan } from "../flows/match/compileScan.ts";
import { compileSelection, type RowPredicate } from "../flows/match/compileSelection.ts";
import type { MatchSeams, RowSeams } from "../flows/match/matchSeams.ts";
import type { FlowRow, RowWindow, ViewFigures } from "../protocol/engine.ts";
import { flowAt, flowRow } from "./flowRow.ts";
import { toMs } from "./gapCheck.ts";
import { FlowView } from "./flowView.ts";
import type { PolicyDocuments } from "./policyDocuments.ts";
import type { RowList } from "./rowList.ts";
import type { RowPump } from "./rowPump.ts";

export interface FlowViewsOptions {
  readonly store: FlowStore;
  readonly pump: RowPump;
  readonly documents: PolicyDocuments;
  readonly firstView: number;
}

interface OpenView {
  readonly flows: FlowView;
  readonly reading: Disposable;
  /** What the rows were chosen by, where they are those of a rule. */
  chosenBy: string | undefined;
}

/** Rows are decoded while the stream waits, about 20 µs each. */
const windowRowsAtMost = 1_000;

/** The views that are open, by number. */
export class FlowViews implements Disposable {
  readonly #store: FlowStore;
  readonly #pump: RowPump;
  readonly #documents: PolicyDocuments;
  readonly #open = new Map<number, OpenView>();
  #nextView: number;
  /** What evaluates expressions, once one was there. */
  #seams: MatchSeams = {};
  /** Documents are opened and closed only between the slices in which rows are read. */
  #slice = 0;

  constructor(options: FlowViewsOptions) {
    this.#store = options.store;
    this.#pump = options.pump;
    this.#documents = options.documents;
    this.#nextView = options.firstView;
  }

  /** Opens a view and answers its number; what is held comes into it slice by slice. */
  open(selection: FlowSelection, seams: MatchSeams = {}): number {
    const view = this.#nextView++;
    const { rule } = selection;
    const limit = () => (rule && this.#documents.holding(rule)?.countedBelow()) ?? 0;
    this.#seams = { ...this.#seams, ...seams };
    const scan = this.#scan(selection);
    const flows = new FlowView(this.#store, { view, selection, scan, ...(rule && { limit }) });
    const chosenBy = rule && this.#documents.holding(rule)?.shownBasis();
    flows.sortByTime();
    this.#open.set(view, { flows, reading: this.#pump.add(flows), chosenBy });
    return view;
  }

  /** Keeps a view's rows under their numbers while its owner has paused it. */
  setPaused(view: number, paused: boolean): void {
    this.#open.get(view)?.flows.setPaused(paused);
    this.#pump.wake();
  }

  close(view: number): void {
    this.#open.get(view)?.reading.dispose();
    this.#open.delete(view);
  }

  selections(): readonly FlowSelection[] {
    return [...this.#open.values()].map(({ flows }) => flows.selection);
  }

  figures(): readonly ViewFigures[] {
    return [...this.#open.values()].map(({ flows }) => flows.figures());
  }

  /** What an open view shows. */
  selectionOf(view: number): FlowSelection {
    return this.#find(view).flows.selection;
  }

  /** Has a view looked at all that is held, and sorted it? (That of a rule waits for its document.) */
  hasCaughtUp(view: number): boolean {
    return this.#find(view).flows.isSettled;
  }

  /** The store's rows that are in a view now, in its order; some may no longer be held. */
  storeRows(view: number): RowList {
    return this.#find(view).flows.storeRows();
  }

  /** Which rows a selection admits, its rule aside. */
  compile(selection: FlowSelection): RowPredicate {
    return compileSelection(selection, this.#store, this.#rowSeams());
  }

  #scan(selection: FlowSelection): RowScan {
    const { rule } = selection;
    return compileScan(selection, this.#store, {
      ...this.#rowSeams(),
      ...(rule && { decides: this.#decided(rule) }),
    });
  }

  #rowSeams(): RowSeams {
    return { ...this.#seams, flowAt: (row) => flowAt(this.#store, row) };
  }

  /** Which rows were decided by a rule. Its document is found once for the rows that are read in one go. */
  #decided(rule: RuleFilter): RowPredicate {
    let document = this.#documents.holding(rule);
    let foundIn = this.#slice;
    return (row) => {
      if (foundIn !== this.#slice) {
        document = this.#documents.holding(rule);
        foundIn = this.#slice;
      }
      return document?.decidedBy(row, rule) ?? false;
    };
  }

  /** The rows from number `from` on, at most `count` and a thousand; in the place of one no longer held, words to say so. */
  rows(view: number, from: number, count: number): RowWindow {
    const found = this.#find(view);
    const { first, end } = found.flows.figures();
    const start = Math.min(Math.max(Math.floor(from), first), end);
    const until = Math.min(end, start + Math.min(count, windowRowsAtMost));
    const rows: FlowRow[] = [];
    for (let number = start; number < until; number++) {
      const row = found.flows.rowAt(number);
      if (row === undefined) break;
      rows.push(flowRow(this.#store, row) ?? this.#gone(found.flows, number, row));
    }
    return { view, first, end, from: start, rows };
  }

  #find(view: number): OpenView {
    const found = this.#open.get(view);
    if (!found) throw new Error(`The view ${view} is not open.`);
    return found;
  }

  /** Stands at the time of the row before it that is held: a view's first one is. */
  #gone(flows: FlowView, number: number, row: number): FlowRow {
    let before = number - 1;
    while ((flows.rowAt(before) ?? Infinity) < this.#store.first) before -= 1;
    const held = flows.rowAt(before);
    const timeMs = held === undefined ? 0 : toMs(this.#store.timeAt(held));
    return { type: "notice", row, timeMs, text: "no longer held: it made room for newer flows" };
  }

  /** Everything that was held is gone, or other flows come. */
  restart(): void {
    for (const { flows } of this.#open.values()) restart(flows);
    this.#pump.wake();
  }

  /** History came in: brings each view into the order of time. */
  sortByTime(): void {
    for (const { flows } of this.#open.values()) flows.sortByTime();
    this.#pump.wake();
  }

  /** Rows were read: chooses the rows of rules anew whose document is counted anew. */
  progressed(): void {
    this.#slice += 1;
    for (const view of this.#open.values()) {
      const { rule } = view.flows.selection;
      if (!rule) continue;
      const basis = this.#documents.holding(rule)?.shownBasis();
      if (basis === view.chosenBy) continue;
      view.chosenBy = basis;
      restart(view.flows);
      this.#pump.wake();
    }
  }

  dispose(): void {
    for (const { reading } of this.#open.values()) reading.dispose();
    this.#open.clear();
  }
}

/** Begins anew; what is held by now may have come out of the order of time. */
function restart(flows: FlowView): void {
  flows.restart();
  flows.sortByTime();
}

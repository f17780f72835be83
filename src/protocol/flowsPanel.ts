import type { Problem } from "../base/problem.ts";
import type { TermText } from "../flows/language/filterTerm.ts";
import type { SuggestionKind } from "../flows/language/suggestionKind.ts";
import type { PackedRowWindow, RowDetails } from "./engine.ts";
import type { FilterLists, FilterTexts, SavedFilter } from "./filterLine.ts";

/** The contract between the extension and the webview of the panel "Hubble Flows". */

/** What the webview asks of the extension; each request gets its reply or is rejected. */
export interface FlowsPanelRequests {
  readonly rows: { params: { readonly from: number; readonly count: number }; reply: PackedRowWindow };
  readonly details: { params: { readonly row: number }; reply: RowDetails | null };
  readonly setPaused: { params: { readonly paused: boolean }; reply: null };
  /**
   * Shows the flows that a filter admits, unless it holds an error: then the table keeps what it has. `settled`: the person
   * is done with it (pressed Enter), so that it is worth remembering.
   */
  readonly setFilter: {
    params: { readonly text: string; readonly settled: boolean };
    reply: { readonly problems: readonly Problem[] };
  };
  readonly clearFilter: { params: null; reply: null };
  /** Values that held flows have, the most frequent first. */
  readonly suggestions: {
    params: { readonly kind: SuggestionKind; readonly prefix: string };
    reply: { readonly values: readonly SeenValue[] };
  };
  /** Adds what a cell of the table says to the filter. */
  readonly addCell: { params: CellWish; reply: null };
  readonly addTerm: { params: TermText; reply: null };
  /** Asks the person for a name and keeps the filter under it. */
  readonly saveFilter: { params: { readonly text: string }; reply: null };
  readonly removeSaved: { params: SavedFilter; reply: null };
  /** Runs one of the buttons that an empty state offers. */
  readonly runAction: { params: { readonly action: PanelAction }; reply: null };
  readonly copy: { params: { readonly text: string }; reply: null };
}

export type FlowsPanelRequestName = keyof FlowsPanelRequests;

export type PanelAction =
  | "connect"
  | "connect-address"
  | "start-demo"
  | "retry"
  | "show-log"
  | "open-capture";

/** Webview → extension. */
export type FlowsPanelToHost =
  | { readonly type: "ready" }
  | {
      readonly type: "request";
      readonly id: number;
      readonly name: FlowsPanelRequestName;
      readonly params: unknown;
    };

/** Extension → webview. */
export type FlowsPanelToWebview =
  | { readonly type: "reply"; readonly id: number; readonly result: unknown }
  | { readonly type: "failure"; readonly id: number; readonly message: string }
  | { readonly type: "state"; readonly state: FlowsPanelState }
  | { readonly type: "lists"; readonly lists: FilterLists }
  /** Puts a text into the filter line that cannot be applied as it is. */
  | { readonly type: "draft"; readonly text: string }
  | { readonly type: "focus-filter" };

/** A value that held flows have, and how many of them. */
export interface SeenValue {
  readonly value: string;
  readonly count: number;
}

/** A cell of the table, by its row in the store and its column, and how to filter by it. */
export interface CellWish {
  readonly row: number;
  readonly column: string;
  readonly negated: boolean;
}

/** What the table shows, whole each time. A webview drops a state whose `sequence` is lower than one it has. */
export interface FlowsPanelState {
  readonly sequence: number;
  /** Changes when the table shows other flows (a new filter, another cluster): what was loaded is void. */
  readonly view: number;
  readonly first: number;
  readonly end: number;
  readonly paused: boolean;
  /** Rows that came since pausing and are not shown yet; 0 unless paused. */
  readonly heldBack: number;
  /** The flags of `hubble observe` by which the rows are chosen; empty when all are shown. */
  readonly filter: string;
  /** One line of figures: `12 min · 9,818 flows · 44 denied · 42 lost`. */
  readonly figures: string;
  /** Shown in place of an empty table. */
  readonly empty: {
    readonly message: string;
    readonly actions: readonly { readonly label: string; readonly action: PanelAction | "clear-filter" }[];
  };
  /** Shown above the table while rows are there: what is wrong (a lost connection), or that no flow is among them. */
  readonly banner?: FlowsPanelState["empty"] & {
    /** Something is wrong, or it is only worth knowing. */
    readonly tone: "warning" | "info";
  };
}

/** The texts that the webview shows by itself, in the person's language: given with its page (`data-texts` of the body). */
export interface FlowsPanelTexts {
  readonly table: string;
  readonly time: string;
  readonly source: string;
  readonly destination: string;
  readonly port: string;
  readonly event: string;
  readonly verdict: string;
  readonly summary: string;
  readonly filterLine: FilterTexts;
  readonly filterFor: string;
  readonly filterOut: string;
  readonly pause: string;
  readonly resume: string;
  readonly follow: string;
  readonly newest: string;
  /** `{0}` is a number. */
  readonly heldBack: string;
  readonly details: string;
  readonly close: string;
  readonly sourceLabels: string;
  readonly destinationLabels: string;
  readonly raw: string;
  readonly copy: string;
  readonly copied: string;
  readonly copyFailed: string;
  readonly noLongerHeld: string;
  readonly failed: string;
}

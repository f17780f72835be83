import type { Problem } from "../base/problem.ts";
import type { FlowSelection } from "../flows/flowFilter.ts";
import type { TermText } from "../flows/language/filterTerm.ts";
import type { SuggestionKind } from "../flows/language/suggestionKind.ts";
import type { SeenValue } from "../flows/seenValues.ts";
import type { AgentFacts } from "../policy/agentFacts.ts";
import type { ElsewhereTally, TallyBasis, TallyEntry } from "../policy/tallyEntry.ts";
import type { PolicyLanguageRequests } from "./policyLanguage.ts";
import type { RelayNode, RelayStatus, SessionState, Target } from "./session.ts";

/** What the engine can be asked: each request with its parameters and its reply. A request that fails rejects its caller. */
export interface EngineRequests extends PolicyLanguageRequests {
  readonly configure: { params: EngineSettings; reply: null };
  /** Ends what is there and connects; answers at once, the rest is told by snapshots. */
  readonly connect: { params: { readonly target: Target }; reply: null };
  readonly disconnect: { params: null; reply: null };
  /** Tries at once what failed or waits; `tried` is false when there is no session, as after the engine's thread ended. */
  readonly retryNow: { params: null; reply: { readonly tried: boolean } };
  /** The contexts of the kubeconfig files (none given: as kubectl finds them), for a person to choose from. */
  readonly listContexts: {
    params: { readonly kubeconfigPaths: readonly string[] };
    reply: ContextList;
  };
  /**
   * Reads capture files (jsonpb or exporter lines, plain or gzip), one after the other, in place of a session; a folder
   * stands for the captures in it. The session stays, with what it holds, until the first flow was read: a file that is no
   * capture changes nothing. Is cancelled by `connect`, `disconnect` and another capture.
   */
  readonly openCapture: {
    params: { readonly path: string; readonly others?: readonly string[] };
    reply: CaptureSummary;
  };
  /** The rotated set that a file belongs to, in order, the file included; that file alone when there is none. */
  readonly captureSet: { params: { readonly path: string }; reply: { readonly paths: readonly string[] } };
  /**
   * Reads a file as `openCapture` does, and goes on with what is added to it, through rotation, until `cancelCapture` or
   * something else takes its place. Answers once all that it holds is read, or it is waited for.
   */
  readonly followCapture: { params: { readonly path: string }; reply: null };
  /**
   * Ends the reading of a capture, if any; its `openCapture` fails as `cancelled`, and what it brought is gone. What was
   * followed stays, as a capture.
   */
  readonly cancelCapture: { params: null; reply: null };
  /**
   * Writes what comes from now on to a file, until `stopRecording`, through every reconnection; each flow once. Refused
   * when one is under way, or the file is there already.
   */
  readonly startRecording: { params: RecordingOptions; reply: null };
  /** Ends the recording, and answers what it came to once all of it is in the file; `null` when there is none. */
  readonly stopRecording: { params: null; reply: RecordingState | null };
  /** Writes the flows of a view that are held now to a file, which is there only once it is whole. */
  readonly exportView: { params: ExportOptions; reply: ExportSummary };
  /** Ends an export; its `exportView` fails as `cancelled`, and leaves no file. */
  readonly cancelExport: { params: null; reply: null };
  /** Which parts of the snapshot somebody looks at: what nobody looks at is neither computed nor streamed. */
  readonly setInterest: { params: Interest; reply: null };
  readonly setDocument: {
    params: { readonly uri: string; readonly version: number; readonly text: string };
    reply: null;
  };
  readonly closeDocument: { params: { readonly uri: string }; reply: null };
  /** The policies applied in the cluster, as YAML texts; `null`: not known. A change restarts live counts. */
  readonly setApplied: { params: { readonly texts: readonly string[] | null }; reply: null };
  /**
   * Opens a live view of the flows that a selection admits, or a filter line. A line with an error among its problems opens
   * nothing: the view is 0.
   */
  readonly openView: {
    params: { readonly selection: FlowSelection } | { readonly filter: string };
    reply: { readonly view: number; readonly problems: readonly Problem[] };
  };
  readonly closeView: { params: { readonly view: number }; reply: null };
  /**
   * While a view is paused its rows keep their numbers: it is brought into the order of time afterwards. Told by whoever
   * shows it, also for a view opened while paused. (Other flows, from a new target or capture, do renumber it.)
   */
  readonly pauseView: { params: { readonly view: number; readonly paused: boolean }; reply: null };
  readonly rows: {
    params: { readonly view: number; readonly from: number; readonly count: number };
    reply: PackedRowWindow;
  };
  /** Everything that is known of one row; `null` when it is no longer held. */
  readonly details: { params: { readonly row: number }; reply: RowDetails | null };
  /** How a person would ask for the flows that have what a row has in a column; `null`: no flag says it. */
  readonly cellTerm: {
    params: { readonly row: number; readonly column: string };
    reply: { readonly term: TermText | null };
  };
  /** A filter line with terms added; what stands in it already is not added again. */
  readonly addTerms: {
    params: { readonly filter: string; readonly terms: readonly TermText[] };
    reply: { readonly filter: string };
  };
  /** The command line of the `hubble` CLI that shows the flows of a filter line, and the terms that it cannot say. */
  readonly hubbleCommand: {
    params: { readonly filter: string };
    reply: { readonly command: string; readonly cannotSay: readonly string[] };
  };
  /** The allow and deny lists of a filter line as `--print-raw-filters` prints them, and the terms that no relay can be asked. */
  readonly rawFilters: {
    params: { readonly filter: string };
    reply: { readonly text: string; readonly cannotSay: readonly string[] };
  };
  /** Values that held flows have, as a filter takes them: those with the prefix first, of them the most frequent. */
  readonly suggestions: {
    params: { readonly kind: SuggestionKind; readonly prefix: string; readonly limit: number };
    reply: { readonly values: readonly SeenValue[] };
  };
  /** What is wrong with a filter line. */
  readonly checkFilter: {
    params: { readonly filter: string };
    reply: { readonly problems: readonly Problem[] };
  };
}

export type EngineRequestName = keyof EngineRequests;

/** Main thread → worker. */
export interface EngineCall<Name extends EngineRequestName = EngineRequestName> {
  readonly id: number;
  readonly name: Name;
  readonly params: EngineRequests[Name]["params"];
}

/** Worker → main thread. */
export type EngineMessage =
  | { readonly type: "reply"; readonly id: number; readonly result: unknown }
  | {
      readonly type: "failure";
      readonly id: number;
      readonly message: string;
      /** It failed because nobody wants it any more: nothing to tell a person. */
      readonly cancelled?: true;
    }
  | { readonly type: "snapshot"; readonly snapshot: SentSnapshot }
  | ({ readonly type: "numbers" } & SentNumbers)
  | {
      readonly type: "log";
      readonly level: "debug" | "info" | "warn" | "error";
      readonly area: string;
      readonly message: string;
    };

/** A snapshot on its way between the threads: without what was sent before of groups and of documents. */
export type SentSnapshot = Omit<EngineSnapshot, "documents"> & {
  readonly documents?: readonly SentDocument[];
  /** In place of groups that are those of the snapshot before. */
  readonly sameGroups?: true;
};

/** Its numbers went ahead; lists that are absent are those of the snapshot before. */
export type SentDocument = Omit<DocumentTally, "entries" | "problems" | "applied"> &
  Partial<Pick<DocumentTally, "problems" | "applied">> & {
    /** How many entries there are now. */
    readonly entries: number;
  };

/** New entries of a document, for its next snapshot. */
export interface SentNumbers {
  readonly uri: string;
  /** Nothing that was sent of it before counts. */
  readonly anew: boolean;
  /** Where each of `entries` stands. */
  readonly places: readonly number[];
  readonly entries: readonly TallyEntry[];
}

export interface ContextList {
  readonly contexts: readonly { readonly name: string; readonly cluster: string }[];
  /** `null` when the files name none. */
  readonly current: string | null;
}

export interface EngineSettings {
  readonly maxFlows: number;
  readonly maxBytes: number;
  /** Flows of history asked for on connecting, per node. */
  readonly historyPerNode: number;
  /** The name of the local cluster, which the entity `cluster` speaks of; empty: as nodes and labels tell it. */
  readonly clusterName: string;
  /** What the agents are said to be set to, in place of what they tell themselves. */
  readonly facts?: AgentFacts;
}

export interface Interest {
  readonly groups: boolean;
  readonly documents: boolean;
  /** Is a view looked at? (The watch streams for the other two.) */
  readonly views: boolean;
}

/** The state of everything that somebody looks at, sent at most four times a second, whole each time. */
export interface EngineSnapshot {
  /** Grows by one with each snapshot. */
  readonly sequence: number;
  readonly state: SessionState;
  /** What the held flows came from. */
  readonly source: FlowSource;
  readonly flows: FlowFigures;
  readonly relay: RelayStatus | null;
  readonly nodes: readonly RelayNode[];
  readonly lost: readonly LostFigure[];
  /** Present when interest was told. */
  readonly groups?: readonly NamespaceGroup[];
  /** A document of thousands of rules is left out of most snapshots: what was told of it last holds. */
  readonly documents?: readonly DocumentTally[];
  readonly views: readonly ViewFigures[];
  /** Present while something is recorded, and after it failed until it is ended. */
  readonly recording?: RecordingState;
  readonly exporting?: ExportProgress;
}

export type FlowSource =
  | { readonly kind: "none" }
  | { readonly kind: "live"; readonly target: Target }
  /** A capture that is being read; `totalBytes` is 0 when it is not known (a pipe). */
  | {
      readonly kind: "reading";
      readonly path: string;
      readonly bytesRead: number;
      readonly totalBytes: number;
      /** How many files that is in all; the bytes are those of all. */
      readonly files?: number;
    }
  /** A file that is read on as it grows. */
  | {
      readonly kind: "following";
      readonly path: string;
      readonly state: FollowingState;
      /** How often another file took the name. */
      readonly rotations: number;
    }
  | { readonly kind: "capture"; readonly summary: CaptureSummary };

export type FollowingState =
  /** There is no file of this name, yet or any more. */
  | { readonly kind: "waiting" }
  | { readonly kind: "catching-up"; readonly bytesRead: number; readonly totalBytes: number }
  | { readonly kind: "following"; readonly bytesRead: number };

export interface CaptureSummary {
  /** What was opened; of several, the first. */
  readonly path: string;
  readonly flows: number;
  /** Lines that could not be read, by file and 1-based number: the first hundred. */
  readonly brokenLines: readonly {
    readonly path: string;
    readonly line: number;
    readonly message: string;
  }[];
  readonly brokenCount: number;
  /** The files, in the order in which they were read. */
  readonly files: readonly CaptureFileSummary[];
}

export interface CaptureFileSummary {
  readonly path: string;
  /** Flows, and notices among them. */
  readonly events: number;
  readonly brokenCount: number;
  readonly brokenLines: readonly { readonly line: number; readonly message: string }[];
  /** Why not all of it could be read, in a sentence. */
  readonly trouble?: string;
}

export interface RecordingOptions {
  readonly path: string;
  /** Only what this view shows, be it open or not later; absent: everything that the relay tells of. */
  readonly view?: number;
  /** A file that would get longer is renamed, with the time in its name, and a new one begun. 0: never. */
  readonly maxBytes: number;
  /** So many files are kept, the one that is written included; the oldest are deleted. 0: all. */
  readonly maxFiles: number;
  /** Takes out what a stranger must not read: see `hubble/redaction.ts`. */
  readonly redact: boolean;
}

export interface RecordingState {
  readonly path: string;
  readonly sinceMs: number;
  readonly redacted: boolean;
  /** Is only what a view shows recorded? */
  readonly filtered: boolean;
  /** Written, in all files; the events that still wait for the disk are not among them. */
  readonly flows: number;
  readonly bytes: number;
  readonly files: number;
  /** Events that are missing because the disk was too slow. */
  readonly notRecorded: number;
  /** Why nothing is written any more, in a sentence. */
  readonly failure?: string;
}

export type ExportFormat = "jsonpb" | "csv";

export interface ExportOptions {
  readonly view: number;
  /** Only these store rows of it; absent: all. */
  readonly rows?: readonly number[];
  readonly path: string;
  readonly format: ExportFormat;
  readonly redact: boolean;
  /** A file that is there is replaced; else the export is refused. */
  readonly overwrite: boolean;
}

export interface ExportSummary {
  readonly path: string;
  readonly flows: number;
  readonly bytes: number;
  /** Flows that made room for newer ones before they were written. */
  readonly notHeld: number;
}

/** How far an export is. */
export interface ExportProgress {
  readonly path: string;
  readonly done: number;
  readonly total: number;
}

export interface FlowFigures {
  readonly held: number;
  readonly maxFlows: number;
  /** Appended since connecting. */
  readonly seen: number;
  /** Dropped by us to stay within bounds. */
  readonly dropped: number;
  /** What happened per second of late, by the streams that are open: history and captures do not count. */
  readonly perSecond: number;
  /** Of those held. */
  readonly denied: number;
  /** Of those `seen`, what was denied since the connection began: neither history nor a capture. Never goes down meanwhile. */
  readonly deniedLive: number;
  /** Messages of the relay that could not be decoded. */
  readonly undecodable: number;
  readonly newestMs: number | null;
  readonly oldestMs: number | null;
}

export interface LostFigure {
  /** `HUBBLE_RING_BUFFER`, `OBSERVER_EVENTS_QUEUE`, `PERF_EVENT_RING_BUFFER`. */
  readonly source: string;
  readonly node: string;
  readonly count: number;
}

/** Held flows that have a side in a namespace; `""` is outside the cluster. */
export interface NamespaceGroup {
  readonly namespace: string;
  readonly counts: VerdictCounts;
  readonly workloads: readonly WorkloadGroup[];
  /** How many workloads are not listed because there are too many: those with the fewest flows. */
  readonly unlisted: number;
}

export interface WorkloadGroup {
  /** The workload's name; a pod's where it has none; a reserved name or address outside. */
  readonly name: string;
  /** `Deployment`, `StatefulSet`, …; empty when there is none. */
  readonly kind: string;
  readonly counts: VerdictCounts;
}

export interface VerdictCounts {
  readonly total: number;
  readonly forwarded: number;
  readonly denied: number;
  readonly error: number;
  readonly audited: number;
}

/** The numbers of one open policy document, computed from one version of its text. */
export interface DocumentTally {
  readonly uri: string;
  readonly version: number;
  readonly problems: readonly Problem[];
  readonly entries: readonly TallyEntry[];
  /** What was decided in the whole cluster by nothing written in the policies that are known here. */
  readonly elsewhere: ElsewhereTally;
  readonly basis: TallyBasis;
  /** Of the time that the numbers speak of, so much was not seen on some node or on all; absent: none. */
  readonly notSeenMs?: number;
  /** Is each policy of the document what is applied in the cluster? By `policy` of its entries. */
  readonly applied: readonly {
    readonly policy: string;
    readonly kind: string;
    readonly state: AppliedState;
    /** Why the API server or the agents refuse it, if they do: then it has no effect. */
    readonly refused?: string;
  }[];
}

/** `same`: the cluster has this very spec; `differs`: another one of that name; `absent`: none of that name; `unknown`. */
export type AppliedState = "same" | "differs" | "absent" | "unknown";

/**
 * A view's rows are numbered from `first` (oldest held) to `end - 1` (newest); numbers are never used twice. A row keeps
 * its number until late history is sorted in: then all get new ones, from the old `end` on.
 */
export interface ViewFigures {
  readonly view: number;
  readonly first: number;
  readonly end: number;
  /** No flow is among the rows: they only tell of what was not seen. */
  readonly onlyNotices?: true;
}

export interface RowWindow {
  readonly view: number;
  readonly first: number;
  readonly end: number;
  /** The number in the view of `rows[0]`; each further row has the next number. */
  readonly from: number;
  readonly rows: readonly FlowRow[];
}

/** A window as it goes from thread to thread; whoever sends it on gives its buffer away. */
export interface PackedRowWindow extends Omit<RowWindow, "rows"> {
  /** What `packRows` made of the rows. */
  readonly packed: ArrayBuffer;
}

/** One line of the table. */
export type FlowRow =
  | {
      readonly type: "flow";
      /** The row in the store: asks for details. */
      readonly row: number;
      readonly timeMs: number;
      readonly source: string;
      readonly destination: string;
      /** The destination port (or ICMP type), empty when there is none. */
      readonly port: string;
      /** As the `hubble` CLI names it: `to-endpoint`, `policy-verdict:L3-L4 INGRESS`, `http-request`, … */
      readonly event: string;
      readonly verdict: string;
      readonly tone: VerdictTone;
      readonly summary: string;
    }
  | { readonly type: "notice"; readonly row: number; readonly timeMs: number; readonly text: string };

/** How a verdict is shown, beside its words. */
export type VerdictTone = "forwarded" | "denied" | "error" | "audited" | "other";

export interface RowDetails {
  readonly row: number;
  /** Name and value of what a person asks first, in order. */
  readonly fields: readonly {
    readonly name: string;
    readonly value: string;
    /** How to ask for the flows that have the same, where a flag says it. */
    readonly term?: { readonly flag: string; readonly value: string };
  }[];
  readonly sourceLabels: readonly string[];
  readonly destinationLabels: readonly string[];
  /** The whole event as jsonpb, indented. */
  readonly json: string;
}

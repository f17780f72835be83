import type { Disposable } from "../base/disposable.ts";
import type { Logger } from "../base/logger.ts";
import { allFlows, type FlowSelection } from "../flows/flowFilter.ts";
import type { FlowStore } from "../flows/flowStore.ts";
import { RecentTexts } from "./recentTexts.ts";
import { Recorder, type RecorderOptions } from "../hubble/recorder.ts";
import { writeNotice } from "../hubble/writeResponse.ts";
import type { RecordingOptions, RecordingState } from "../protocol/engine.ts";

export interface RecordingsOptions {
  readonly store: FlowStore;
  readonly logger: Logger;
  /** Do flows come from a session now? Those of captures are not recorded. */
  readonly isLive: () => boolean;
  /** What an open view shows. */
  readonly selectionOf: (view: number) => FlowSelection;
  /** Which rows a selection admits. */
  readonly compile: (selection: FlowSelection) => (row: number) => boolean;
  /** The state is another one. */
  readonly onChange: () => void;
  /** What is to be streamed for the recording's sake is something else. */
  readonly onStartOrEnd: () => void;
  /** What a test wants otherwise: where files are created, how much may wait. */
  readonly recorder?: Pick<RecorderOptions, "create" | "maxWaitingBytes">;
}

/** More than the history of a large cluster that is asked for when somebody connects. */
const remembered = 200_000;

interface Running {
  readonly recorder: Recorder;
  readonly options: RecordingOptions;
  readonly sinceMs: number;
  readonly selection: FlowSelection;
  readonly admits: (row: number) => boolean;
}

/**
 * The one recording that may be under way: each flow that the store got, and each notice, once and in the order in which
 * they came. A session that ends or begins again does not end it.
 */
export class Recordings implements Disposable {
  readonly #options: RecordingsOptions;
  #running: Running | undefined;
  #isStarting = false;
  #hasFailed = false;
  /** Of flows that were looked at: connected again to the same relay, the store begins anew, and its history comes again. */
  #recorded = new RecentTexts(remembered);

  constructor(options: RecordingsOptions) {
    this.#options = options;
  }

  /** What is recorded, or why no more; `undefined` when nothing is. */
  get state(): RecordingState | undefined {
    return this.#running && stateOf(this.#running);
  }

  /** What is to be streamed for the recording's sake, be anything looked at or not. */
  get selections(): readonly FlowSelection[] {
    return this.#running && !this.#running.recorder.figures.failure ? [this.#running.selection] : [];
  }

  /** Begins; rejects when one is under way, or the file cannot be begun. */
  async start(options: RecordingOptions): Promise<void> {
    const { selectionOf, compile, onChange, logger, recorder } = this.#options;
    if (this.#running || this.#isStarting) {
      throw new Error(`${this.#running?.options.path ?? "Something"} is being recorded. Stop that first.`);
    }
    const selection = options.view === undefined ? allFlows : selectionOf(options.view);
    if (selection.rule) {
      throw new Error(
        "What a rule decided is known only afterwards. Record everything, or clear the rule first.",
      );
    }
    this.#isStarting = true;
    try {
      const admits = compile(selection);
      this.#recorded = new RecentTexts(remembered);
      const { path, maxBytes, maxFiles, redact } = options;
      this.#hasFailed = false;
      const started = await Recorder.start({
        ...{ path, maxBytes, maxFiles, redact },
        onChange: () => {
          this.#lookForFailure();
          onChange();
        },
        ...recorder,
      });
      this.#running = { recorder: started, options, sinceMs: Date.now(), selection, admits };
    } finally {
      this.#isStarting = false;
    }
    logger.info("recording", `Recording to ${options.path}`);
    this.#options.onStartOrEnd();
    onChange();
  }

  /** The store got this row. */
  appended(row: number): void {
    if (!this.#running) return;
    const { recorder, admits } = this.#running;
    const { store, isLive } = this.#options;
    if (!isLive()) return;
    const uuid = store.uuidAt(row);
    if (uuid !== undefined && !this.#recorded.add(uuid)) return;
    const notice = store.noticeAt(row);
    // A gap is ours alone: no relay says so, and no capture can.
    if (notice?.kind === "gap" || !admits(row)) return;
    const raw = notice ? writeNotice(notice) : store.rawAt(row);
    if (raw) recorder.add(raw, !notice);
  }

  /** Ends it; answers what it came to once all is in the file. */
  async stop(): Promise<RecordingState | null> {
    const running = this.#running;
    if (!running) return null;
    this.#running = undefined;
    const { logger, onChange, onStartOrEnd } = this.#options;
    onStartOrEnd();
    await running.recorder.end();
    const state = stateOf(running);
    logger.info("recording", `Recorded ${state.flows} flows to ${state.path}`);
    onChange();
    return state;
  }

  /** Nothing is to be streamed any more for a recording that takes nothing. */
  #lookForFailure(): void {
    if (this.#hasFailed || this.#running?.recorder.figures.failure === undefined) return;
    this.#hasFailed = true;
    this.#options.onStartOrEnd();
  }

  dispose(): void {
    // What was taken is still written; nobody waits for it.
    void this.stop();
  }
}

function stateOf({ recorder, options, sinceMs }: Running): RecordingState {
  const { path, redact, view } = options;
  return { path, sinceMs, redacted: redact, filtered: view !== undefined, ...recorder.figures };
}

import { type Disposable, DisposableStore } from "../base/disposable.ts";
import { Emitter, type Event } from "../base/event.ts";
import type { Logger } from "../base/logger.ts";
import { FlowGroups } from "../flows/flowGroups.ts";
import { FlowStore } from "../flows/flowStore.ts";
import { rotatedSet } from "../hubble/captureSet.ts";
import { wireReaders } from "../hubble/wireReaders.ts";
import type {
  EngineRequestName,
  EngineRequests,
  EngineSettings,
  EngineSnapshot,
  FlowSource,
  Interest,
} from "../protocol/engine.ts";
import { packWindow } from "../protocol/rowPack.ts";
import { CaptureReadings } from "./captureReadings.ts";
import { ClusterFacts } from "./clusterFacts.ts";
import { filterAsJson, filterCommand } from "./filterCommand.ts";
import { addTerms, cellTerm, isWrong } from "./filterQuestions.ts";
import { FlowIntake } from "./flowIntake.ts";
import { FlowViews } from "./flowViews.ts";
import { toTimestamp } from "./gapCheck.ts";
import { HeldFigures } from "./heldFigures.ts";
import { PolicyDocuments } from "./policyDocuments.ts";
import { PolicyLanguage } from "./policyLanguage.ts";
import { Recordings, type RecordingsOptions } from "./recordings.ts";
import { rowDetails } from "./rowDetails.ts";
import { RowPump, type RowReader } from "./rowPump.ts";
import { Session } from "./session.ts";
import { planStreams } from "./streamPlan.ts";
import { readSelection } from "./readSelection.ts";
import { Suggestions } from "./suggestions.ts";
import { Throttle } from "./throttle.ts";
import { type Timings, usualTimings } from "./timings.ts";
import { ViewExports } from "./viewExports.ts";

export interface EngineOptions {
  readonly logger: Logger;
  /** In place of {@link usualTimings}. */
  readonly timings?: Partial<Timings>;
  /** The number of the first view, when lower ones may still be on somebody's mind; else 1. */
  readonly firstView?: number;
  /** How recordings write, in place of the usual. */
  readonly recorder?: RecordingsOptions["recorder"];
}

type Params<Name extends EngineRequestName> = EngineRequests[Name]["params"];
type Reply<Name extends EngineRequestName> = EngineRequests[Name]["reply"];
type Handlers = {
  readonly [Name in EngineRequestName]: (params: Params<Name>) => Reply<Name> | Promise<Reply<Name>>;
};

/** Until the first `configure`. */
const firstSettings: EngineSettings = {
  maxFlows: 100_000,
  maxBytes: 256 << 20,
  historyPerNode: 1_000,
  clusterName: "",
};

/** Counts the held flows by group while somebody looks. */
interface Grouping {
  readonly groups: FlowGroups;
  readonly reader: RowReader;
  readonly reading: Disposable;
  /** What was told last. */
  told: EngineSnapshot["groups"];
  restUntilMs: number;
  /** Was that told again instead of what it is by now? */
  rests: boolean;
}

/** Counts of more workloads than these are told once a second, as they are shown: each time takes either thread 2 ms. */
const fewWorkloads = 100;
const groupsRestMs = 900;

/**
 * One live session or capture with everything that is asked of it: the flows held, views of them, counts of policies
 * and groups. Answers the requests of `protocol/engine.ts` and tells the rest by snapshots; knows no worker thread.
 */
export class Engine implements Disposable {
  readonly #logger: Logger;
  readonly #owned = new DisposableStore();
  readonly #snapshots = this.#owned.add(new Emitter<EngineSnapshot>());
  readonly #store: FlowStore;
  readonly #figures: HeldFigures;
  readonly #intake: FlowIntake;
  readonly #pump: RowPump;
  readonly #documents: PolicyDocuments;
  readonly #policyValues: Suggestions;
  readonly #language = new PolicyLanguage((kind, limit) =>
    this.#policyValues.ask({ kind, prefix: "", limit }),
  );
  readonly #facts = new ClusterFacts();
  readonly #views: FlowViews;
  readonly #session: Session;
  readonly #captures: CaptureReadings;
  readonly #recordings: Recordings;
  readonly #exports: ViewExports;
  readonly #suggestions: Suggestions;
  readonly #telling: Throttle;
  #settings = firstSettings;
  #interest: Interest = { groups: false, documents: false, views: false };
  #grouping: Grouping | undefined;
  #source: FlowSource = { kind: "none" };
  #sequence = 0;
  /** Rows that were dropped to make room for another source, not to stay within bounds. */
  #cleared = 0;
  #planning: NodeJS.Immediate | undefined;

  constructor({ logger, timings, firstView = 1, recorder }: EngineOptions) {
    const times = { ...usualTimings, ...timings };
    const tell = () => {
      this.#telling.request();
    };
    this.#logger = logger;
    this.#telling = this.#owned.add(
      new Throttle(times.snapshotMs, () => {
        this.#tell();
      }),
    );
    this.#store = new FlowStore({
      ...this.#settings,
      readers: wireReaders,
      onDrop: (row) => {
        this.#beforeDrop(row);
      },
      onClear: () => {
        this.#beforeClear();
      },
    });
    this.#figures = new HeldFigures(this.#store);
    this.#pump = this.#owned.add(
      new RowPump(this.#store, () => {
        this.#views.progressed();
        tell();
      }),
    );
    this.#intake = new FlowIntake(this.#store, logger, (row) => {
      this.#figures.added(row);
      this.#recordings.appended(row);
      this.#pump.wake();
    });
    this.#documents = this.#owned.add(
      new PolicyDocuments({
        store: this.#store,
        pump: this.#pump,
        typingMs: times.typingMs,
        onChange: tell,
        onRead: (uri, version, read) => {
          this.#language.read(uri, version, read);
        },
      }),
    );
    this.#views = this.#owned.add(
      new FlowViews({ store: this.#store, pump: this.#pump, documents: this.#documents, firstView }),
    );
    this.#session = this.#owned.add(
      new Session({
        logger,
        timings: times,
        intake: this.#intake,
        historyPerNode: () => this.#settings.historyPerNode,
        maxFlows: () => this.#settings.maxFlows,
        oldestHeldMs: () => this.#figures.timeSpan().oldestMs ?? undefined,
      }),
    );
    this.#captures = new CaptureReadings({
      begin: () => {
        this.#session.disconnect();
        this.#begin({ kind: "none" });
      },
      accept: (raw, response) => {
        this.#intake.take(raw, response);
      },
      flows: () => this.#intake.seen,
      show: (source) => {
        const becomesLive = isLive(source) && !isLive(this.#source);
        this.#source = source;
        if (source.kind === "capture" || becomesLive) this.#views.sortByTime();
        tell();
      },
    });
    this.#recordings = this.#owned.add(
      new Recordings({
        store: this.#store,
        logger,
        isLive: () => this.#source.kind === "live",
        selectionOf: (view) => this.#views.selectionOf(view),
        compile: (selection) => this.#views.compile(selection),
        onChange: tell,
        onStartOrEnd: () => {
          this.#replan();
        },
        ...(recorder && { recorder }),
      }),
    );
    this.#exports = new ViewExports({
      store: this.#store,
      storeRows: (view) => this.#views.storeRows(view),
      hasCaughtUp: (view) => this.#views.hasCaughtUp(view),
      onChange: tell,
    });
    this.#suggestions = new Suggestions(this.#store);
    this.#policyValues = new Suggestions(this.#store);
    this.#owned.add(
      this.#session.onChange(() => {
        this.#facts.learn(this.#session);
        this.#documents.setFacts(this.#facts.facts);
        tell();
      }),
    );
    this.#owned.add(
      this.#session.onSettled(() => {
        this.#views.sortByTime();
        tell();
      }),
    );
  }

  /** Tells the whole state whenever something of it changed, at most four times a second. */
  get onSnapshot(): Event<EngineSnapshot> {
    return this.#snapshots.event;
  }

  /** Answers a request; rejects with a message for people when it cannot. */
  async handle<Name extends EngineRequestName>(name: Name, params: Params<Name>): Promise<Reply<Name>> {
    const handler: (params: Params<Name>) => Reply<Name> | Promise<Reply<Name>> = this.#handlers[name];
    return await handler(params);
  }

  /** Something went wrong that nobody caught: a session ends as failed, so that it is seen. */
  fail(error: unknown): void {
    this.#logger.error("engine", error instanceof Error ? (error.stack ?? error.message) : String(error));
    this.#session.fail(error);
  }

  dispose(): void {
    this.#captures.drop();
    this.#exports.cancel();
    this.#suggestions.cancel();
    this.#policyValues.cancel();
    this.#grouping?.reading.dispose();
    this.#owned.dispose();
    // Ending a recording is a reason to plan, too.
    clearImmediate(this.#planning);
  }

  readonly #handlers: Handlers = {
    ...this.#language.handlers,
    configure: (settings) => {
      this.#settings = settings;
      this.#store.setBounds(settings);
      this.#facts.configure(settings);
      this.#documents.setFacts(this.#facts.facts);
      return this.#changed();
    },
    connect: ({ target }) => {
      this.#captures.drop();
      this.#begin({ kind: "live", target });
      this.#session.connect(target);
      return this.#changed();
    },
    disconnect: () => {
      this.#captures.cancel();
      this.#session.disconnect();
      return this.#changed();
    },
    retryNow: () => {
      this.#session.retryNow();
      return { tried: this.#session.state.name !== "idle" };
    },
    listContexts: async ({ kubeconfigPaths }) => {
      // Heavy, and only needed to choose a cluster.
      const { listContexts } = await import("../cluster/listContexts.ts");
      const { contexts, current } = await listContexts(kubeconfigPaths);
      return { contexts, current: current ?? null };
    },
    openCapture: async ({ path, others = [] }) => {
      const summary = await this.#captures.open([path, ...others]);
      const { flows, brokenCount } = summary;
      this.#logger.info("capture", `Read ${path}: ${flows} flows, ${brokenCount} broken lines`);
      return summary;
    },
    captureSet: async ({ path }) => ({ paths: await rotatedSet(path) }),
    followCapture: async ({ path }) => {
      await this.#captures.follow(path);
      this.#logger.info("capture", `Following ${path}`);
      return null;
    },
    cancelCapture: () => {
      this.#captures.cancel();
      this.#telling.now();
      return null;
    },
    startRecording: async (options) => {
      await this.#recordings.start(options);
      return null;
    },
    stopRecording: () => this.#recordings.stop(),
    exportView: (options) => this.#exports.export(options),
    cancelExport: () => {
      this.#exports.cancel();
      return null;
    },
    setInterest: (interest) => {
      this.#interest = interest;
      this.#groupWhenWanted();
      this.#replan();
      return this.#changed();
    },
    setDocument: ({ uri, version, text }) => {
      this.#language.opened(uri);
      this.#documents.set(uri, version, text);
      return null;
    },
    closeDocument: ({ uri }) => {
      this.#documents.close(uri);
      this.#language.closed(uri);
      return null;
    },
    setApplied: ({ texts }) => {
      this.#documents.setApplied(texts);
      return null;
    },
    openView: async (params) => {
      const { selection, problems, seams } = await readSelection(params);
      if (isWrong(problems)) return { view: 0, problems };
      const view = this.#views.open(selection, seams);
      this.#replan();
      this.#telling.request();
      return { view, problems };
    },
    closeView: ({ view }) => {
      this.#views.close(view);
      this.#replan();
      return this.#changed();
    },
    pauseView: ({ view, paused }) => {
      this.#views.setPaused(view, paused);
      return this.#changed();
    },
    rows: ({ view, from, count }) => packWindow(this.#views.rows(view, from, count)),
    details: ({ row }) => rowDetails(this.#store, row),
    cellTerm: ({ row, column }) => cellTerm(this.#store, row, column),
    addTerms: ({ filter, terms }) => addTerms(filter, terms),
    checkFilter: async (params) => ({ problems: (await readSelection(params)).problems }),
    suggestions: async (params) => ({ values: await this.#suggestions.ask(params) }),
    hubbleCommand: ({ filter }) => {
      const { oldestMs } = this.#figures.timeSpan();
      return filterCommand(filter, { source: this.#source, oldestMs });
    },
    rawFilters: ({ filter }) => filterAsJson(filter),
  };

  #changed(): null {
    this.#telling.request();
    return null;
  }

  /** From now on flows come from elsewhere: what is held goes. */
  #begin(source: FlowSource): void {
    const before = this.#store.dropped;
    this.#store.clear();
    this.#cleared += this.#store.dropped - before;
    this.#groupWhenWanted();
    this.#intake.reset();
    this.#views.restart();
    this.#facts.forget();
    this.#documents.setFacts(this.#facts.facts);
    this.#documents.begin(source.kind === "live");
    this.#source = source;
  }

  #groupWhenWanted(): void {
    if (this.#interest.groups === (this.#grouping !== undefined)) return;
    if (this.#grouping) {
      this.#grouping.reading.dispose();
      this.#grouping = undefined;
      return;
    }
    const groups = new FlowGroups(this.#store);
    const reader: RowReader = {
      next: this.#store.first,
      readBeforeDrop: false,
      read: (row) => {
        groups.add(row);
      },
      readMany: (from, end) => {
        groups.addMany(from, end);
      },
    };
    const reading = this.#pump.add(reader);
    this.#grouping = { groups, reader, reading, told: undefined, restUntilMs: 0, rests: false };
  }

  #beforeDrop(row: number): void {
    this.#figures.removed(row);
    this.#intake.dropped(row);
    if (this.#grouping && row < this.#grouping.reader.next) this.#grouping.groups.remove(row);
    this.#pump.beforeDrop(row);
  }

  /** Other flows come: all that was counted is forgotten, see {@link #begin}. */
  #beforeClear(): void {
    this.#figures.clear();
    if (!this.#grouping) return;
    this.#grouping.reading.dispose();
    this.#grouping = undefined;
  }

  /** Once for all that is asked in one go: closing a view and opening another is one change. */
  #replan(): void {
    this.#planning ??= setImmediate(() => {
      this.#planning = undefined;
      const { groups, documents, views } = this.#interest;
      const looked = views ? this.#views.selections() : [];
      this.#session.setPlan(
        planStreams(
          groups || documents,
          [...looked, ...this.#recordings.selections],
          toTimestamp(Date.now()),
        ),
      );
    });
  }

  #tell(): void {
    this.#sequence += 1;
    const perSecond = this.#intake.perSecond;
    this.#snapshots.fire({
      sequence: this.#sequence,
      state: this.#session.state,
      source: this.#source,
      flows: {
        held: this.#figures.flows,
        maxFlows: this.#settings.maxFlows,
        seen: this.#intake.seen,
        dropped: this.#store.dropped - this.#cleared,
        perSecond,
        denied: this.#figures.denied,
        deniedLive: this.#intake.deniedLive,
        undecodable: this.#intake.undecodable,
        ...this.#figures.timeSpan(),
      },
      relay: this.#session.relay,
      nodes: this.#session.nodes,
      lost: this.#intake.lost(),
      ...(this.#grouping && { groups: toldGroups(this.#grouping) }),
      ...(this.#interest.documents && { documents: this.#documents.snapshot() }),
      views: this.#views.figures(),
      ...(this.#recordings.state && { recording: this.#recordings.state }),
      ...(this.#exports.progress && { exporting: this.#exports.progress }),
    });
    // The rate goes down by itself when nothing comes any more; the numbers of a long document follow.
    const someRest = this.#grouping?.rests || (this.#interest.documents && this.#documents.someRest);
    if (perSecond > 0 || someRest) this.#telling.request();
  }
}

/** The groups by now, or those of a moment ago. */
function toldGroups(grouping: Grouping): NonNullable<EngineSnapshot["groups"]> {
  const nowMs = performance.now();
  grouping.rests = grouping.told !== undefined && nowMs < grouping.restUntilMs;
  if (grouping.told && grouping.rests) return grouping.told;
  const groups = grouping.groups.groups();
  const workloads = groups.reduce((sum, group) => sum + group.workloads.length, 0);
  grouping.told = groups;
  grouping.restUntilMs = workloads <= fewWorkloads ? 0 : nowMs + groupsRestMs;
  return groups;
}

/** Is all read that a followed file holds, and what comes now new? */
function isLive(source: FlowSource): boolean {
  return source.kind === "following" && source.state.kind === "following";
}

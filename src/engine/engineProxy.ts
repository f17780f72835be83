import { Worker } from "node:worker_threads";
import { Emitter, type Event } from "../base/event.ts";
import type { Logger } from "../base/logger.ts";
import type {
  EngineCall,
  EngineMessage,
  EngineRequestName,
  EngineRequests,
  EngineSnapshot,
} from "../protocol/engine.ts";
import { SnapshotReceiver } from "./snapshotReceiver.ts";
import type { SessionFailure, SessionState } from "../protocol/session.ts";

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Why a request failed: what the engine says, or that its thread ended. The message is for people. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  /**
   * `refused`: the engine could not do it; `cancelled`: it was told to stop, which is nothing to tell a person;
   * `crashed`: its thread ended; `disposed`: nobody wants answers any more.
   */
  readonly kind: "refused" | "cancelled" | "crashed" | "disposed";

  constructor(kind: EngineError["kind"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** What a worker is told when it starts. */
export interface EngineWorkerData {
  readonly firstView: number;
}

/**
 * Room for new objects in the worker, in MB: less than half of what Node takes. What comes with a flow is gone at once,
 * with the 64 KiB it was received in: if those are not freed soon, V8 looks through the whole heap because of them, several
 * times a second.
 */
export const youngGenerationMb = 18;

/** VS Code waits for five seconds when it ends. */
const endRecordingMs = 3_000;
/** More views than one worker opens in its life. */
const viewsPerWorker = 1_000_000;

/**
 * The engine as the main thread sees it. Its worker starts with the first request, and again with the first one after
 * a crash: it is told the settings, interests and documents again, while the session, what it held and its views are
 * gone. A crash shows as a failed session in one last snapshot.
 */
export class EngineProxy {
  readonly #workerPath: string | URL;
  readonly #logger: Logger;
  readonly #snapshots = new Emitter<EngineSnapshot>();
  readonly #pending = new Map<number, Pending>();
  /** The newest request of each kind that a worker must know of: see {@link memoryKey}. */
  readonly #remembered = new Map<string, EngineCall>();
  readonly #receiver = new SnapshotReceiver();
  #worker: Worker | undefined;
  #workersStarted = 0;
  #nextId = 1;
  #lastSnapshot: EngineSnapshot | undefined;
  /** Snapshots are numbered on where the worker before ended: nobody takes a new one for a late one. */
  #sequence = 0;
  #disposed = false;

  constructor(workerPath: string | URL, logger: Logger) {
    this.#workerPath = workerPath;
    this.#logger = logger;
  }

  get onSnapshot(): Event<EngineSnapshot> {
    return this.#snapshots.event;
  }

  /** Asks the engine; rejects with an {@link EngineError}. */
  request<Name extends EngineRequestName>(
    name: Name,
    params: EngineRequests[Name]["params"],
  ): Promise<EngineRequests[Name]["reply"]> {
    if (this.#disposed) return Promise.reject(shuttingDown());
    return new Promise<EngineRequests[Name]["reply"]>((resolve, reject) => {
      const worker = this.#start();
      const call: EngineCall<Name> = { id: this.#nextId++, name, params };
      // The reply's type belongs to the request of this number.
      this.#pending.set(call.id, { resolve: resolve as (result: unknown) => void, reject });
      this.#remember(call);
      worker.postMessage(call);
    });
  }

  /** Ends the worker and everything in it, a recording once its file is whole; resolves when it is gone. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    const worker = this.#worker;
    this.#rejectPending(shuttingDown());
    this.#snapshots.dispose();
    if (worker && this.#lastSnapshot?.recording) await this.#endRecording(worker);
    this.#worker = undefined;
    await worker?.terminate();
  }

  /** Resolves when all of it is in the file, or that takes too long, or the worker ends by itself. */
  async #endRecording(worker: Worker): Promise<void> {
    const call: EngineCall = { id: this.#nextId++, name: "stopRecording", params: null };
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(done, endRecordingMs);
      this.#pending.set(call.id, { resolve: done, reject: done });
      worker.postMessage(call);
    });
  }

  #start(): Worker {
    if (this.#worker) return this.#worker;
    const workerData: EngineWorkerData = { firstView: 1 + this.#workersStarted * viewsPerWorker };
    const worker = new Worker(this.#workerPath, {
      name: "hubble-lens-engine",
      workerData,
      resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMb },
    });
    this.#worker = worker;
    this.#workersStarted += 1;
    this.#receiver.clear();
    let cause: unknown;
    worker.on("message", (message: EngineMessage) => {
      if (this.#worker === worker) this.#take(message);
    });
    worker.on("error", (error) => {
      cause = error;
    });
    worker.on("exit", (code) => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#crashed(cause ?? `exit code ${code}`);
    });
    for (const call of this.#remembered.values()) worker.postMessage({ ...call, id: this.#nextId++ });
    return worker;
  }

  #remember(call: EngineCall): void {
    if (call.name === "closeDocument") {
      this.#receiver.forget((call as EngineCall<"closeDocument">).params.uri);
      this.#remembered.delete(memoryKey({ ...call, name: "setDocument" }) ?? "");
      return;
    }
    const key = memoryKey(call);
    if (key === undefined) return;
    this.#remembered.delete(key);
    this.#remembered.set(key, call);
  }

  #take(message: EngineMessage): void {
    switch (message.type) {
      case "reply":
        this.#answered(message.id)?.resolve(message.result);
        return;
      case "failure": {
        const kind = message.cancelled ? "cancelled" : "refused";
        this.#answered(message.id)?.reject(new EngineError(kind, message.message));
        return;
      }
      case "numbers":
        this.#receiver.take(message);
        return;
      case "snapshot":
        this.#show(this.#receiver.whole(message.snapshot));
        return;
      case "log":
        this.#logger[message.level](message.area, message.message);
        return;
    }
  }

  #show(snapshot: EngineSnapshot): void {
    this.#sequence += 1;
    this.#lastSnapshot = { ...snapshot, sequence: this.#sequence };
    this.#snapshots.fire(this.#lastSnapshot);
  }

  #answered(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  #crashed(cause: unknown): void {
    const why = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    this.#logger.error("engine", `The engine's thread ended: ${why}`);
    const message = "The engine of Hubble Lens stopped unexpectedly. Connecting again starts it anew.";
    this.#rejectPending(new EngineError("crashed", message, { cause }));
    const last = this.#lastSnapshot;
    if (!last) return;
    const failure: SessionFailure = { kind: "internal", message, cause: why, atMs: Date.now() };
    const state: SessionState =
      last.state.name === "idle" ? last.state : { name: "failed", target: last.state.target, failure };
    this.#show({
      sequence: last.sequence,
      state,
      source: { kind: "none" },
      flows: { ...last.flows, held: 0, denied: 0, perSecond: 0, newestMs: null, oldestMs: null },
      relay: null,
      nodes: [],
      lost: [],
      views: [],
      ...(last.recording && { recording: { failure: brokenOff, ...last.recording } }),
    });
  }

  #rejectPending(error: EngineError): void {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(error);
  }
}

/** Under which key a request is remembered for the next worker; `undefined` for one that is over with its answer. */
function memoryKey(call: EngineCall): string | undefined {
  switch (call.name) {
    case "configure":
    case "setInterest":
    case "setApplied":
      return call.name;
    case "setDocument":
      return `setDocument ${(call as EngineCall<"setDocument">).params.uri}`;
    case "connect":
    case "disconnect":
    case "retryNow":
    case "listContexts":
    case "openCapture":
    case "captureSet":
    case "followCapture":
    case "cancelCapture":
    case "startRecording":
    case "stopRecording":
    case "exportView":
    case "cancelExport":
    case "closeDocument":
    case "openView":
    case "closeView":
    case "pauseView":
    case "rows":
    case "details":
    case "cellTerm":
    case "addTerms":
    case "checkFilter":
    case "hubbleCommand":
    case "rawFilters":
    case "suggestions":
    case "policyProblems":
    case "policyOutline":
    case "policyFoldings":
    case "policyCompletions":
      return undefined;
  }
}

/** Of a recording that the worker took with it. */
const brokenOff =
  "The engine of Hubble Lens stopped unexpectedly. What was written until then is in the file.";

function shuttingDown(): EngineError {
  return new EngineError("disposed", "Hubble Lens is shutting down.");
}

import { type ChildProcess, fork } from "node:child_process";
import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import { Emitter, type Event } from "../../base/event.ts";
import type { Logger } from "../../base/logger.ts";
import type { DemoCall, DemoMessage } from "../../protocol/demoControl.ts";
import { CancelledError } from "../cancelledError.ts";

const startTimeoutMs = 20_000;
const callTimeoutMs = 10_000;
/** How long the process may take to end by itself. */
const stopTimeoutMs = 2_000;
const seed = 1;
const lastWordsLength = 2_000;

interface PendingCall {
  resolve(policies: readonly string[]): void;
  reject(error: Error): void;
  readonly timer: NodeJS.Timeout;
}

interface Running {
  readonly child: ChildProcess;
  readonly pending: Map<number, PendingCall>;
  /** What the process said last on stderr: why it could not start. */
  lastWords: string;
  /** Its relay's, once that listens. */
  address: string | undefined;
  stopping: boolean;
}

/** A start under way: whoever asks for another one meanwhile shares it. */
interface Starting {
  readonly address: Promise<string>;
  readonly abort: AbortController;
}

/** The demo cluster's process: at most one runs. It ends with the extension host, whatever happens to that. */
export class DemoCluster implements Disposable {
  readonly #modulePath: string;
  readonly #logger: Logger;
  readonly #owned = new DisposableStore();
  readonly #policies = this.#owned.add(new Emitter<readonly string[]>());
  readonly #crashed = this.#owned.add(new Emitter<Error>());
  #running: Running | undefined;
  #starting: Starting | undefined;
  /** Resolves when every process that was told to end is gone. */
  #ending: Promise<unknown> = Promise.resolve();
  #nextId = 1;

  /** The policies in force changed: their YAML texts. */
  readonly onPolicies: Event<readonly string[]> = this.#policies.event;
  /** The process ended and nobody asked it to; said once per process. */
  readonly onCrash: Event<Error> = this.#crashed.event;

  constructor(modulePath: string, logger: Logger) {
    this.#modulePath = modulePath;
    this.#logger = logger;
  }

  get isRunning(): boolean {
    return this.#running !== undefined && !this.#running.stopping;
  }

  /** The address of the relay that runs now, if one does. */
  get address(): string | undefined {
    return this.#running?.address;
  }

  /**
   * Starts the process, afresh when one runs, and answers its relay's address. `flowsPerSecond` 0 leaves the pace to the
   * demo. A start that is under way already is shared, also its end: by either signal, or by {@link stop}, with a
   * {@link CancelledError}.
   */
  async start(flowsPerSecond: number, signal: AbortSignal): Promise<string> {
    if (signal.aborted) throw new CancelledError();
    const starting = (this.#starting ??= this.#begin(flowsPerSecond));
    const cancel = (): void => {
      this.#cancel(starting);
    };
    signal.addEventListener("abort", cancel, { once: true });
    try {
      return await starting.address;
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  }

  #begin(flowsPerSecond: number): Starting {
    const abort = new AbortController();
    const address = this.#launch(flowsPerSecond, abort.signal).finally(() => {
      if (this.#starting === starting) this.#starting = undefined;
    });
    const starting: Starting = { address, abort };
    return starting;
  }

  #cancel(starting: Starting): void {
    if (this.#starting === starting) this.#starting = undefined;
    starting.abort.abort(new CancelledError());
  }

  async #launch(flowsPerSecond: number, signal: AbortSignal): Promise<string> {
    await this.#end();
    signal.throwIfAborted();
    const rate = flowsPerSecond > 0 ? ["--rate", String(flowsPerSecond)] : [];
    const child = fork(this.#modulePath, ["--port", "0", "--seed", String(seed), ...rate], {
      execArgv: [],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    const running: Running = {
      child,
      pending: new Map(),
      lastWords: "",
      address: undefined,
      stopping: false,
    };
    this.#running = running;
    this.#logOutput(running);
    return await this.#whenListening(running, signal);
  }

  /** Applies every policy of a YAML text; answers their names. */
  apply(text: string): Promise<readonly string[]> {
    return this.#call((id) => ({ type: "apply", id, text }));
  }

  /** Removes every policy that a YAML text names; answers their names. */
  remove(text: string): Promise<readonly string[]> {
    return this.#call((id) => ({ type: "remove", id, text }));
  }

  /** Ends the process, by force when it does not end by itself. Resolves once it is gone. */
  async stop(): Promise<void> {
    if (this.#starting) this.#cancel(this.#starting);
    await this.#end();
  }

  dispose(): void {
    void this.stop();
    this.#owned.dispose();
  }

  #whenListening(running: Running, signal: AbortSignal): Promise<string> {
    const { child } = running;
    return new Promise<string>((resolve, reject) => {
      let settled = false;
      const settle = (finish: () => void): void => {
        if (settled) return;
        settled = true;
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        finish();
      };
      const giveUp = (error: Error): void => {
        settle(() => {
          this.#drop(running);
          reject(error);
        });
      };
      const onAbort = (): void => {
        giveUp(new CancelledError());
      };
      const timer = setTimeout(() => {
        giveUp(new Error(`The demo cluster did not start within ${startTimeoutMs / 1000} s.`));
      }, startTimeoutMs);
      signal.addEventListener("abort", onAbort, { once: true });
      child.on("message", (message: DemoMessage) => {
        if (message.type === "listening") {
          running.address = message.address;
          settle(() => {
            resolve(message.address);
          });
        } else {
          this.#receive(running, message);
        }
      });
      child.on("error", giveUp);
      // Not "exit": what it said on stderr is to be heard first.
      child.on("close", (code, killedBy) => {
        const how = killedBy ?? `exit status ${code ?? "unknown"}`;
        const error = new Error(`The demo cluster's process ended (${how}). ${running.lastWords}`.trim());
        const listening = settled;
        giveUp(error);
        this.#ended(running, error, listening);
      });
    });
  }

  #receive(running: Running, message: DemoMessage): void {
    if (message.type === "policies") {
      this.#policies.fire(message.texts);
      return;
    }
    if (message.type === "listening") return;
    const call = running.pending.get(message.id);
    if (!call) return;
    running.pending.delete(message.id);
    clearTimeout(call.timer);
    if (message.type === "applied") call.resolve(message.policies);
    else call.reject(new Error(message.message));
  }

  #call(make: (id: number) => DemoCall): Promise<readonly string[]> {
    const running = this.#running;
    if (!running) return Promise.reject(new Error("The demo cluster does not run."));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        running.pending.delete(id);
        reject(new Error(`The demo cluster did not answer within ${callTimeoutMs / 1000} s.`));
      }, callTimeoutMs);
      running.pending.set(id, { resolve, reject, timer });
      running.child.send(make(id));
    });
  }

  #ended(running: Running, error: Error, wasListening: boolean): void {
    for (const call of running.pending.values()) {
      clearTimeout(call.timer);
      call.reject(error);
    }
    running.pending.clear();
    if (this.#running === running) this.#running = undefined;
    if (wasListening && !running.stopping) this.#crashed.fire(error);
  }

  #drop(running: Running): void {
    running.stopping = true;
    if (this.#running === running) this.#running = undefined;
    this.#ending = Promise.all([this.#ending, end(running.child)]);
  }

  async #end(): Promise<void> {
    if (this.#running) this.#drop(this.#running);
    await this.#ending;
  }

  #logOutput(running: Running): void {
    running.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      // What is said at once may come in pieces.
      running.lastWords = `${running.lastWords}${text}`.slice(-lastWordsLength);
      this.#logger.warn("demo", text.trim());
    });
  }
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined)
    return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
    }, stopTimeoutMs);
    child.once("exit", () => {
      clearTimeout(timer);
      resolve();
    });
    if (child.connected) {
      const bye: DemoCall = { type: "shutdown" };
      child.send(bye);
      child.disconnect();
    } else {
      child.kill();
    }
  });
}

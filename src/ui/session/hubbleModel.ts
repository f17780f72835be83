import { type Disposable, DisposableStore, toDisposable } from "../../base/disposable.ts";
import { Emitter, type Event } from "../../base/event.ts";
import type { EngineSnapshot } from "../../protocol/engine.ts";

const emptySnapshot: EngineSnapshot = {
  sequence: 0,
  state: { name: "idle" },
  source: { kind: "none" },
  flows: {
    held: 0,
    maxFlows: 0,
    seen: 0,
    dropped: 0,
    perSecond: 0,
    denied: 0,
    deniedLive: 0,
    undecodable: 0,
    newestMs: null,
    oldestMs: null,
  },
  relay: null,
  nodes: [],
  lost: [],
  views: [],
};

const tickMs = 1000;

/** What a person asked for that no snapshot tells of yet: the demo cluster takes some seconds to start. */
export type Beginning = "demo" | "connection";

/** Holds the newest snapshot of the engine for every surface, and says when it is another one. */
export class HubbleModel implements Disposable {
  readonly #owned = new DisposableStore();
  readonly #changed = this.#owned.add(new Emitter<EngineSnapshot>());
  readonly #ticked = this.#owned.add(new Emitter<EngineSnapshot>());
  #snapshot = emptySnapshot;
  #beginning: Beginning | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** A new snapshot came. */
  readonly onDidChange: Event<EngineSnapshot> = this.#changed.event;
  /** A new snapshot came, something begins, or a second went by while something is connected: for texts that hold a time. */
  readonly onDidTick: Event<EngineSnapshot> = this.#ticked.event;

  constructor(onSnapshot: Event<EngineSnapshot>) {
    this.#owned.add(
      toDisposable(() => {
        clearInterval(this.#timer);
      }),
    );
    this.#owned.add(
      onSnapshot((snapshot) => {
        this.#accept(snapshot);
      }),
    );
  }

  get snapshot(): EngineSnapshot {
    return this.#snapshot;
  }

  /** What is beginning, until a snapshot tells of it. */
  get beginning(): Beginning | undefined {
    return this.#beginning;
  }

  /** Something begins, or (`undefined`) does not any more. */
  setBeginning(beginning: Beginning | undefined): void {
    if (beginning === this.#beginning) return;
    this.#beginning = beginning;
    this.#ticked.fire(this.#snapshot);
  }

  /** Does the engine have anything to ask it about: a session in any state, or a capture? */
  get inUse(): boolean {
    return this.#snapshot.state.name !== "idle" || this.#snapshot.source.kind !== "none";
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #accept(snapshot: EngineSnapshot): void {
    if (snapshot.sequence <= this.#snapshot.sequence) return;
    this.#snapshot = snapshot;
    if (this.inUse) this.#beginning = undefined;
    this.#setTicking(snapshot.state.name !== "idle");
    this.#changed.fire(snapshot);
    this.#ticked.fire(snapshot);
  }

  #setTicking(wanted: boolean): void {
    if (wanted === (this.#timer !== undefined)) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (!wanted) return;
    this.#timer = setInterval(() => {
      this.#ticked.fire(this.#snapshot);
    }, tickMs);
  }
}

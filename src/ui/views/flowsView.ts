import type { Logger } from "../../base/logger.ts";
import type { Problem } from "../../base/problem.ts";
import type { EngineClient } from "../session/engineClient.ts";
import type { HubbleModel } from "../session/hubbleModel.ts";

export interface FlowsViewParts {
  readonly engine: EngineClient;
  readonly model: HubbleModel;
  readonly logger: Logger;
  /** What there is to show changed otherwise than by a snapshot. */
  onChange(): void;
  /** A filter that was set while nobody could judge it turned out to be wrong: all flows are shown. */
  onRefused(filter: string): void;
}

/** A view that was opened and that no snapshot has told of yet. */
interface Opened {
  readonly view: number;
  readonly filter: string;
  /** The snapshot that was the newest when it was opened: the next but one must know the view. */
  readonly atSequence: number;
}

/**
 * The engine's view that the panel shows: opened by a filter text once there is something to ask, opened again when the
 * engine lost it. While a filter is tried, the rows of the last one stay; one that holds an error changes nothing.
 */
export class FlowsView {
  readonly #parts: FlowsViewParts;
  #filter = "";
  /** The filter that was asked for last and not refused. */
  #wanted = "";
  /** The engine's view that is open; 0: none. */
  #view = 0;
  /** The newest snapshot when it was opened. */
  #openedAt = 0;
  /** Takes the place of {@link #view} as soon as a snapshot tells of its rows. */
  #next: Opened | undefined;
  /** The number of the opening under way; 0: none. */
  #opening = 0;
  #openings = 0;
  #pausedAt: number | null = null;

  constructor(parts: FlowsViewParts) {
    this.#parts = parts;
  }

  /** 0: none is open. */
  get view(): number {
    return this.#view;
  }

  /** The text by which the rows are chosen. */
  get filter(): string {
    return this.#filter;
  }

  /** Where the table ends while it is paused. */
  get pausedAt(): number | null {
    return this.#pausedAt;
  }

  /** Shows the flows of a filter. Answers what is wrong with it; with an error among that, everything stays. */
  async setFilter(filter: string): Promise<readonly Problem[]> {
    if (filter === this.#wanted) return [];
    this.#wanted = filter;
    if (!this.#parts.model.inUse) {
      this.#filter = filter;
      this.#pausedAt = null;
      this.#parts.onChange();
      return [];
    }
    return await this.#open(filter);
  }

  /** Lets the table stand still, or shows what came meanwhile. */
  setPaused(paused: boolean): void {
    if (paused === (this.#pausedAt !== null)) return;
    const figures = this.#figures(this.#view);
    this.#pausedAt = paused ? (figures?.end ?? 0) : null;
    if (this.#view !== 0) this.#tellPaused(this.#view);
    this.#parts.onChange();
  }

  /** Flows of another cluster or file are another table. */
  restart(): void {
    this.#pausedAt = null;
    if (this.#view !== 0 || this.#next) this.#reopen();
  }

  /** A snapshot came: takes up what was opened, and keeps a pause where there still are rows. */
  follow(): void {
    this.#takeNext();
    const figures = this.#figures(this.#view);
    // Rows that were paused at and are gone (other flows came, or newer ones took their place): pauses at what is there now.
    if (this.#pausedAt !== null && figures && this.#pausedAt <= figures.first) this.#pausedAt = figures.end;
  }

  /** Opens the view when there is none, and again when the engine has lost it (a new session). */
  openWhenNeeded(): void {
    const { model } = this.#parts;
    if (!model.inUse || this.#opening !== 0 || this.#next) return;
    const known = this.#figures(this.#view) !== undefined || model.snapshot.sequence <= this.#openedAt + 1;
    if (this.#view === 0 || !known) this.#reopen();
  }

  #figures(wanted: number) {
    return this.#parts.model.snapshot.views.find(({ view }) => view === wanted);
  }

  #reopen(): void {
    const { logger } = this.#parts;
    const old = this.#view;
    this.#view = 0;
    this.#dropNext();
    if (old !== 0) this.#close(old);
    if (!this.#parts.model.inUse) return;
    const filter = this.#filter;
    this.#open(filter).then(
      (problems) => {
        // A filter that was set before anything was there to refuse it, such as a saved one that was spoilt by hand.
        if (!hasError(problems)) return;
        logger.warn("panel", `filter: ${problems.map(({ message }) => message).join(" ")}`);
        this.#filter = "";
        this.#wanted = "";
        this.#parts.onChange();
        this.#parts.onRefused(filter);
      },
      (error: unknown) => {
        logger.error("panel", `openView: ${String(error)}`);
      },
    );
  }

  async #open(filter: string): Promise<readonly Problem[]> {
    const { engine, model } = this.#parts;
    const opening = ++this.#openings;
    this.#opening = opening;
    try {
      const { view, problems } = await engine.request("openView", { filter });
      if (view === 0) {
        if (this.#opening === opening) this.#wanted = this.#next?.filter ?? this.#filter;
        return problems;
      }
      if (this.#opening !== opening) {
        this.#close(view);
        return [];
      }
      this.#dropNext();
      // Whoever pauses from here on means what is about to be shown.
      if (filter !== this.#filter) this.#pausedAt = null;
      this.#next = { view, filter, atSequence: model.snapshot.sequence };
      this.#takeNext();
      return problems;
    } finally {
      if (this.#opening === opening) this.#opening = 0;
    }
  }

  /** Shows what was opened once its rows are known; what the engine has lost meanwhile is opened again. */
  #takeNext(): void {
    const next = this.#next;
    if (!next) return;
    const told = this.#figures(next.view) !== undefined;
    if (!told && this.#parts.model.snapshot.sequence <= next.atSequence + 1) return;
    this.#next = undefined;
    if (this.#view !== 0) this.#close(this.#view);
    const paused = this.#pausedAt !== null && next.filter !== this.#filter;
    if (paused) this.#pausedAt = this.#figures(next.view)?.end ?? 0;
    this.#view = told ? next.view : 0;
    this.#filter = next.filter;
    this.#openedAt = next.atSequence;
    if (told && this.#pausedAt !== null) this.#tellPaused(next.view);
    this.#parts.onChange();
  }

  #dropNext(): void {
    if (this.#next) this.#close(this.#next.view);
    this.#next = undefined;
  }

  #close(view: number): void {
    const { engine, logger } = this.#parts;
    engine.request("closeView", { view }).catch((error: unknown) => {
      logger.debug("panel", `closeView: ${String(error)}`);
    });
  }

  /** A view that the engine knows to be paused keeps its rows in their places. */
  #tellPaused(view: number): void {
    const { engine, logger } = this.#parts;
    engine.request("pauseView", { view, paused: this.#pausedAt !== null }).catch((error: unknown) => {
      logger.debug("panel", `pauseView: ${String(error)}`);
    });
  }
}

function hasError(problems: readonly Problem[]): boolean {
  return problems.some(({ severity }) => severity === "error");
}

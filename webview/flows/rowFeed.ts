import type { RowWindow } from "../../src/protocol/engine.ts";
import { RowCache } from "./rowCache.ts";

/** Rows fetched beyond either edge of what is in sight. */
const overscan = 60;

/** A stretch of a view's rows, from number `first` to `end - 1`; view 0 is none. */
export interface RowStretch {
  readonly view: number;
  readonly first: number;
  readonly end: number;
}

export interface RowFeedOptions {
  /** Fetches rows; rejects when it cannot. */
  fetchRows(from: number, count: number): Promise<RowWindow>;
  /** The numbers of a stretch's rows that are in sight, `end` not among them; `undefined`: nobody looks. */
  inSight(stretch: RowStretch): { readonly from: number; readonly end: number } | undefined;
  /** What is drawn now. */
  drawn(): RowStretch;
  /** Draws a stretch whose rows have come; those that are gone have been taken off it. */
  draw(stretch: RowStretch): void;
}

/** Brings the rows that are in sight, one request at a time. What a reply does not bring is only asked for again by a newer wish. */
export class RowFeed {
  readonly rows = new RowCache();
  readonly #options: RowFeedOptions;
  #wanted: RowStretch = { view: 0, first: 0, end: 0 };
  #fetching = false;
  /** What was asked for last and did not come: drawing what did come must not ask for it again. */
  #unanswered: { readonly wanted: RowStretch; readonly from: number; readonly end: number } | undefined;

  constructor(options: RowFeedOptions) {
    this.#options = options;
  }

  /** From now on this stretch is to be shown; rows of another view are forgotten. */
  want(stretch: RowStretch): void {
    if (stretch.view !== this.#wanted.view) this.rows.clear();
    this.#wanted = stretch;
  }

  /** Fetches what is in sight and missing, and draws it once it is here. */
  async advance(): Promise<void> {
    if (this.#fetching) return;
    this.#fetching = true;
    try {
      while (await this.#step());
    } finally {
      this.#fetching = false;
    }
  }

  /** Answers whether there is more to do now. */
  async #step(): Promise<boolean> {
    const wanted = this.#wanted;
    const sight = wanted.view === 0 ? undefined : this.#options.inSight(wanted);
    if (!sight) return false;
    if (!this.rows.missing(sight.from, sight.end) && sameStretch(wanted, this.#options.drawn())) return false;
    const missing = this.rows.missing(
      Math.max(wanted.first, sight.from - overscan),
      Math.min(wanted.end, sight.end + overscan),
    );
    if (!missing) {
      this.#options.draw(wanted);
      return true;
    }
    const last = this.#unanswered;
    if (last?.wanted === wanted && last.from === missing.from && last.end === missing.end) return false;
    const reply = await this.#fetch(missing.from, missing.end - missing.from);
    const stillWanted = this.#wanted === wanted;
    if (reply?.view !== wanted.view || this.#wanted.view !== wanted.view) {
      this.#unanswered = { wanted, ...missing };
      return !stillWanted;
    }
    this.rows.put(reply.from, reply.rows);
    this.rows.trim(missing.from);
    const there = overlap(wanted, reply);
    if (stillWanted) this.#wanted = there;
    const firstAsked = Math.max(missing.from, there.first);
    const brought = reply.from <= firstAsked && firstAsked < reply.from + reply.rows.length;
    if (!brought) this.#unanswered = { wanted: this.#wanted, ...missing };
    this.#options.draw(there);
    return brought || !stillWanted;
  }

  async #fetch(from: number, count: number): Promise<RowWindow | undefined> {
    try {
      return await this.#options.fetchRows(from, count);
    } catch {
      // The extension has logged why; the next wish asks again.
      return undefined;
    }
  }
}

function sameStretch(one: RowStretch, other: RowStretch): boolean {
  return one.view === other.view && one.first === other.first && one.end === other.end;
}

/** The part of a stretch that a reply says is still there. */
function overlap({ view, first, end }: RowStretch, reply: RowStretch): RowStretch {
  const there = Math.max(first, reply.first);
  return { view, first: there, end: Math.max(there, Math.min(end, reply.end)) };
}

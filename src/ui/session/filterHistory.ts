import type { Memento } from "vscode";
import { Emitter, type Event } from "../../base/event.ts";
import { maxFilterLength } from "../../protocol/filterLine.ts";

const key = "filterHistory";
const keptAtMost = 50;

/** The filters that were used in this workspace, the newest first, each once. */
export class FilterHistory {
  readonly #memento: Memento;
  readonly #changed = new Emitter<undefined>();
  #entries: readonly string[];

  /** A filter was used. */
  readonly onDidChange: Event<undefined> = this.#changed.event;

  constructor(memento: Memento) {
    this.#memento = memento;
    this.#entries = readEntries(memento.get<unknown>(key));
  }

  get entries(): readonly string[] {
    return this.#entries;
  }

  /** Remembers a filter; the empty one is not worth it. */
  add(filter: string): void {
    const text = filter.trim();
    if (text === "" || text.length > maxFilterLength || text === this.#entries[0]) return;
    this.#entries = [text, ...this.#entries.filter((entry) => entry !== text)].slice(0, keptAtMost);
    void this.#memento.update(key, this.#entries);
    this.#changed.fire(undefined);
  }

  dispose(): void {
    this.#changed.dispose();
  }
}

/** What an earlier version, or nobody, has written is as good as nothing. */
function readEntries(kept: unknown): readonly string[] {
  if (!Array.isArray(kept)) return [];
  return kept.filter((entry): entry is string => typeof entry === "string").slice(0, keptAtMost);
}

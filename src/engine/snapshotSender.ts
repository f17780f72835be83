import type { DocumentTally, EngineMessage, EngineSnapshot, SentDocument } from "../protocol/engine.ts";

/** So many numbers take either thread a few ms; other messages go between two such parts. */
const partEntries = 1_000;

type Told = Pick<DocumentTally, "entries" | "problems" | "applied">;

/**
 * Sends snapshots to the main thread: of documents what has not been sent before, by the identity of its objects. What is
 * new of a long document goes ahead in parts, a turn of the event loop for each.
 */
export class SnapshotSender {
  readonly #post: (message: EngineMessage) => void;
  readonly #told = new Map<string, Told>();
  #groups: EngineSnapshot["groups"];
  /** What waits for its turn; snapshots behind the numbers that belong to them. */
  readonly #waiting: EngineMessage[] = [];
  #scheduled = false;

  constructor(post: (message: EngineMessage) => void) {
    this.#post = post;
  }

  send({ documents, groups, ...rest }: EngineSnapshot): void {
    const sent = documents?.map((document) => this.#new(document));
    const grouped = groups && (groups === this.#groups ? { sameGroups: true as const } : { groups });
    this.#groups = groups;
    this.#waiting.push({
      type: "snapshot",
      snapshot: { ...rest, ...grouped, ...(sent && { documents: sent }) },
    });
    if (!this.#scheduled) this.#next();
  }

  /** The other side has forgotten this document, too. */
  forget(uri: string): void {
    this.#told.delete(uri);
  }

  #new({ entries, problems, applied, ...rest }: DocumentTally): SentDocument {
    const { uri } = rest;
    const before = this.#told.get(uri);
    this.#told.set(uri, { entries, problems, applied });
    const places = entries === before?.entries ? [] : newPlaces(entries, before?.entries ?? []);
    for (let from = 0; from < places.length || (from === 0 && !before); from += partEntries) {
      const part = places.slice(from, from + partEntries);
      this.#waiting.push({
        type: "numbers",
        uri,
        anew: from === 0 && !before,
        places: part,
        entries: part.flatMap((place) => entries[place] ?? []),
      });
    }
    return {
      ...rest,
      entries: entries.length,
      ...(problems !== before?.problems && { problems }),
      ...(applied !== before?.applied && { applied }),
    };
  }

  /** Small ones go all at once; nobody waits longer than for one large part. */
  #next(): void {
    let sent = 0;
    while (sent < partEntries) {
      const message = this.#waiting.shift();
      if (!message) return;
      if (message.type === "numbers") sent += message.entries.length;
      this.#post(message);
    }
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#next();
    });
  }
}

function newPlaces(now: DocumentTally["entries"], before: DocumentTally["entries"]): readonly number[] {
  return [...now.keys()].filter((place) => now[place] !== before[place]);
}

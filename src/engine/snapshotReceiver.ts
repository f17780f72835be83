import type { DocumentTally, EngineSnapshot, SentNumbers, SentSnapshot } from "../protocol/engine.ts";
import type { TallyEntry } from "../policy/tallyEntry.ts";

interface Held extends Pick<DocumentTally, "problems" | "applied"> {
  /** What came of it so far, with that of the next snapshot. */
  readonly coming: TallyEntry[];
  /** As in the last snapshot: whoever has it keeps it. */
  shown: readonly TallyEntry[] | undefined;
}

/** Makes snapshots whole again that a `SnapshotSender` sent: what has not changed is the same objects as before. */
export class SnapshotReceiver {
  readonly #documents = new Map<string, Held>();
  #groups: EngineSnapshot["groups"];

  /** Numbers that belong to the next snapshot. */
  take({ uri, anew, places, entries }: SentNumbers): void {
    if (anew) this.#documents.set(uri, { coming: [], shown: undefined, problems: [], applied: [] });
    const held = this.#documents.get(uri);
    // Closed meanwhile.
    if (!held) return;
    held.shown = undefined;
    for (const [index, entry] of entries.entries()) held.coming[places[index] ?? 0] = entry;
  }

  whole({ documents, groups, sameGroups, ...rest }: SentSnapshot): EngineSnapshot {
    if (!sameGroups) this.#groups = groups;
    const whole = { ...rest, ...(this.#groups && { groups: this.#groups }) };
    return { ...whole, ...(documents && { documents: documents.flatMap((sent) => this.#whole(sent)) }) };
  }

  /** The document is closed. */
  forget(uri: string): void {
    this.#documents.delete(uri);
  }

  /** Another sender begins. */
  clear(): void {
    this.#documents.clear();
    this.#groups = undefined;
  }

  #whole(sent: NonNullable<SentSnapshot["documents"]>[number]): readonly DocumentTally[] {
    const held = this.#documents.get(sent.uri);
    if (!held) return [];
    const { problems = held.problems, applied = held.applied } = sent;
    const { coming } = held;
    if (coming.length > sent.entries) held.shown = undefined;
    coming.length = sent.entries;
    const entries = held.shown ?? [...coming];
    this.#documents.set(sent.uri, { coming, shown: entries, problems, applied });
    return [{ ...sent, entries, problems, applied }];
  }
}

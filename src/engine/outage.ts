import type { Notice } from "../flows/flow.ts";
import { GapCheck, toTimestamp } from "./gapCheck.ts";
import type { StreamMemory } from "./streamMemory.ts";

const namedNodes = 3;

/** Why flows are missing that a person had stopped looking at, in words that follow "14 s not seen:". */
export const notLookedAt = "nobody was looking";

/**
 * A stretch of time in which nothing came, from the loss of a connection until it is settled whether flows are missing:
 * possibly over several connections, each of which was lost before that was settled.
 */
export class Outage {
  readonly #memory: StreamMemory;
  #lost: { readonly atMs: number; readonly cause: string } | undefined;
  #check: GapCheck | undefined;

  constructor(memory: StreamMemory) {
    this.#memory = memory;
  }

  /** The connection was lost, last heard of at `atMs`; `cause` follows "14 s not seen:". */
  begin(atMs: number, cause: string): void {
    this.#lost = { atMs, cause };
    this.#memory.cut(atMs);
  }

  /** What the streams with these keys, which are about to be opened, have to prove; `undefined`: nothing. */
  openCheck(keys: readonly string[]): GapCheck | undefined {
    // While others went on, nobody looked at these.
    if (!this.#lost && keys.some((key) => this.#memory.resumes(key))) {
      this.#lost = { atMs: Date.now(), cause: notLookedAt };
    }
    if (this.#lost) this.#check = new GapCheck(this.#memory.coverage(keys, this.#lost.atMs), this.#check);
    return this.#check;
  }

  /** The history is in: answers what could not be had back, if anything. */
  conclude(nowMs: number): Extract<Notice, { kind: "gap" }> | undefined {
    const gap = this.#check?.gap(nowMs);
    const cause = this.#lost?.cause ?? "";
    this.forget();
    if (!gap) return undefined;
    const concerned = describeNodes(gap.nodes, this.#memory.lastSeen.size);
    this.#memory.forgetNodes(gap.silent);
    return {
      kind: "gap",
      time: toTimestamp(gap.fromMs),
      until: toTimestamp(gap.untilMs),
      cause: `${cause}${concerned}`,
    };
  }

  forget(): void {
    this.#lost = undefined;
    this.#check = undefined;
  }
}

/** Which nodes, where it is not all of them. */
function describeNodes(nodes: readonly string[], known: number): string {
  if (nodes.length >= known) return "";
  const more = nodes.length > namedNodes ? ` and ${nodes.length - namedNodes} more` : "";
  return ` (${nodes.slice(0, namedNodes).join(", ")}${more})`;
}

import type { PeerCount } from "./tallyEntry.ts";

const rateSeconds = 60;
const maxPeers = 1000;
const topPeerCount = 5;

/**
 * What happened at one place: how often lately, when last, and to whom. Times are whole milliseconds since a moment of
 * the caller's, small enough that noting a known peer allocates nothing.
 */
export class HitLog {
  /** 0 hits: there is no last. */
  hits = 0;
  last = 0;
  /** Hits by second, and the second that each slot stands for: made at the first hit. */
  #counts: Uint32Array | undefined;
  #seconds: Int32Array | undefined;
  /** Made at the first hit as well: most rules of a long list are never met. */
  #peers: Map<string, { count: number; last: number }> | undefined;

  hit(peer: string, at: number): void {
    if (this.hits === 0 || at > this.last) this.last = at;
    this.hits += 1;
    this.#countSecond(Math.floor(at / 1000));
    const peers = (this.#peers ??= new Map<string, { count: number; last: number }>());
    const known = peers.get(peer);
    if (known) {
      known.count += 1;
      if (at > known.last) known.last = at;
    } else {
      if (peers.size >= maxPeers) forgetRarest(peers);
      peers.set(peer, { count: 1, last: at });
    }
  }

  /** Hits within the minute that ends at a time. */
  perMinute(at: number): number {
    const now = Math.floor(at / 1000);
    let sum = 0;
    for (let slot = 0; slot < rateSeconds; slot++) {
      const second = this.#seconds?.[slot] ?? 0;
      if (second > now - rateSeconds && second <= now) sum += this.#counts?.[slot] ?? 0;
    }
    return sum;
  }

  clear(): void {
    this.hits = 0;
    this.last = 0;
    this.#counts = undefined;
    this.#seconds = undefined;
    this.#peers = undefined;
  }

  peers(): Iterable<readonly [string, { readonly count: number; readonly last: number }]> {
    return this.#peers ?? [];
  }

  #countSecond(second: number): void {
    const counts = (this.#counts ??= new Uint32Array(rateSeconds));
    const seconds = (this.#seconds ??= new Int32Array(rateSeconds).fill(-(2 ** 31)));
    const slot = ((second % rateSeconds) + rateSeconds) % rateSeconds;
    const held = seconds[slot] ?? 0;
    if (second < held) return;
    if (second > held) {
      seconds[slot] = second;
      counts[slot] = 0;
    }
    counts[slot] = (counts[slot] ?? 0) + 1;
  }
}

/** Peers come without end (scanners, rotating pods): the rarer half gives way, of those that are as rare the older. */
function forgetRarest(peers: Map<string, { readonly count: number }>): void {
  const counts = new Float64Array(peers.size);
  let filled = 0;
  for (const { count } of peers.values()) counts[filled++] = count;
  counts.sort();
  const most = counts[maxPeers / 2 - 1] ?? 0;
  let asRare = maxPeers / 2 - counts.indexOf(most);
  for (const [peer, { count }] of peers) {
    if (count < most || (count === most && asRare-- > 0)) peers.delete(peer);
  }
}

/** The peers of a log, most hits first, at most five; `originMs` is the log's moment 0. */
export function topPeers(log: HitLog, originMs: number): readonly PeerCount[] {
  const peers = [...log.peers()].map(([peer, { count, last }]) => ({ peer, count, lastMs: last + originMs }));
  peers.sort(
    (one, other) => other.count - one.count || other.lastMs - one.lastMs || (one.peer < other.peer ? -1 : 1),
  );
  return peers.slice(0, topPeerCount);
}

/** The latest of the logs' last hits. */
export function lastHitMs(logs: readonly HitLog[], originMs: number): number | null {
  const times = logs.flatMap(({ hits, last }) => (hits > 0 ? [last] : []));
  return times.length === 0 ? null : Math.max(...times) + originMs;
}

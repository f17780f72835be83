import { HitLog, lastHitMs, topPeers } from "./hitLog.ts";
import type { Mismatch } from "./mismatch.ts";
import {
  type Direction,
  type L7Entry,
  type Policy,
  policyName,
  type PolicyRule,
  type PolicySpec,
} from "./policy.ts";
import type {
  Count,
  DeniedPeer,
  DirectionTally,
  ElsewhereTally,
  L7Tally,
  PeerCount,
  PolicyPlace,
  PolicyTally,
  RuleTally,
  TallyEntry,
} from "./tallyEntry.ts";

/** What the numbers stand on decides which of them can be known. */
export interface CountBasis {
  /** False: allowed connections leave no event, so whatever counts them is `null`. */
  readonly seesAllowed: boolean;
  /** Since 1970: the moment from which counters reckon their times. */
  readonly originMs: number;
  /** The time of the newest flow after the origin: rates are measured up to it. */
  readonly newest: number;
  /** Is any direction enforced at all? `never`: the agents' enforcement mode. */
  readonly enforcementMode: "default" | "always" | "never";
  /** Do agents go by the spec? Not when its policy is refused, or they leave nodes alone; `null`: that cannot be told. */
  isInForce(spec: PolicySpec): boolean | null;
}

/** What counters are told of an attempt: only while it is counted. */
export interface CountedAttempt {
  readonly peerName: string;
  readonly portName: string;
  /** The policies that Hubble names, as people call them. */
  readonly named: readonly string[];
  kept(): KeptAttempt;
}

/** An attempt that is remembered. */
export interface KeptAttempt {
  /** Why the nearest rule of a spec does not admit it. */
  missOf(spec: PolicySpec): Mismatch | undefined;
}

/** What every counter remembers: whether it was counted since its number was told, which is told again otherwise. */
class Telling {
  /** False: whatever is counted sets it so. */
  isTold = false;
  /** The number as it was told. */
  told: TallyEntry | undefined;
  toldAllowed = false;
}

/** Pods come and go without end: of more endpoints than this it is only told that there were more. */
const maxEndpoints = 10_000;

/** Counts for a whole policy. */
export class PolicyCounter extends Telling {
  readonly place: PolicyPlace;
  readonly #endpoints = new Set<string>();
  #hasMore = false;
  attempts = 0;

  constructor(policy: Policy) {
    super();
    this.place = { ...headOf(policy), path: policy.specs[0]?.path ?? "spec", range: policy.range };
  }

  /** Notes an endpoint that the policy selects. */
  meet(endpoint: string): void {
    if (this.#endpoints.size < maxEndpoints) this.#endpoints.add(endpoint);
    else if (!this.#endpoints.has(endpoint)) this.#hasMore = true;
  }

  forgetConnections(): void {
    this.attempts = 0;
  }

  entry(basis: CountBasis): PolicyTally {
    const attempts = basis.seesAllowed ? this.attempts : null;
    return {
      type: "policy",
      ...this.place,
      endpoints: this.#endpoints.size,
      ...(this.#hasMore && { moreEndpoints: true }),
      attempts,
    };
  }
}

/** Counts of attempts that stand on nothing written. */
export class ElsewhereCounter extends Telling {
  counts = emptyElsewhere();

  forgetConnections(): void {
    this.counts = emptyElsewhere();
  }
}

function emptyElsewhere(): Record<keyof ElsewhereTally, number> {
  return { ...emptyBuckets(), otherPolicies: 0, undecided: 0 };
}

/** The buckets of a direction: what no rule accounts for. */
export type Bucket =
  | "defaultDenied"
  | "audited"
  | "authRequired"
  | "localhost"
  | "defaultAllowed"
  | "differs";

/** Counts for one direction of one spec. */
export class DirectionCounter extends Telling {
  readonly place: PolicyPlace;
  readonly direction: Direction;
  readonly spec: PolicySpec;
  readonly denied = new HitLog();
  /** An attempt of each peer that was denied by default, to say why. */
  readonly #deniedPeers = new Map<string, KeptAttempt>();
  #others = emptyOthers();
  /** Requests that the proxy decided otherwise than the loaded policies say. */
  differingRequests = 0;
  #buckets = emptyBuckets();

  constructor(
    policy: Policy,
    spec: PolicySpec,
    place: Pick<PolicyPlace, "path" | "range"> & { direction: Direction },
  ) {
    super();
    this.place = { ...headOf(policy), path: place.path, range: place.range };
    this.direction = place.direction;
    this.spec = spec;
  }

  count(bucket: Bucket, attempt: CountedAttempt, at: number): void {
    this.#buckets[bucket] += 1;
    if (bucket !== "defaultDenied") return;
    const { peerName } = attempt;
    this.denied.hit(peerName, at);
    if (this.#deniedPeers.size < maxDeniedPeers && !this.#deniedPeers.has(peerName)) {
      this.#deniedPeers.set(peerName, attempt.kept());
    }
  }

  /** Counts what rules of these policies decided, and none of this one. */
  countOthers(effect: "allow" | "deny", policies: readonly string[]): void {
    this.#others[effect] += 1;
    for (const policy of policies) {
      this.#others.policies.set(policy, (this.#others.policies.get(policy) ?? 0) + 1);
    }
  }

  forgetConnections(): void {
    this.#buckets = emptyBuckets();
    this.denied.clear();
    this.#deniedPeers.clear();
    this.#others = emptyOthers();
  }

  entry(basis: CountBasis): DirectionTally {
    const known = (bucket: Bucket): Count => (basis.seesAllowed ? this.#buckets[bucket] : null);
    return {
      type: "direction",
      ...this.place,
      direction: this.direction,
      enforced: isEnforced(this.spec, this.direction, basis),
      defaultDenied: this.#buckets.defaultDenied,
      audited: known("audited"),
      authRequired: this.#buckets.authRequired,
      localhost: known("localhost"),
      defaultAllowed: known("defaultAllowed"),
      differs: this.#buckets.differs + this.differingRequests,
      lastDeniedMs: lastHitMs([this.denied], basis.originMs),
      topDenied: topPeers(this.denied, basis.originMs).map((peer) => this.#explained(peer)),
      others: {
        allowed: basis.seesAllowed ? this.#others.allow : null,
        denied: this.#others.deny,
        policies: [...this.#others.policies]
          .map(([policy, count]) => ({ policy, count }))
          .sort((one, other) => other.count - one.count || (one.policy < other.policy ? -1 : 1))
          .slice(0, namedPolicies),
      },
    };
  }

  #explained(peer: PeerCount): DeniedPeer {
    const missed = this.#deniedPeers.get(peer.peer)?.missOf(this.spec);
    return missed ? { ...peer, missed } : peer;
  }
}

/** Peers beyond these are denied without a reason given: those that are denied most come early. */
const maxDeniedPeers = 200;
const namedPolicies = 3;

function emptyOthers() {
  return { allow: 0, deny: 0, policies: new Map<string, number>() };
}

function emptyBuckets(): Record<Bucket, number> {
  return { defaultDenied: 0, audited: 0, authRequired: 0, localhost: 0, defaultAllowed: 0, differs: 0 };
}

function isEnforced(spec: PolicySpec, direction: Direction, basis: CountBasis): boolean | null {
  const { enforcementMode: mode } = basis;
  if (mode === "never" || (mode === "default" && !spec.enforces[direction])) return false;
  return basis.isInForce(spec);
}

/** Counts for one rule. */
export class RuleCounter extends Telling {
  readonly place: PolicyPlace;
  readonly rule: PolicyRule;
  readonly hasL7: boolean;
  readonly connections = new HitLog();
  readonly requests = new HitLog();
  allowed = 0;
  denied = 0;
  nearMiss = 0;
  l7Allowed = 0;
  l7Denied = 0;
  readonly #possible = { connections: 0, requests: 0 };
  /** Made when they are first needed: most rules of a long list are never met. */
  #needs: Set<string> | undefined;
  #nearMissPorts: Map<string, number> | undefined;

  constructor(policy: Policy, rule: PolicyRule) {
    super();
    this.place = { ...headOf(policy), path: rule.path, range: rule.range };
    this.rule = rule;
    this.hasL7 = rule.ports !== "any" && rule.ports.some(({ l7 }) => l7);
  }

  /** Counts what may or may not have been decided here, with the fact that is missing to say it. */
  countPossible(kind: "connections" | "requests", needs: string): void {
    this.#possible[kind] += 1;
    (this.#needs ??= new Set<string>()).add(needs);
  }

  countNearMiss(port: string): void {
    this.nearMiss += 1;
    const ports = (this.#nearMissPorts ??= new Map<string, number>());
    const known = ports.get(port);
    // A port scan must not fill the memory: a thousand ports are enough to know the most frequent.
    if (known === undefined && ports.size >= 1000) return;
    ports.set(port, (known ?? 0) + 1);
  }

  forgetConnections(): void {
    this.allowed = 0;
    this.denied = 0;
    this.nearMiss = 0;
    this.#possible.connections = 0;
    this.#nearMissPorts = undefined;
    this.connections.clear();
  }

  rate(basis: CountBasis): number {
    return this.#rated(basis).perMinute(basis.newest);
  }

  /** Requests never add to connections: they stand in only where allowed connections cannot be seen. */
  #rated({ seesAllowed }: CountBasis): HitLog {
    return seesAllowed || !this.hasL7 ? this.connections : this.requests;
  }

  entry(basis: CountBasis): RuleTally {
    const hits = this.#rated(basis);
    const possible = this.#possible.connections + this.#possible.requests;
    const ports = [...(this.#nearMissPorts ?? [])].sort(
      ([port, one], [otherPort, other]) => other - one || (port < otherPort ? -1 : 1),
    );
    return {
      type: "rule",
      ...this.place,
      section: this.rule.section,
      allowed: basis.seesAllowed ? this.allowed : null,
      denied: this.denied,
      nearMiss: this.nearMiss,
      nearMissPorts: ports.slice(0, 3).map(([port]) => port),
      possible,
      needs: possible > 0 ? [...(this.#needs ?? [])] : [],
      l7Allowed: this.hasL7 ? this.l7Allowed : null,
      l7Denied: this.hasL7 ? this.l7Denied : null,
      lastHitMs: lastHitMs([this.connections, this.requests], basis.originMs),
      perMinute: this.rate(basis),
      topPeers: topPeers(hits, basis.originMs),
    };
  }
}

/** Counts for one entry of a rule's L7 part. */
export class L7Counter extends Telling {
  readonly place: PolicyPlace;
  allowed = 0;
  /** After the origin; means nothing while nothing was allowed. */
  last = 0;

  constructor(policy: Policy, entry: L7Entry) {
    super();
    this.place = { ...headOf(policy), path: entry.path, range: entry.range };
  }

  hit(at: number): void {
    if (this.allowed === 0 || at > this.last) this.last = at;
    this.allowed += 1;
  }

  entry(basis: CountBasis): L7Tally {
    const lastMs = this.allowed > 0 ? this.last + basis.originMs : null;
    return { type: "l7", ...this.place, l7Allowed: this.allowed, lastHitMs: lastMs };
  }
}

export type Counter = PolicyCounter | DirectionCounter | RuleCounter | L7Counter;

/** The number of a counter as a lens shows it: the same object as before, when nothing about it has changed. */
export function entryOf(counter: Counter, basis: CountBasis): TallyEntry {
  const { told } = counter;
  const isSame = counter.isTold && counter.toldAllowed === basis.seesAllowed;
  if (told && isSame && !(told.type === "rule" && fades(told, counter, basis))) return told;
  const entry = counter.entry(basis);
  counter.told = entry;
  counter.toldAllowed = basis.seesAllowed;
  counter.isTold = true;
  return entry;
}

/** A rate goes down by itself. */
function fades(told: RuleTally, counter: Counter, basis: CountBasis): boolean {
  return told.perMinute > 0 && counter instanceof RuleCounter && counter.rate(basis) !== told.perMinute;
}

function headOf(policy: Policy): Pick<PolicyPlace, "policy" | "kind"> {
  return { policy: policyName(policy), kind: policy.kind };
}

import type { Layer4Protocol } from "../flows/flow.ts";
import type { Steps } from "../base/steps.ts";
import type { CompiledRule } from "./compiledPolicy.ts";
import type { LabelSet } from "./labelSet.ts";
import type { PeerFacts } from "./peerMatcher.ts";
import { type PeerIndex, peerIndexSteps } from "./peerIndex.ts";
import type { PolicySpec, PortMatch } from "./policy.ts";
import { PortIndex } from "./portIndex.ts";
import { addBit, emptyBits, type RuleBits, type RuleSet, ruleSetOf } from "./ruleSet.ts";

/** More labels, or addresses of those (the world), than this are worked out anew. */
const maxRemembered = 1 << 14;

/** The rules that endpoints of the same labels are peers of: most have one answer, the world one for each address. */
interface KnownPeer {
  readonly key: string;
  readonly rules: RuleSet;
  others: Map<string, RuleSet> | undefined;
}

/**
 * The rules of one direction, numbered in the order of their text, and found by peer and port. What a rule answers to a
 * peer is worked out once per peer, to a port once per stretch of ports; a decision intersects the answers as bits.
 */
export class RuleIndex {
  readonly rules: readonly CompiledRule[];
  /** Only rules with constraints (`fromRequires`, `toRequires`). */
  readonly requiring: readonly CompiledRule[];
  readonly #peers: PeerIndex;
  readonly #ports: PortIndex;
  /** A spec's rules follow each other. */
  readonly #bySpec = new Map<PolicySpec, { first: number; end: number }>();
  /** No weak map: a hundred thousand weak entries make every garbage collection slow. */
  readonly #byLabels = new Map<LabelSet, KnownPeer>();
  /** Rules that name ports which some pods have and others have not, or that could not be read. */
  readonly #openPorts: RuleBits;
  readonly #asksMore: boolean;

  /** `peers` are those of the rules: see {@link ruleIndexSteps}. */
  constructor(rules: readonly CompiledRule[], peers: PeerIndex) {
    this.rules = rules;
    this.requiring = rules.filter(({ requires }) => requires.length > 0);
    this.#peers = peers;
    this.#ports = new PortIndex(rules);
    this.#openPorts = emptyBits(rules.length);
    this.#asksMore = this.requiring.length > 0 || rules.some(({ rule }) => rule.authentication !== undefined);
    for (const [number, { spec, rule }] of rules.entries()) {
      if (rule.ports !== "any" && rule.ports.some(({ ports }) => ports.some(isOpen))) {
        addBit(this.#openPorts, number);
      }
      const known = this.#bySpec.get(spec);
      if (known) known.end = number + 1;
      else this.#bySpec.set(spec, { first: number, end: number + 1 });
    }
  }

  /** The rules whose peer somebody is, or may be; remembered by its address where that matters. */
  ofPeer(facts: PeerFacts): RuleSet {
    const key =
      facts.addressText === ""
        ? (facts.localCluster ?? "")
        : `${facts.localCluster ?? ""}|${facts.addressText}`;
    const known = this.#byLabels.get(facts.labels);
    if (known?.key === key) return known.rules;
    const found = known?.others?.get(key);
    if (found) return found;
    const rules = this.#peers.find(facts);
    if (known) {
      const others = (known.others ??= new Map<string, RuleSet>());
      if (others.size >= maxRemembered) others.clear();
      others.set(key, rules);
    } else {
      if (this.#byLabels.size >= maxRemembered) this.#byLabels.clear();
      this.#byLabels.set(facts.labels, { key, rules, others: undefined });
    }
    return rules;
  }

  /** Is all that is decided by these rules for such a peer told by the sets alone, whatever else the connection is? */
  isTold(subject: RuleSet, peers: RuleSet): boolean {
    if (this.#asksMore) return false;
    for (const word of subject.words) {
      const open = (this.#openPorts[word] ?? 0) | ~(peers.yes[word] ?? 0);
      if (((subject.may[word] ?? 0) & (peers.may[word] ?? 0) & open) !== 0) return false;
    }
    return true;
  }

  /** The rules whose ports fit, or may. */
  ofPort(l4: { readonly protocol: Layer4Protocol; readonly port: number } | undefined): RuleSet {
    return this.#ports.find(l4);
  }

  /** The rules of some specs. */
  ofSpecs(specs: Iterable<PolicySpec>): RuleSet {
    const bits = emptyBits(this.rules.length);
    for (const spec of specs) {
      const { first, end } = this.#bySpec.get(spec) ?? { first: 0, end: 0 };
      for (let number = first; number < end; number++) addBit(bits, number);
    }
    return ruleSetOf(bits, bits);
  }
}

function isOpen({ type }: PortMatch): boolean {
  return type === "named" || type === "unknown";
}

/** Makes the index of some rules, one rule after another. */
export function* ruleIndexSteps(rules: readonly CompiledRule[]): Steps<RuleIndex> {
  const peers = yield* peerIndexSteps(rules);
  return new RuleIndex(rules, peers);
}

import type { Steps } from "../base/steps.ts";
import { BlockIndex } from "./blockIndex.ts";
import type { CompiledRule } from "./compiledPolicy.ts";
import type { CompiledPeer, PeerFacts } from "./peerMatcher.ts";
import { addBit, emptyBits, type RuleBits, type RuleSet, ruleSetOf } from "./ruleSet.ts";
import { SelectorIndex } from "./selectorIndex.ts";

/** A peer as several rules may name it: it is asked once for all of them. */
interface SharedPeer {
  readonly number: number;
  readonly compiled: CompiledPeer;
  readonly rules: number[];
}

/** Finds the rules whose peers a peer is, without asking those that cannot fit. */
export class PeerIndex {
  readonly #ruleCount: number;
  /** Rules that name no peer: every one fits. */
  readonly #always: RuleBits;
  readonly #shared = new Map<string, SharedPeer>();
  readonly #bySelector = new SelectorIndex<SharedPeer>();
  readonly #byBlock = new BlockIndex<SharedPeer>();
  readonly #byName = new Map<string, SharedPeer[]>();
  readonly #blocks: SharedPeer[] = [];
  readonly #others: SharedPeer[] = [];
  /** Equal answers are one object, so that a hundred thousand addresses do not hold as many sets. */
  readonly #made = new Map<string, RuleSet>();

  /** Finds nothing until its rules are filed: see {@link peerIndexSteps}. */
  constructor(ruleCount: number) {
    this.#ruleCount = ruleCount;
    this.#always = emptyBits(ruleCount);
  }

  /** Files a rule by its peers. */
  file(rule: CompiledRule, number: number): void {
    if (rule.peers === "any") addBit(this.#always, number);
    else for (const peer of rule.peers) this.#add(peer, number, rule);
  }

  find(facts: PeerFacts): RuleSet {
    const fitting = new Set<SharedPeer>();
    const open = new Set<SharedPeer>();
    this.#visit(facts, (shared) => {
      const answer = shared.compiled.matches(facts);
      if (answer === "yes") fitting.add(shared);
      else if (answer !== "no") open.add(shared);
    });
    const key = `${keyOf(fitting)}/${keyOf(open)}`;
    let made = this.#made.get(key);
    if (!made) {
      made = this.#make(fitting, open);
      this.#made.set(key, made);
    }
    return made;
  }

  #add(compiled: CompiledPeer, rule: number, { place }: CompiledRule): void {
    const { namespace, subjectIsInit, effect, hasPorts, hasDerivative } = place;
    // What is written elsewhere in the same words is the same peer.
    const words = { ...compiled.peer, path: "", range: 0 };
    const key = JSON.stringify([words, namespace, subjectIsInit, effect, hasPorts, hasDerivative]);
    const known = this.#shared.get(key);
    if (known) {
      known.rules.push(rule);
      return;
    }
    const shared = { number: this.#shared.size, compiled, rules: [rule] };
    this.#shared.set(key, shared);
    const { wants } = compiled;
    switch (wants.type) {
      case "labels":
        this.#bySelector.add(wants.selector, shared);
        break;
      case "block":
        this.#byBlock.add(wants.block, shared);
        this.#blocks.push(shared);
        break;
      case "dns-name": {
        const same = this.#byName.get(wants.text);
        if (same) same.push(shared);
        else this.#byName.set(wants.text, [shared]);
        break;
      }
      case "ask":
        this.#others.push(shared);
    }
  }

  #visit(facts: PeerFacts, each: (shared: SharedPeer) => void): void {
    const { labels, address } = facts;
    if (!labels.known) {
      for (const shared of this.#shared.values()) each(shared);
      return;
    }
    for (const shared of this.#others) each(shared);
    this.#bySelector.visit(labels, each);
    if (labels.isExternal || labels.isRemoteNode) {
      if (address) this.#byBlock.visit(address, each);
      else this.#blocks.forEach(each);
    }
    const names = labels.keysOf("fqdn");
    // Without any such label the agent may be one that gives none.
    const asked = labels.isExternal && names.length === 0 ? this.#byName.keys() : names;
    for (const name of asked) this.#byName.get(name)?.forEach(each);
  }

  #make(fitting: Iterable<SharedPeer>, open: Iterable<SharedPeer>): RuleSet {
    const yes = emptyBits(this.#ruleCount);
    yes.set(this.#always);
    for (const { rules } of fitting) for (const rule of rules) addBit(yes, rule);
    const may = emptyBits(this.#ruleCount);
    may.set(yes);
    for (const { rules } of open) for (const rule of rules) addBit(may, rule);
    return ruleSetOf(yes, may);
  }
}

/** Makes the index of some rules, numbered in their order, one rule after another. */
export function* peerIndexSteps(rules: readonly CompiledRule[]): Steps<PeerIndex> {
  const index = new PeerIndex(rules.length);
  for (const [number, rule] of rules.entries()) {
    yield;
    index.file(rule, number);
  }
  return index;
}

function keyOf(shared: ReadonlySet<SharedPeer>): string {
  return [...shared]
    .map(({ number }) => number)
    .sort((one, other) => one - other)
    .join();
}

import type { TextRange } from "../base/textRange.ts";
import type { CidrGroup } from "./clusterContext.ts";
import type { L7Entry, Peer, Policy, PolicyRule, PolicySection, PolicySpec, PortItem } from "./policy.ts";
import type { PolicyProblem } from "./policyProblem.ts";

/** What a piece of a text said, and where it stood. */
export interface ReadPiece {
  readonly text: string;
  readonly offset: number;
  readonly policies: readonly Policy[];
  readonly cidrGroups: readonly CidrGroup[];
  readonly problems: readonly PolicyProblem[];
}

/** The same piece at another offset: all that is said of it lies as far from there. */
export function movedPiece(piece: ReadPiece, offset: number): ReadPiece {
  const by = offset - piece.offset;
  if (by === 0) return piece;
  return {
    ...piece,
    offset,
    policies: piece.policies.map((policy) => movedPolicy(policy, by)),
    problems: piece.problems.map((problem) => movedProblem(problem, by)),
  };
}

interface Placed {
  readonly range: TextRange;
}

function moved<Part extends Placed>(part: Part, by: number): Part {
  return { ...part, range: { start: part.range.start + by, end: part.range.end + by } };
}

function movedProblem(problem: PolicyProblem, by: number): PolicyProblem {
  const { fixRange } = problem;
  if (!fixRange) return moved(problem, by);
  return { ...moved(problem, by), fixRange: { start: fixRange.start + by, end: fixRange.end + by } };
}

function movedPolicy(policy: Policy, by: number): Policy {
  return { ...moved(policy, by), specs: policy.specs.map((spec) => movedSpec(spec, by)) };
}

function movedSpec(spec: PolicySpec, by: number): PolicySpec {
  const { policyTypes } = spec;
  return {
    ...moved(spec, by),
    sections: spec.sections.map((section) => movedSection(section, by)),
    ...(policyTypes ? { policyTypes: moved(policyTypes, by) } : {}),
  };
}

function movedSection(section: PolicySection, by: number): PolicySection {
  return { ...moved(section, by), rules: section.rules.map((rule) => movedRule(rule, by)) };
}

function movedRule(rule: PolicyRule, by: number): PolicyRule {
  const { peers, requires, ports } = rule;
  const movePeer = (peer: Peer): Peer => moved(peer, by);
  return {
    ...moved(rule, by),
    peers: peers === "any" ? peers : peers.map(movePeer),
    requires: requires.map(movePeer),
    ports: ports === "any" ? ports : ports.map((item) => movedItem(item, by)),
  };
}

function movedItem(item: PortItem, by: number): PortItem {
  const { ports, l7 } = item;
  return {
    ...moved(item, by),
    ports: ports.map((port) => moved(port, by)),
    ...(l7 ? { l7: { ...l7, entries: l7.entries.map((entry): L7Entry => moved(entry, by)) } } : {}),
  };
}

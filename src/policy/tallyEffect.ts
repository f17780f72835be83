import type { CounterTree } from "./counterTree.ts";
import type { Decision, RequestDecision, RuleMatch } from "./decision.ts";
import type { Direction, PolicyRule } from "./policy.ts";
import type { Bucket, Counter, DirectionCounter, PolicyCounter, RuleCounter } from "./tallyCounters.ts";

/** What Hubble reported of a connection. */
export const reports = [
  "allowed",
  "denied-by-default",
  "denied-by-rule",
  "audited",
  "auth-required",
] as const;
export type Report = (typeof reports)[number];

/** One counter that an attempt or request moves. */
export interface Move {
  readonly counter: Counter;
  /** `at` is in the counters' own time. */
  count(names: { readonly peerName: string; readonly portName: string }, at: number): void;
}

/** What an effect is worked out from. */
export interface EffectPlace {
  readonly tree: CounterTree;
  readonly direction: Direction;
  /** Hubble names policies, and none of them is loaded: what they did is no contradiction. */
  readonly foreign: boolean;
}

/** Which counters one attempt moves: sets what Hubble reported of a connection against what the loaded policies say. */
export function effectOf(decision: Decision, report: Report, place: EffectPlace): readonly Move[] {
  const { allowed, denied, nearMisses, possible, bucket } = weigh(decision, report, place.foreign);
  const { tree } = place;
  return [
    ...policiesOf(decision, place).map((counter) => ({ counter, count: () => (counter.attempts += 1) })),
    ...movesOf(allowed, tree, (counter, names, at) => {
      counter.allowed += 1;
      counter.connections.hit(names.peerName, at);
    }),
    ...movesOf(denied, tree, (counter, names, at) => {
      counter.denied += 1;
      counter.connections.hit(names.peerName, at);
    }),
    ...movesOf(nearMisses, tree, (counter, names) => {
      counter.countNearMiss(names.portName);
    }),
    ...possibleMoves(possible, tree, "connections"),
    ...(bucket ? bucketMoves(decision, bucket, place) : []),
  ];
}

interface Outcome {
  readonly allowed?: readonly RuleMatch[];
  readonly denied?: readonly RuleMatch[];
  readonly nearMisses?: readonly RuleMatch[];
  readonly possible?: readonly RuleMatch[];
  readonly bucket?: Bucket;
}

function weigh(decision: Decision, report: Report, foreign: boolean): Outcome {
  switch (report) {
    case "allowed":
      return weighAllowed(decision, foreign);
    case "denied-by-default":
      return weighDefaultDeny(decision);
    case "denied-by-rule":
      return weighRuleDeny(decision, foreign);
    case "audited":
      return {
        bucket: decision.verdict === "allowed" && decision.enforced !== false ? "differs" : "audited",
      };
    case "auth-required":
      return { bucket: "authRequired" };
  }
}

function weighAllowed(decision: Decision, foreign: boolean): Outcome {
  const allows = decision.rules.filter(({ section }) => section.effect === "allow");
  const matching = allows.filter(({ match }) => match === "yes");
  const possible = allows.filter(({ match }) => match === "undecidable");
  const { reason } = decision;
  if (reason === "explicit-deny") return { bucket: "differs" };
  if (reason === "default-deny") return foreign ? {} : { bucket: "differs" };
  if (reason === "localhost") return { bucket: "localhost" };
  // The report settles what was open about deny rules: none of them fits.
  if (matching.length > 0 && reason !== "undecidable") return { allowed: matching, possible };
  if (matching.length > 0) return isBound(decision) ? { possible: allows } : { allowed: matching, possible };
  if (possible.length > 0) return { possible };
  return reason === "default-allow" ? { bucket: "defaultAllowed" } : {};
}

/** Is a matching rule left open by constraints on all rules (`fromRequires`)? */
function isBound(decision: Decision): boolean {
  return decision.rules.some(({ rule }) => rule.requires.length > 0);
}

function weighDefaultDeny(decision: Decision): Outcome {
  const { reason, verdict } = decision;
  if (reason === "not-enforced") return {};
  if (verdict === "allowed" || reason === "explicit-deny") return { bucket: "differs" };
  // The report settles what was open: no rule admitted it, none denied it.
  const nearMisses = decision.rules.filter(
    ({ section, peer, port }) => section.effect === "allow" && peer === "yes" && port === "no",
  );
  return { bucket: "defaultDenied", nearMisses };
}

function weighRuleDeny(decision: Decision, foreign: boolean): Outcome {
  const denies = decision.rules.filter(({ section }) => section.effect === "deny");
  const denied = denies.filter(({ match }) => match === "yes");
  const possible = denies.filter(({ match }) => match === "undecidable");
  if (denied.length > 0 || possible.length > 0) return { denied, possible };
  const contradicts = decision.verdict === "allowed" && decision.reason !== "not-enforced" && !foreign;
  return contradicts ? { bucket: "differs" } : {};
}

type CountRule = (counter: RuleCounter, ...rest: Parameters<Move["count"]>) => void;

function movesOf(
  matches: readonly RuleMatch[] | undefined,
  tree: CounterTree,
  count: CountRule,
): readonly Move[] {
  return (matches ?? []).flatMap(({ rule }) => {
    const counter = tree.rules.get(rule);
    if (!counter) return [];
    return [
      {
        counter,
        count: (names, at) => {
          count(counter, names, at);
        },
      },
    ];
  });
}

function possibleMoves(
  matches: readonly RuleMatch[] | undefined,
  tree: CounterTree,
  kind: "connections" | "requests",
): readonly Move[] {
  return (matches ?? []).flatMap((match) => {
    const needs = match.missing[0]?.needs ?? "the agents' version";
    return movesOf([match], tree, (counter) => {
      counter.countPossible(kind, needs);
    });
  });
}

function bucketMoves(decision: Decision, bucket: Bucket, place: EffectPlace): readonly Move[] {
  return directionsOf(decision, bucket, place).map((counter) => ({
    counter,
    count: (names, at) => {
      counter.count(bucket, names.peerName, at);
    },
  }));
}

/** A default deny belongs to the specs that deny by default, everything else to all that enforce the direction. */
function directionsOf(decision: Decision, bucket: Bucket, place: EffectPlace): readonly DirectionCounter[] {
  const { tree, direction } = place;
  return decision.selecting.flatMap(({ spec, selects }) => {
    const takesPart = bucket === "defaultDenied" ? spec.defaultDenies[direction] : spec.enforces[direction];
    return selects === "yes" && takesPart ? (tree.direction(spec, direction) ?? []) : [];
  });
}

function policiesOf(decision: Decision, { tree, direction }: EffectPlace): readonly PolicyCounter[] {
  const policies = new Set<PolicyCounter>();
  for (const { policy, spec, selects } of decision.selecting) {
    const counter = tree.policies.get(policy);
    if (counter && selects === "yes" && spec.enforces[direction]) policies.add(counter);
  }
  return [...policies];
}

/** Which counters one request moves: sets what the proxy reported of it against what the loaded policies say. */
export function requestEffectOf(
  decision: Decision,
  request: RequestDecision,
  report: { readonly forwarded: boolean } & EffectPlace,
): readonly Move[] {
  // No L7 event names policies: it contradicts only what the loaded rules say of this very connection.
  const contradicts = report.forwarded
    ? request.verdict === "denied" && request.l7Rules.length > 0
    : request.verdict === "allowed" && decision.reason === "allow-rule";
  if (contradicts) return differingRequests(decision, report);
  return report.forwarded ? forwardedMoves(request, report.tree) : deniedMoves(request, report.tree);
}

function differingRequests(decision: Decision, place: EffectPlace): readonly Move[] {
  return directionsOf(decision, "differs", place).map((counter) => ({
    counter,
    count: () => (counter.differingRequests += 1),
  }));
}

function forwardedMoves(request: RequestDecision, tree: CounterTree): readonly Move[] {
  const admitting = new Map(request.entries.map(({ match }) => [match.rule, match]));
  const open = new Map<PolicyRule, RuleMatch>();
  for (const { match, missing } of request.undecidable) {
    if (!admitting.has(match.rule)) open.set(match.rule, { ...match, missing: [missing] });
  }
  const entries = request.entries.flatMap(({ entry }) => {
    const counter = tree.entries.get(entry);
    if (!counter) return [];
    const count: Move["count"] = (_names, at) => {
      counter.hit(at);
    };
    return [{ counter, count }];
  });
  const rules = movesOf([...admitting.values()], tree, (counter, names, at) => {
    counter.l7Allowed += 1;
    counter.requests.hit(names.peerName, at);
  });
  return [...rules, ...entries, ...possibleMoves([...open.values()], tree, "requests")];
}

function deniedMoves(request: RequestDecision, tree: CounterTree): readonly Move[] {
  const denying = request.l7Rules.filter(({ match }) => match === "yes");
  const open = request.l7Rules.filter(({ match }) => match === "undecidable");
  const denied = movesOf(denying, tree, (counter, names, at) => {
    counter.l7Denied += 1;
    counter.requests.hit(names.peerName, at);
  });
  return [...denied, ...possibleMoves(open, tree, "requests")];
}

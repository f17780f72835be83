import type { CounterTree } from "./counterTree.ts";
import type { Decision, RequestDecision, RuleMatch } from "./decision.ts";
import { type Direction, type Policy, policyName, type PolicyRule, type PolicySpec } from "./policy.ts";
import { deniesByDefault } from "./posture.ts";
import type {
  Bucket,
  CountedAttempt,
  Counter,
  ElsewhereCounter,
  PolicyCounter,
  RuleCounter,
} from "./tallyCounters.ts";
import type { ElsewhereTally } from "./tallyEntry.ts";

/** What Hubble reported of a connection. */
export const reports = [
  "allowed",
  "denied-by-default",
  "denied-by-rule",
  "audited",
  "auth-required",
] as const;
export type Report = (typeof reports)[number];

/** How the policies that Hubble names on an event go with what is loaded. */
export const namings = ["fits", "foreign", "contradicts"] as const;
/**
 * `fits`: it names none, or one with a rule that may have decided so. `foreign`: only policies that are not loaded, so
 * that what they did is no contradiction. `contradicts`: policies that are loaded, and no rule of theirs fits.
 */
export type Naming = (typeof namings)[number];

/** One counter that an attempt or request moves. */
export interface Move {
  readonly counter: Counter | ElsewhereCounter;
  /** It is only mentioned there, and stands behind another number. */
  readonly aside?: true;
  /** `at` is in the counters' own time. */
  count(attempt: CountedAttempt, at: number): void;
}

/** What an effect is worked out from. */
export interface EffectPlace {
  readonly tree: CounterTree;
  readonly direction: Direction;
}

/** The same for a connection. */
export interface AttemptPlace extends EffectPlace {
  readonly naming: Naming;
  /** Allow rules that the connection missed by its port. */
  nearMisses(): readonly RuleMatch[];
}

/** Which counters one attempt moves: sets what Hubble reported of a connection against what the loaded policies say. */
export function effectOf(decision: Decision, report: Report, place: AttemptPlace): readonly Move[] {
  const outcome = weigh(decision, report, place);
  const { allowed, denied, nearMisses, possible, bucket, elsewhere } = outcome;
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
    ...(elsewhere ? [elsewhereMove(tree, elsewhere)] : []),
    ...othersMoves(decision, outcome, { ...place, effect: report === "denied-by-rule" ? "deny" : "allow" }),
  ];
}

/** Tells each spec of the endpoint what rules of other policies decided, where no rule of its own policy did. */
function othersMoves(
  decision: Decision,
  { allowed = [], denied = [], elsewhere }: Outcome,
  { tree, direction, effect }: EffectPlace & { readonly effect: "allow" | "deny" },
): readonly Move[] {
  const deciding = new Set<Policy>([...allowed, ...denied].map(({ policy }) => policy));
  const isForeign = elsewhere === "otherPolicies";
  if (deciding.size === 0 && !isForeign) return [];
  // Of different kinds several may have one name.
  const loaded = [...new Set([...deciding].map(policyName))];
  return decision.selecting.flatMap(({ policy, spec, selects }) => {
    const counter = tree.direction(spec, direction);
    if (!counter || selects !== "yes" || !spec.enforces[direction] || deciding.has(policy)) return [];
    const count: Move["count"] = (attempt) => {
      counter.countOthers(effect, isForeign ? attempt.named : loaded);
    };
    return [{ counter, aside: true, count }];
  });
}

interface Outcome {
  readonly allowed?: readonly RuleMatch[];
  readonly denied?: readonly RuleMatch[];
  readonly nearMisses?: readonly RuleMatch[];
  readonly possible?: readonly RuleMatch[];
  readonly bucket?: Bucket;
  readonly elsewhere?: "otherPolicies" | "undecided";
}

function weigh(decision: Decision, report: Report, place: AttemptPlace): Outcome {
  // Nothing that is loaded enforces this direction here: something else does, or what is loaded of a name in another text.
  if (decision.reason === "not-enforced") {
    return place.naming === "contradicts" ? { bucket: "differs" } : { elsewhere: "otherPolicies" };
  }
  switch (report) {
    case "allowed":
      return weighAllowed(decision, place.naming);
    case "denied-by-default":
      return weighDefaultDeny(decision, place);
    case "denied-by-rule":
      return weighRuleDeny(decision, place.naming);
    case "audited":
      return { bucket: decision.verdict === "allowed" ? "differs" : "audited" };
    case "auth-required":
      return { bucket: "authRequired" };
  }
}

function weighAllowed(decision: Decision, naming: Naming): Outcome {
  const allows = decision.rules.filter(({ section }) => section.effect === "allow");
  const matching = allows.filter(({ decides }) => decides === "yes");
  const possible = allows.filter(({ decides }) => decides === "undecidable");
  const { reason } = decision;
  if (reason === "explicit-deny" || naming === "contradicts") return { bucket: "differs" };
  if (reason === "default-deny") {
    return naming === "foreign" ? { elsewhere: "otherPolicies" } : { bucket: "differs" };
  }
  if (reason === "localhost") return { bucket: "localhost" };
  // The report settles what was open about deny rules: none of them fits.
  if (matching.length > 0) return { allowed: matching, possible };
  if (possible.length > 0) return { possible };
  if (naming === "foreign") return { elsewhere: "otherPolicies" };
  return reason === "default-allow" ? { bucket: "defaultAllowed" } : { elsewhere: "undecided" };
}

function weighDefaultDeny(decision: Decision, place: AttemptPlace): Outcome {
  const { reason, verdict } = decision;
  if (verdict === "allowed" || reason === "explicit-deny") return { bucket: "differs" };
  // The report settles what was open: no rule admitted it, none denied it.
  return { bucket: "defaultDenied", nearMisses: place.nearMisses() };
}

function weighRuleDeny(decision: Decision, naming: Naming): Outcome {
  const denies = decision.rules.filter(({ section }) => section.effect === "deny");
  const denied = denies.filter(({ decides }) => decides === "yes");
  const possible = denies.filter(({ decides }) => decides === "undecidable");
  if (naming === "contradicts") return { bucket: "differs" };
  if (denied.length > 0 || possible.length > 0) return { denied, possible };
  return naming === "foreign" ? { elsewhere: "otherPolicies" } : { bucket: "differs" };
}

type CountRule = (counter: RuleCounter, attempt: CountedAttempt, at: number) => void;

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

/** Nobody who is loaded answers for a bucket: the agents' mode denies, or it is open who is selected. */
function bucketMoves(decision: Decision, bucket: Bucket, place: EffectPlace): readonly Move[] {
  const { tree, direction } = place;
  const owners = ownersOf(decision, bucket, place);
  if (owners.length === 0) return [elsewhereMove(tree, bucket)];
  return owners.flatMap((spec) => {
    const counter = tree.direction(spec, direction);
    if (!counter) return [];
    const count: Move["count"] = (names, at) => {
      counter.count(bucket, names, at);
    };
    return [{ counter, count }];
  });
}

function elsewhereMove({ elsewhere }: CounterTree, kind: keyof ElsewhereTally): Move {
  return { counter: elsewhere, count: () => (elsewhere.counts[kind] += 1) };
}

/** A default deny belongs to the specs that deny by default, everything else to all that enforce the direction. */
function ownersOf(
  decision: Decision,
  bucket: Bucket,
  { tree, direction }: EffectPlace,
): readonly PolicySpec[] {
  const takesPart = (spec: PolicySpec): boolean =>
    bucket === "defaultDenied" ? deniesByDefault(spec, direction, tree.context) : spec.enforces[direction];
  return decision.selecting.flatMap(({ spec, selects }) =>
    selects === "yes" && takesPart(spec) ? spec : [],
  );
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
    ? request.verdict === "denied" && request.l7Rules.length > 0 && request.unseen.length === 0
    : request.verdict === "allowed" && decision.reason === "allow-rule";
  if (contradicts) return differingRequests(decision, report);
  return report.forwarded ? forwardedMoves(request, report.tree) : deniedMoves(request, report.tree);
}

function differingRequests(decision: Decision, place: EffectPlace): readonly Move[] {
  const { tree, direction } = place;
  return ownersOf(decision, "differs", place).flatMap((spec) => {
    const counter = tree.direction(spec, direction);
    return counter ? { counter, count: () => (counter.differingRequests += 1) } : [];
  });
}

function forwardedMoves(request: RequestDecision, tree: CounterTree): readonly Move[] {
  const admitting = new Map(request.entries.map(({ match }) => [match.rule, match]));
  const open = new Map<PolicyRule, RuleMatch>();
  // The request passed: it may have had the headers that its event lacks.
  const isExplained = request.entries.length > 0 || request.openRules.length > 0;
  for (const { match, missing } of [...request.undecidable, ...(isExplained ? [] : request.unseen)]) {
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
  const denying = request.l7Rules.filter(({ decides }) => decides === "yes");
  const open = request.l7Rules.filter(({ decides }) => decides === "undecidable");
  const denied = movesOf(denying, tree, (counter, names, at) => {
    counter.l7Denied += 1;
    counter.requests.hit(names.peerName, at);
  });
  return [...denied, ...possibleMoves(open, tree, "requests")];
}

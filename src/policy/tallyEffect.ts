import type { CounterTree } from "./counterTree.ts";
import type { Decision, MissingFact, RequestDecision, RuleMatch } from "./decision.ts";
import type { Direction } from "./policy.ts";
import type {
  Bucket,
  Counter,
  DirectionCounter,
  L7Counter,
  PolicyCounter,
  RuleCounter,
} from "./tallyCounters.ts";

/** What Hubble reported of a connection. */
export const reports = [
  "allowed",
  "denied-by-default",
  "denied-by-rule",
  "audited",
  "auth-required",
] as const;
export type Report = (typeof reports)[number];

/** Which counters one attempt or request moves: worked out once per distinct connection and report. */
export interface TallyEffect {
  readonly allowed: readonly RuleCounter[];
  readonly denied: readonly RuleCounter[];
  readonly nearMisses: readonly RuleCounter[];
  readonly possible: readonly { readonly counter: RuleCounter; readonly missing: MissingFact }[];
  readonly bucket: Bucket | undefined;
  readonly directions: readonly DirectionCounter[];
  readonly policies: readonly PolicyCounter[];
}

/** Which counters one request moves. */
export interface RequestEffect {
  readonly allowed: readonly RuleCounter[];
  readonly entries: readonly L7Counter[];
  readonly denied: readonly RuleCounter[];
  readonly possible: readonly { readonly counter: RuleCounter; readonly missing: MissingFact }[];
  readonly differs: readonly DirectionCounter[];
}

/** What an effect is worked out from. */
export interface EffectPlace {
  readonly tree: CounterTree;
  readonly direction: Direction;
  /** Hubble names policies, and none of them is loaded: what they did is no contradiction. */
  readonly foreign: boolean;
}

/** Sets what Hubble reported of a connection against what the loaded policies say of it. */
export function effectOf(decision: Decision, report: Report, place: EffectPlace): TallyEffect {
  const outcome = weigh(decision, report, place.foreign);
  const { tree } = place;
  return {
    allowed: countersOf(outcome.allowed ?? [], tree),
    denied: countersOf(outcome.denied ?? [], tree),
    nearMisses: countersOf(outcome.nearMisses ?? [], tree),
    possible: possibleOf(outcome.possible ?? [], tree),
    bucket: outcome.bucket,
    directions: outcome.bucket ? directionsOf(decision, outcome.bucket, place) : [],
    policies: policiesOf(decision, place),
  };
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

function countersOf(matches: readonly RuleMatch[], tree: CounterTree): readonly RuleCounter[] {
  return matches.flatMap(({ rule }) => tree.rules.get(rule) ?? []);
}

function possibleOf(matches: readonly RuleMatch[], tree: CounterTree): TallyEffect["possible"] {
  return matches.flatMap(({ rule, missing }) => {
    const counter = tree.rules.get(rule);
    const fact = missing[0] ?? { field: "requires", needs: "the agents' version" };
    return counter ? [{ counter, missing: fact }] : [];
  });
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

/** Sets what the proxy reported of a request against what the loaded policies say of it. */
export function requestEffectOf(
  decision: Decision,
  request: RequestDecision,
  report: { readonly forwarded: boolean } & EffectPlace,
): RequestEffect {
  const { tree } = report;
  const uncertain = request.undecidable.map(({ match, missing }) => ({ ...match, missing: [missing] }));
  if (report.forwarded) {
    const contradicts = request.verdict === "denied" && decision.selecting.length > 0 && !report.foreign;
    if (contradicts) return { ...nothing, differs: directionsOf(decision, "differs", report) };
    const rules = new Set(request.entries.map(({ match }) => match));
    const open = new Map(
      uncertain
        .filter(({ rule }) => ![...rules].some((match) => match.rule === rule))
        .map((match) => [match.rule, match]),
    );
    return {
      ...nothing,
      allowed: countersOf([...rules], tree),
      entries: request.entries.flatMap(({ entry }) => tree.entries.get(entry) ?? []),
      possible: possibleOf([...open.values()], tree),
    };
  }
  if (request.verdict === "allowed" && decision.reason !== "not-enforced") {
    return { ...nothing, differs: directionsOf(decision, "differs", report) };
  }
  const denying = request.l7Rules.filter(({ match }) => match === "yes");
  const open = request.l7Rules.filter(({ match }) => match === "undecidable");
  return { ...nothing, denied: countersOf(denying, tree), possible: possibleOf(open, tree) };
}

const nothing: RequestEffect = { allowed: [], entries: [], denied: [], possible: [], differs: [] };

/** Does the effect move this counter? */
export function touches(effect: TallyEffect, counter: Counter): boolean {
  return (
    includes(effect.allowed, counter) ||
    includes(effect.denied, counter) ||
    includes(effect.nearMisses, counter) ||
    includes(effect.directions, counter) ||
    includes(effect.policies, counter) ||
    effect.possible.some((one) => one.counter === counter)
  );
}

/** Does the effect of a request move this counter? */
export function requestTouches(effect: RequestEffect, counter: Counter): boolean {
  return (
    includes(effect.allowed, counter) ||
    includes(effect.denied, counter) ||
    includes(effect.entries, counter) ||
    includes(effect.differs, counter) ||
    effect.possible.some((one) => one.counter === counter)
  );
}

function includes(counters: readonly Counter[], counter: Counter): boolean {
  return counters.includes(counter);
}

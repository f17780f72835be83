import type { HttpRecord } from "../../src/flows/flow.ts";
import type { ClusterContext } from "../../src/policy/clusterContext.ts";
import { decide } from "../../src/policy/decide.ts";
import { decideRequest } from "../../src/policy/decideRequest.ts";
import type { Decision, RuleMatch } from "../../src/policy/decision.ts";
import { compileDnsName } from "../../src/policy/dnsPattern.ts";
import { everyRule } from "../../src/policy/everyRule.ts";
import { namedPolicies } from "../../src/policy/namedPolicies.ts";
import type { Direction, Policy } from "../../src/policy/policy.ts";
import { createPolicySet, type PolicySet } from "../../src/policy/policySet.ts";
import { compareReachability } from "./judgeReachability.ts";
import {
  connectionOf,
  flowOf,
  type OracleCase,
  type OracleExpectation,
  type OracleGroup,
  type OracleRule,
  setOf,
  versionOf,
} from "./policyOracle.ts";

/** What a case expects and what came out, each as lines; equal lists of lines pass. */
export interface Judgement {
  readonly expected: readonly string[];
  readonly got: readonly string[];
}

/** Collects what is expected beside what was found. */
export class Comparison implements Judgement {
  readonly expected: string[] = [];
  readonly got: string[] = [];

  /** `undefined` is expected where a case says nothing: then nothing is compared. */
  check(name: string, wanted: unknown, found: unknown): void {
    if (wanted === undefined) return;
    this.expected.push(`${name}=${show(wanted)}`);
    this.got.push(`${name}=${show(found)}`);
  }
}

function show(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Judges a case of the categories that decide about one connection: every engine that answered it must be met. */
export function judgeConnection(group: OracleGroup, oracleCase: OracleCase): Judgement {
  const comparison = new Comparison();
  for (const engine of group.engines ?? [undefined]) {
    compareConnection(comparison, group, { ...oracleCase, engine });
  }
  if (oracleCase === group.cases[0]) compareReachability(comparison, group);
  return comparison;
}

function compareConnection(
  comparison: Comparison,
  group: OracleGroup,
  { flow, expect, engine }: OracleCase & { readonly engine: string | undefined },
): void {
  const { set, documents } = setOf(group, engine);
  const connection = connectionOf(flowOf(flow));
  const decision = decide(set, connection);
  comparison.check("enforced", expect.enforced, decision.enforced);
  comparison.check(
    "allowed",
    expect.allowed,
    decision.verdict === "undecidable" ? null : decision.verdict === "allowed",
  );
  comparison.check("reason", expect.reason, decision.reason);
  comparison.check("event", expect.hubble?.policy_verdict_event, decision.enforced);
  // Without an event there is nothing that could have gone to the proxy.
  const hasEvent = expect.hubble?.policy_verdict_event === true;
  comparison.check("verdict", expect.hubble?.verdict, hubbleVerdict(decision, hasEvent));
  comparison.check("drop", expect.hubble?.drop_reason_desc, dropReason(decision));
  compareAuthentication(comparison, expect, decision);
  const all = everyRule(set, connection);
  compareRules(comparison, { expect, set, documents, all, direction: connection.direction });
  const unlisted = all.filter(
    ({ match, rule }) => match !== "no" && !decision.rules.some((one) => one.rule === rule),
  );
  comparison.check(
    "rules that decide leaves out",
    [],
    unlisted.map(({ rule }) => rule.path),
  );
  const names = namedPolicies(decision, connection).map(({ name }) => name);
  comparison.check(
    "allowed_by",
    sorted(expect.allowed_by),
    decision.verdict === "allowed" ? names.sort() : [],
  );
  comparison.check("denied_by", sorted(expect.denied_by), decision.verdict === "denied" ? names.sort() : []);
  if (expect.needs !== undefined) judgeNeeds(comparison, expect, set, { flow, all });
}

/** What the datapath does about authentication, which no policy engine decides. */
function compareAuthentication(
  comparison: Comparison,
  { hubble }: OracleExpectation,
  decision: Decision,
): void {
  const mode = decision.authentication;
  // SPIRE answers for the handshakes that are asked for.
  comparison.check("authentication", hubble?.auth_type, mode === "required" ? "spire" : (mode ?? "disabled"));
  const before = hubble?.before_authentication;
  if (!before) return;
  comparison.check(
    "before it",
    before.verdict,
    mode === "required" ? "DROPPED" : hubbleVerdict(decision, true),
  );
  comparison.check("before it for", before.drop_reason_desc, dropReason(decision));
}

function sorted(names: readonly string[] | undefined): readonly string[] | undefined {
  return names && [...names].sort();
}

function compareRules(
  comparison: Comparison,
  place: {
    readonly expect: OracleExpectation;
    readonly set: PolicySet;
    readonly documents: ReadonlyMap<Policy, number>;
    readonly all: readonly RuleMatch[];
    readonly direction: Direction;
  },
): void {
  const { expect, set, documents, all, direction } = place;
  if (!expect.rules && !expect.not_selected) return;
  const wanted = expect.rules ?? [];
  const like = wanted[0] ?? expect.not_selected?.[0];
  const found = byName(all, (match) => nameOf(ruleOf(match, documents, like)));
  const asked = new Set(all.map(({ rule }) => rule));
  const unasked = byName(
    rulesOf(set, direction).filter(({ rule }) => !asked.has(rule)),
    (one) => nameOf(ruleOf(one, documents, like)),
  );
  for (const rule of wanted) {
    const name = nameOf(rule);
    const match = take(found, name);
    // When every endpoint is enforced, the oracle lists rules of policies that select others, too.
    const isOther = !match && set.context.enforcementMode === "always" && take(unasked, name) !== undefined;
    const answer = match?.match ?? (isOther ? "no" : "none");
    const shown = rule.accept?.includes(answer) === true ? rule.match : answer;
    comparison.check(name, rule.match, shown);
    comparison.check(`${name} for`, reasonWord(rule.reason), reasonWord(match?.missing[0]?.field));
  }
  if (expect.rules) comparison.check("other rules", [], [...found.keys()]);
  for (const rule of expect.not_selected ?? []) {
    const name = nameOf(rule);
    const answer = take(unasked, name) ? "not selected" : found.has(name) ? "selected" : "none";
    comparison.check(name, "not selected", answer);
  }
  // Of a connection that engines decided, every rule of its direction is one or the other.
  if (expect.rules && expect.enforced !== undefined) {
    comparison.check("other rules not selected", [], [...unasked.keys()]);
  }
}

/** Every rule of a direction, whomever it selects. */
function rulesOf(set: PolicySet, direction: Direction): readonly RulePlace[] {
  return set.policies.flatMap((policy) =>
    policy.specs.flatMap((spec) =>
      spec.sections
        .filter((section) => section.direction === direction)
        .flatMap((section) => section.rules.map((rule) => ({ policy, spec, section, rule }))),
    ),
  );
}

type RulePlace = Pick<RuleMatch, "policy" | "spec" | "section" | "rule">;

/** `spec` and the first of `specs` share their names. */
function byName<T>(items: readonly T[], name: (item: T) => string): Map<string, T[]> {
  const named = new Map<string, T[]>();
  for (const item of items) named.set(name(item), [...(named.get(name(item)) ?? []), item]);
  return named;
}

/** Takes the first of a name out; a name that is left has more. */
function take<T>(named: Map<string, T[]>, name: string): T | undefined {
  const [first, ...rest] = named.get(name) ?? [];
  if (rest.length > 0) named.set(name, rest);
  else named.delete(name);
  return first;
}

/** Reasons are fields of a rule, with or without the direction that they begin with, one of them or several. */
function reasonWord(reason: string | undefined): string | undefined {
  const word = reason?.replace(/^(from|to)(?=[A-Z])/, "").toLowerCase();
  return word?.replace(/[^a-z]/g, "").replace(/(ref|selector)?s?$/, "");
}

/** What is needed to decide must be said: for the connection, or where its rules decide for their requests. */
function judgeNeeds(
  comparison: Comparison,
  { needs }: OracleExpectation,
  set: PolicySet,
  { flow, all }: { readonly flow: unknown; readonly all: readonly RuleMatch[] },
): void {
  if (needs === undefined || needs === "-") return;
  const open = all.flatMap(({ missing }) => missing);
  if (open.length > 0) return;
  const record = requestWithHeaders(all);
  const answer = decideRequest(set, connectionOf(flowOf(flow)), record);
  comparison.check("needs", needs, answer.undecidable[0]?.missing.needs);
}

/** A request that carries every header that the rules ask for, with values of its own. */
function requestWithHeaders(rules: readonly RuleMatch[]): HttpRecord {
  const items = rules.flatMap(({ rule }) => (rule.ports === "any" ? [] : rule.ports));
  const entries = items.flatMap(({ l7 }) => l7?.entries ?? []);
  const headers = entries.flatMap((entry) => (entry.type === "http" ? entry.headers : []));
  return {
    protocol: "http",
    code: 0,
    method: "GET",
    url: "http://host/",
    version: "HTTP/1.1",
    headers: headers.map(({ name, value }) => ({ key: name, value: value ?? "some value" })),
  };
}

function hubbleVerdict(decision: Decision, hasEvent: boolean): string {
  if (decision.verdict !== "allowed" || decision.authentication === "test-always-fail") return "DROPPED";
  return decision.redirected && hasEvent ? "REDIRECTED" : "FORWARDED";
}

function dropReason(decision: Decision): string {
  if (decision.authentication !== undefined) return "AUTH_REQUIRED";
  return decision.reason === "explicit-deny" ? "POLICY_DENY" : "POLICY_DENIED";
}

/** Names a rule by as much as the case says: some leave out the policy and the document. */
export function nameOf(rule: OracleRule): string {
  return `${rule.policy ?? ""}#${rule.doc ?? ""} ${rule.spec}.${rule.section}[${rule.index}]`;
}

function ruleOf(
  match: RulePlace,
  documents: ReadonlyMap<Policy, number>,
  like: OracleRule | undefined,
): OracleRule {
  return {
    ...(like?.policy === undefined ? {} : { policy: match.policy.name }),
    ...(like?.doc === undefined ? {} : { doc: documents.get(match.policy) ?? -1 }),
    spec: match.spec.index,
    section: match.section.name,
    index: match.rule.index,
  };
}

/** Judges a case about one request: which rules fit its connection, and which of their entries fit it. */
export function judgeRequest(group: OracleGroup, { flow, expect }: OracleCase): Judgement {
  const { set, documents } = setOf(group);
  const comparison = new Comparison();
  const versions = Object.keys({ ...expect.by_version, ...expect.rules?.[0]?.by_version });
  for (const version of versions.length > 0 ? versions : [undefined]) {
    const context: ClusterContext =
      version === undefined ? set.context : { ...set.context, ...versionOf(version) };
    const versioned = createPolicySet(set.policies, context);
    const changes = version === undefined ? {} : expect.by_version?.[version];
    compareRequest(comparison, {
      flow,
      expect: { ...expect, ...changes },
      set: versioned,
      documents,
      version,
    });
  }
  return comparison;
}

function compareRequest(
  comparison: Comparison,
  place: {
    readonly flow: unknown;
    readonly expect: OracleExpectation;
    readonly set: PolicySet;
    readonly documents: ReadonlyMap<Policy, number>;
    readonly version: string | undefined;
  },
): void {
  const { expect, set, documents, version } = place;
  const request = flowOf(place.flow);
  const connection = connectionOf(request);
  const all = everyRule(set, connection);
  const answer = decideRequest(set, connection, request.l7?.record);
  const allowed = answer.verdict === "undecidable" ? null : answer.verdict === "allowed";
  comparison.check("allowed", expect.allowed, allowed);
  comparison.check("verdict", expect.verdict, allowed === true ? "FORWARDED" : "DROPPED");
  for (const rule of expect.rules ?? []) {
    const name = nameOf(rule);
    const match = all.find((one) => nameOf(ruleOf(one, documents, rule)) === name);
    comparison.check(`${name} l4`, rule.l4_match, match?.match ?? "none");
    const changed = version === undefined ? undefined : rule.by_version?.[version];
    const entries = changed ?? rule.http ?? rule.dns ?? rule.kafka;
    const found = answer.entries
      .filter((one) => one.match.rule === match?.rule)
      .map(({ entry }) => /\.toPorts\[(\d+)\]\..*\[(\d+)\]$/.exec(entry.path) ?? [])
      .filter(([, item]) => rule.toPorts === undefined || Number(item) === rule.toPorts)
      .map(([, , index]) => Number(index));
    const isL7 = answer.l7Rules.some((one) => one.rule === match?.rule);
    const protocol = (["http", "dns", "kafka"] as const).find((one) => one in rule);
    if (protocol === undefined) continue;
    comparison.check(`${name} entries`, entries ?? null, isL7 ? found : null);
    if (!entries || rule.toPorts === undefined) continue;
    const ports = match?.rule.ports ?? "any";
    const item = ports === "any" ? undefined : ports[rule.toPorts];
    comparison.check(`${name} toPorts[${rule.toPorts}]`, protocol, item?.l7?.protocol ?? "no requests");
  }
  const names = (expect.rules ?? []).map(nameOf);
  const others = all.filter(
    (one) => one.match !== "no" && !names.includes(nameOf(ruleOf(one, documents, expect.rules?.[0]))),
  );
  comparison.check(
    "other rules",
    [],
    others.map(({ rule }) => rule.path),
  );
}

/** Judges which names a DNS selector takes, by each version that answers differently. */
export function judgeNames(group: OracleGroup, oracleCase: OracleCase): Judgement {
  const { selector, expect, version_differences: differences } = oracleCase;
  const type = selector?.matchName === undefined ? "matchPattern" : "matchName";
  const comparison = new Comparison();
  const matcher = (version: string) =>
    compileDnsName({ type, text: selector?.[type] ?? "" }, versionOf(version).agentVersion);
  const matches = matcher(group.engines?.[0] ?? "v1.19");
  for (const [name, fits] of Object.entries(expect.match ?? {})) comparison.check(name, fits, matches(name));
  for (const [name, byVersion] of Object.entries(differences ?? {})) {
    for (const [version, fits] of Object.entries(byVersion)) {
      comparison.check(`${name} in ${version}`, fits, matcher(version)(name));
    }
  }
  return comparison;
}

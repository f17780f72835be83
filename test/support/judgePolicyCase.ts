import type { HttpRecord } from "../../src/flows/flow.ts";
import type { ClusterContext } from "../../src/policy/clusterContext.ts";
import { decide } from "../../src/policy/decide.ts";
import { decideRequest } from "../../src/policy/decideRequest.ts";
import type { Decision, RuleMatch } from "../../src/policy/decision.ts";
import { compileDnsName } from "../../src/policy/dnsPattern.ts";
import { everyRule } from "../../src/policy/everyRule.ts";
import { namedPolicies } from "../../src/policy/namedPolicies.ts";
import type { Policy } from "../../src/policy/policy.ts";
import { createPolicySet, type PolicySet } from "../../src/policy/policySet.ts";
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

/** Judges a case of the categories that decide about one connection. */
export function judgeConnection(group: OracleGroup, { flow, expect }: OracleCase): Judgement {
  const { set, documents } = setOf(group);
  const connection = connectionOf(flowOf(flow));
  const decision = decide(set, connection);
  const comparison = new Comparison();
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
  const all = everyRule(set, connection);
  compareRules(comparison, { group, expect, set, documents, all });
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
  return comparison;
}

function sorted(names: readonly string[] | undefined): readonly string[] | undefined {
  return names && [...names].sort();
}

function compareRules(
  comparison: Comparison,
  place: {
    readonly group: OracleGroup;
    readonly expect: OracleExpectation;
    readonly set: PolicySet;
    readonly documents: ReadonlyMap<Policy, number>;
    readonly all: readonly RuleMatch[];
  },
): void {
  const { expect, set, documents, all } = place;
  const wanted = expect.rules ?? [];
  const like = wanted[0] ?? expect.not_selected?.[0];
  const found = new Map(all.map((match) => [nameOf(ruleOf(match, documents, like)), match]));
  for (const rule of wanted) {
    const name = nameOf(rule);
    const match = found.get(name);
    found.delete(name);
    // When every endpoint is enforced, the oracle lists rules of policies that select others, too.
    const unselected = set.context.enforcementMode === "always" ? "no" : "none";
    const answer = match?.match ?? unselected;
    const shown = rule.accept?.includes(answer) === true ? rule.match : answer;
    comparison.check(name, rule.match, shown);
    comparison.check(`${name} for`, rule.reason, match?.missing[0]?.field);
  }
  if (wanted.length > 0 || expect.not_selected) comparison.check("other rules", [], [...found.keys()]);
  for (const rule of expect.not_selected ?? []) {
    comparison.check(`${nameOf(rule)} is asked`, false, found.has(nameOf(rule)));
  }
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
  match: RuleMatch,
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
    if ("http" in rule || "dns" in rule || "kafka" in rule) {
      comparison.check(`${name} entries`, entries ?? null, isL7 ? found : null);
    }
  }
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

import { FlowStore } from "../../src/flows/flowStore.ts";
import { decide } from "../../src/policy/decide.ts";
import { decideRequest } from "../../src/policy/decideRequest.ts";
import type { Decision, RuleMatch } from "../../src/policy/decision.ts";
import { compileDnsName } from "../../src/policy/dnsPattern.ts";
import type { Policy } from "../../src/policy/policy.ts";
import { Tally } from "../../src/policy/tally.ts";
import {
  connectionOf,
  flowOf,
  type OracleCase,
  type OracleGroup,
  type OracleRule,
  setOf,
} from "./policyOracle.ts";

type Shown = string | number | boolean | null;

/** What a case expects and what came out, each as one line; equal lines pass. */
export interface Judgement {
  readonly expected: readonly string[];
  readonly got: readonly string[];
}

/** Judges a case of the categories that decide about one connection. */
export function judgeConnection(group: OracleGroup, { flow, expect }: OracleCase): Judgement {
  const { set, documents } = setOf(group);
  const decision = decide(set, connectionOf(flowOf(flow)));
  const expected: string[] = [];
  const got: string[] = [];
  const check = (name: string, wanted: Shown | undefined, found: Shown | undefined): void => {
    if (wanted === undefined) return;
    expected.push(`${name}=${String(wanted)}`);
    got.push(`${name}=${String(found)}`);
  };
  check("enforced", expect.enforced, decision.enforced);
  check(
    "allowed",
    expect.allowed,
    decision.verdict === "undecidable" ? null : decision.verdict === "allowed",
  );
  check("reason", expect.reason, decision.reason);
  check("event", expect.hubble?.policy_verdict_event, decision.enforced);
  // Without an event there is nothing that could have gone to the proxy.
  check(
    "verdict",
    expect.hubble?.policy_verdict_event ? expect.hubble.verdict : undefined,
    hubbleVerdict(decision),
  );
  check("drop", expect.hubble?.drop_reason_desc, dropReason(decision));
  const accepted = new Map((expect.rules ?? []).map((rule) => [nameOf(rule), rule.accept ?? []]));
  for (const rule of expect.rules ?? [])
    expected.push(`${nameOf(rule)}: ${rule.match ?? ""} ${rule.reason ?? ""}`);
  if (set.context.enforcementMode === "always") {
    // Here the oracle also lists rules of policies that select others, as matching nothing.
    const listed = decision.rules.map((match) => nameOf(ruleOf(match, documents, expect.rules?.[0])));
    for (const rule of expect.rules ?? [])
      if (!listed.includes(nameOf(rule))) got.push(`${nameOf(rule)}: no `);
  }
  for (const match of decision.rules) {
    const name = nameOf(ruleOf(match, documents, expect.rules?.[0]));
    const wanted = expect.rules?.find((rule) => nameOf(rule) === name);
    const answer = accepted.get(name)?.includes(match.match) === true ? (wanted?.match ?? "") : match.match;
    got.push(`${name}: ${answer} ${wanted?.reason === undefined ? "" : (match.missing[0]?.field ?? "")}`);
  }
  const matching = (effect: string): readonly string[] =>
    decision.rules
      .filter(({ section, match }) => section.effect === effect && match === "yes")
      .map(({ policy }) => policy.name);
  check("allowed by", expect.allowed_by?.join(), named(expect.allowed_by, matching("allow")));
  check("denied by", expect.denied_by?.join(), named(expect.denied_by, matching("deny")));
  return { expected: expected.sort(), got: got.sort() };
}

/** Hubble names the policies behind the winning map entry: some of those that match. */
function named(wanted: readonly string[] | undefined, matching: readonly string[]): string {
  return (wanted ?? []).filter((name) => matching.includes(name)).join();
}

function hubbleVerdict(decision: Decision): string {
  if (decision.verdict !== "allowed" || decision.authentication === "test-always-fail") return "DROPPED";
  return decision.redirected ? "REDIRECTED" : "FORWARDED";
}

function dropReason(decision: Decision): string {
  if (decision.authentication !== undefined) return "AUTH_REQUIRED";
  return decision.reason === "explicit-deny" ? "POLICY_DENY" : "POLICY_DENIED";
}

/** Names a rule by as much as the case says: some leave out the policy and the document. */
function nameOf(rule: OracleRule): string {
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
  const { set } = setOf(group);
  const request = flowOf(flow);
  const connection = connectionOf(request);
  const decision = decide(set, connection);
  const answer = decideRequest(set, connection, request.l7?.record);
  const expected = [`allowed=${String(expect.allowed)}`, `verdict=${expect.verdict ?? ""}`];
  const got = [
    `allowed=${String(answer.verdict === "allowed")}`,
    `verdict=${answer.verdict === "allowed" ? "FORWARDED" : "DROPPED"}`,
  ];
  for (const rule of expect.rules ?? []) {
    const name = nameOf(rule);
    const match = decision.rules.find((one) => nameOf(ruleOf(one, new Map(), rule)) === name);
    const entries = rule.http === undefined ? rule.dns : rule.http;
    expected.push(`${name}: ${rule.l4_match ?? ""} ${JSON.stringify(entries)}`);
    const hasL7 = answer.l7Rules.some((one) => one.rule === match?.rule);
    const found = answer.entries
      .filter((one) => one.match.rule === match?.rule)
      .map(({ entry }) => Number(/\[(\d+)\]$/.exec(entry.path)?.[1]));
    const shown = rule.l4_match === "yes" ? (hasL7 ? found : null) : undefined;
    got.push(`${name}: ${match?.match ?? "none"} ${JSON.stringify(shown)}`);
  }
  return { expected, got };
}

/** Judges which names a DNS selector takes. */
export function judgeNames(group: OracleGroup, { selector, expect }: OracleCase): Judgement {
  const type = selector?.matchName === undefined ? "matchPattern" : "matchName";
  const version = /v(\d+)\.(\d+)/.exec(group.engines?.[0] ?? "v1.19");
  const matches = compileDnsName(
    { type, text: selector?.[type] ?? "" },
    { major: Number(version?.[1]), minor: Number(version?.[2]) },
  );
  const names = Object.entries(expect.match ?? {});
  return {
    expected: names.map(([name, fits]) => `${name}=${String(fits)}`),
    got: names.map(([name]) => `${name}=${String(matches(name))}`),
  };
}

/** Judges the numbers that come of a list of events. */
export function judgeCounting(group: OracleGroup, { flows, expect }: OracleCase): Judgement {
  const { set } = setOf(group);
  const store = new FlowStore({ maxFlows: 1000, maxBytes: 1 << 20 });
  const tally = new Tally(set, set.policies, store);
  for (const json of flows ?? []) {
    const row = store.append(flowOf(json));
    if (row !== undefined) tally.add(row);
  }
  const entries = tally.entries();
  const expected: string[] = [];
  const got: string[] = [];
  const check = (name: string, wanted: Shown | undefined, found: Shown | undefined): void => {
    if (wanted === undefined) return;
    expected.push(`${name}=${String(wanted)}`);
    got.push(`${name}=${String(found)}`);
  };
  for (const rule of expect.rules ?? []) {
    const path = new RegExp(`^(spec|specs\\[${rule.spec}\\])\\.${rule.section}\\[${rule.index}\\]$`);
    const entry = entries.find((one) => one.type === "rule" && path.test(one.path));
    if (entry?.type !== "rule") throw new Error(`No entry for ${nameOf(rule)}`);
    check(`${entry.path} allowed`, rule.allowed, entry.allowed);
    check(`${entry.path} denied`, rule.denied, entry.denied);
    check(`${entry.path} l7 allowed`, rule.l7_allowed, entry.l7Allowed);
    check(`${entry.path} l7 denied`, rule.l7_denied, entry.l7Denied);
  }
  const sum = (bucket: "defaultDenied" | "audited" | "localhost" | "defaultAllowed"): number =>
    entries.reduce((total, one) => total + (one.type === "direction" ? (one[bucket] ?? 0) : 0), 0);
  check("default deny", expect.default_deny, sum("defaultDenied"));
  check("audited", expect.audited, sum("audited"));
  check("localhost", expect.localhost, sum("localhost"));
  check("default allow", expect.default_allow, sum("defaultAllowed"));
  const attempts = entries.find((one) => one.type === "policy")?.attempts;
  check("policy", expect.policy?.allowed, attempts);
  check("source", expect.source, tally.basis().source === "drops" ? "drop-events" : tally.basis().source);
  return { expected, got };
}

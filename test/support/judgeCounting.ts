import { FlowStore } from "../../src/flows/flowStore.ts";
import type { Policy } from "../../src/policy/policy.ts";
import type { PolicySet } from "../../src/policy/policySet.ts";
import { Tally } from "../../src/policy/tally.ts";
import type { ElsewhereTally, RuleTally, TallyEntry } from "../../src/policy/tallyEntry.ts";
import { Comparison, type Judgement, nameOf } from "./judgePolicyCase.ts";
import {
  flowOf,
  type OracleCase,
  type OracleExpectation,
  type OracleGroup,
  type OracleRule,
  setOf,
} from "./policyOracle.ts";

/** Judges the numbers that come of a list of events. */
export function judgeCounting(group: OracleGroup, { flows, expect }: OracleCase): Judgement {
  const { set, documents } = setOf(group);
  const tally = tallyOf(set, flows ?? []);
  const entries = tally.entries();
  const comparison = new Comparison();
  const listed = new Set<RuleTally>();
  for (const rule of expect.rules ?? []) {
    const entry = entryOf(rule, entries, documents);
    if (!entry) throw new Error(`No entry for ${nameOf(rule)}`);
    listed.add(entry);
    comparison.check(`${entry.path} allowed`, rule.allowed, entry.allowed);
    comparison.check(`${entry.path} denied`, rule.denied, entry.denied);
    comparison.check(`${entry.path} l7 allowed`, rule.l7_allowed, entry.l7Allowed ?? 0);
    comparison.check(`${entry.path} l7 denied`, rule.l7_denied, entry.l7Denied ?? 0);
  }
  const others = rulesOf(entries).filter(
    (entry) => !listed.has(entry) && countsOf(entry).some((count) => count > 0),
  );
  comparison.check(
    "other rules",
    [],
    others.map(({ path }) => path),
  );
  const elsewhere = tally.elsewhere();
  comparison.check("default deny", expect.default_deny, bucketOf(entries, elsewhere, "defaultDenied"));
  comparison.check("audited", expect.audited, bucketOf(entries, elsewhere, "audited"));
  comparison.check("localhost", expect.localhost, bucketOf(entries, elsewhere, "localhost"));
  comparison.check("default allow", expect.default_allow, bucketOf(entries, elsewhere, "defaultAllowed"));
  if (expect.policy) judgePolicyCounts(comparison, expect.policy, set, flows ?? []);
  const { source } = tally.basis();
  comparison.check("source", expect.source, source === "drops" ? "drop-events" : source);
  if (expect.ignored !== undefined) judgeIgnored(comparison, expect.ignored, set, flows ?? []);
  return comparison;
}

/** An event moves no number by what it is, or where it stands: again, or beside another that decides. */
function judgeIgnored(
  comparison: Comparison,
  wanted: number,
  set: PolicySet,
  flows: readonly unknown[],
): void {
  const numbers = (some: readonly unknown[]): string => numbersOf(tallyOf(set, some));
  const byItself = flows.filter((flow) => numbers([flow]) === numbers([]));
  const inPlace = flows.filter(
    (_flow, index) => numbers(flows.slice(0, index + 1)) === numbers(flows.slice(0, index)),
  );
  comparison.check("ignored", wanted, wanted === inPlace.length ? wanted : byItself.length);
}

function entryOf(
  rule: OracleRule,
  entries: readonly TallyEntry[],
  documents: ReadonlyMap<Policy, number>,
): RuleTally | undefined {
  const spec = rule.spec === 0 ? "(spec|specs\\[0\\])" : `specs\\[${rule.spec}\\]`;
  const path = new RegExp(`^${spec}\\.${rule.section}\\[${rule.index}\\]$`);
  const policy = [...documents].find(([, number]) => number === rule.doc)?.[0].name ?? rule.policy;
  return rulesOf(entries).find(
    (one) => path.test(one.path) && (policy === undefined || one.policy.replace(/.*\//, "") === policy),
  );
}

function rulesOf(entries: readonly TallyEntry[]): readonly RuleTally[] {
  return entries.filter((one) => one.type === "rule");
}

function countsOf({ allowed, denied, l7Allowed, l7Denied }: RuleTally): readonly number[] {
  return [allowed ?? 0, denied, l7Allowed ?? 0, l7Denied ?? 0].map(Number);
}

/**
 * A policy counts an attempt once, however many of its rules admit or deny it: seen by counting one event after another.
 * What it denies by default may be among what it denies.
 */
function judgePolicyCounts(
  comparison: Comparison,
  wanted: NonNullable<OracleExpectation["policy"]>,
  set: PolicySet,
  flows: readonly unknown[],
): void {
  const found = { allowed: 0, denied: 0, defaultDenied: 0 };
  let before = sumsOf(tallyOf(set, []));
  for (const index of flows.keys()) {
    const after = sumsOf(tallyOf(set, flows.slice(0, index + 1)));
    for (const name of ["allowed", "denied", "defaultDenied"] as const) {
      if (after[name] > before[name]) found[name] += 1;
    }
    before = after;
  }
  const isKnown = rulesOf(tallyOf(set, flows).entries()).every(({ allowed }) => allowed !== null);
  comparison.check("policy allowed", wanted.allowed, isKnown ? found.allowed : null);
  const denied = found.denied + found.defaultDenied;
  comparison.check("policy denied", wanted.denied, wanted.denied === denied ? denied : found.denied);
}

function sumsOf(tally: Tally): {
  readonly allowed: number;
  readonly denied: number;
  readonly defaultDenied: number;
} {
  const entries = tally.entries();
  const sum = (numbers: readonly (number | null)[]): number =>
    numbers.reduce<number>((all, one) => all + (one ?? 0), 0);
  return {
    allowed: sum(rulesOf(entries).map(({ allowed }) => allowed)),
    denied: sum(rulesOf(entries).map(({ denied }) => denied)),
    defaultDenied: bucketOf(entries, tally.elsewhere(), "defaultDenied"),
  };
}

function tallyOf(set: PolicySet, flows: readonly unknown[]): Tally {
  const store = new FlowStore({ maxFlows: 1000, maxBytes: 1 << 20 });
  const tally = new Tally(set, set.policies, store);
  for (const json of flows) {
    const row = store.append(flowOf(json));
    if (row !== undefined) tally.add(row);
  }
  return tally;
}

function bucketOf(
  entries: readonly TallyEntry[],
  elsewhere: ElsewhereTally,
  bucket: "defaultDenied" | "audited" | "localhost" | "defaultAllowed",
): number {
  const counts = entries.map((one) => (one.type === "direction" ? (one[bucket] ?? 0) : 0));
  // Every policy that denies by default counts an attempt as its own.
  return Math.max(0, ...counts) + elsewhere[bucket];
}

/** All numbers of attempts and requests, as a text. */
function numbersOf(tally: Tally): string {
  const entries = tally.entries().map((entry) => {
    if (entry.type === "policy") return [entry.attempts ?? 0];
    return Object.entries(entry).filter(
      ([key, value]) => typeof value === "number" && value > 0 && !/Ms$|perMinute/.test(key),
    );
  });
  return JSON.stringify([entries, tally.elsewhere()]);
}

import { FlowStore } from "../../src/flows/flowStore.ts";
import type { PolicySet } from "../../src/policy/policySet.ts";
import { Tally } from "../../src/policy/tally.ts";
import type { ElsewhereTally, RuleTally, TallyEntry } from "../../src/policy/tallyEntry.ts";
import { Comparison, type Judgement, nameOf } from "./judgePolicyCase.ts";
import { flowOf, type OracleCase, type OracleGroup, setOf } from "./policyOracle.ts";

/** Judges the numbers that come of a list of events. */
export function judgeCounting(group: OracleGroup, { flows, expect }: OracleCase): Judgement {
  const { set, documents } = setOf(group);
  const tally = tallyOf(set, flows ?? []);
  const entries = tally.entries();
  const comparison = new Comparison();
  for (const rule of expect.rules ?? []) {
    const path = new RegExp(`^(spec|specs\\[${rule.spec}\\])\\.${rule.section}\\[${rule.index}\\]$`);
    const policy = [...documents].find(([, number]) => number === rule.doc)?.[0].name ?? rule.policy;
    const entry = entries.find(
      (one): one is RuleTally =>
        one.type === "rule" &&
        path.test(one.path) &&
        (policy === undefined || one.policy.replace(/.*\//, "") === policy),
    );
    if (!entry) throw new Error(`No entry for ${nameOf(rule)}`);
    comparison.check(`${entry.path} allowed`, rule.allowed, entry.allowed);
    comparison.check(`${entry.path} denied`, rule.denied, entry.denied);
    comparison.check(`${entry.path} l7 allowed`, rule.l7_allowed, entry.l7Allowed ?? 0);
    comparison.check(`${entry.path} l7 denied`, rule.l7_denied, entry.l7Denied ?? 0);
  }
  const elsewhere = tally.elsewhere();
  comparison.check("default deny", expect.default_deny, bucketOf(entries, elsewhere, "defaultDenied"));
  comparison.check("audited", expect.audited, bucketOf(entries, elsewhere, "audited"));
  comparison.check("localhost", expect.localhost, bucketOf(entries, elsewhere, "localhost"));
  comparison.check("default allow", expect.default_allow, bucketOf(entries, elsewhere, "defaultAllowed"));
  const attempts = entries.find((one) => one.type === "policy")?.attempts;
  const { policy } = expect;
  comparison.check(
    "policy",
    policy && (policy.allowed === null ? null : policy.allowed + policy.denied),
    attempts,
  );
  const { source } = tally.basis();
  comparison.check("source", expect.source, source === "drops" ? "drop-events" : source);
  const nothing = numbersOf(tallyOf(set, []));
  const ignored = (flows ?? []).filter((flow) => numbersOf(tallyOf(set, [flow])) === nothing);
  comparison.check("ignored", expect.ignored, ignored.length);
  return comparison;
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

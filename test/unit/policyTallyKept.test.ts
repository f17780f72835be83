import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { eventTypes, type Flow } from "../../src/flows/flow.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import { responseFromJson } from "../../src/hubble/jsonpb.ts";
import { readResponse } from "../../src/hubble/readResponse.ts";
import { createPolicySet } from "../../src/policy/policySet.ts";
import { readPolicies } from "../../src/policy/readPolicies.ts";
import { Tally } from "../../src/policy/tally.ts";
import { makeEndpoint, makeFlow } from "../support/makeFlow.ts";

const tutorial = (name: string) =>
  readFileSync(join(import.meta.dirname, "../fixtures/tutorial", name), "utf8");

/** A line of a capture as a flow. */
function flowOf(line: string): readonly Flow[] {
  const read = responseFromJson(line);
  const response = "raw" in read ? readResponse(read.raw) : undefined;
  return response?.kind === "flow" ? [response.flow] : [];
}

/** Events of two kinds of policy, the drops first: with the first verdict event what they counted is void. */
function storyOf(lines: readonly string[]): readonly Flow[] {
  const flows = lines.flatMap(flowOf);
  const drops = flows.filter(({ eventType }) => eventType === eventTypes.drop);
  const others = flows.filter((flow) => !drops.includes(flow));
  const last = flows.at(-1);
  // Two minutes later all rates are 0 again.
  const late = last
    ? [{ ...last, uuid: "late", time: { ...last.time, seconds: last.time.seconds + 120 } }]
    : [];
  return [...drops, ...others, ...late];
}

test("numbers that are kept are those that are counted anew; what has not changed is the same object", () => {
  const { policies } = readPolicies(
    `${tutorial("rule1-l7.yaml")}\n---\n${tutorial("rule1-l3-l4.yaml").replace("rule1", "other")}`,
  );
  assert.equal(policies.length, 2);
  const flows = storyOf(tutorial("flows.jsonl").trim().split("\n"));
  const store = new FlowStore({ maxFlows: 1000, maxBytes: Infinity });
  const set = createPolicySet(policies, {});
  const kept = new Tally(set, policies, store);
  const rows: number[] = [];
  let before = kept.entries();
  let unchanged = 0;
  let changed = 0;
  for (const flow of flows) {
    const row = store.append(flow);
    if (row === undefined) continue;
    rows.push(row);
    kept.add(row);
    const anew = new Tally(set, policies, store);
    for (const each of rows) anew.add(each);
    const now = kept.entries();
    assert.deepEqual(now, anew.entries());
    assert.equal(kept.entries(), now, "asked again, the same list");
    const same = now.filter((entry, index) => entry === before[index]).length;
    unchanged += same;
    changed += now.length - same;
    before = now;
  }
  assert.ok(changed >= 10 && unchanged > changed, `${changed} changed, ${unchanged} stayed`);
});

test("of endpoints without end it is told that there were more than are remembered", () => {
  const { policies } = readPolicies(tutorial("rule1-l3-l4.yaml"));
  const store = new FlowStore({ maxFlows: 100, maxBytes: Infinity });
  const tally = new Tally(createPolicySet(policies, {}), policies, store);
  const told = () => {
    const [entry] = tally.entries();
    return entry?.type === "policy" ? [entry.endpoints, entry.moreEndpoints] : [];
  };
  const meet = (pod: number) => {
    const labels = ["k8s:io.kubernetes.pod.namespace=default", "k8s:org=empire", "k8s:class=deathstar"];
    const row = store.append(makeFlow({ destination: makeEndpoint(`default/pod-${pod}`, { labels }) }));
    if (row !== undefined) tally.add(row);
  };
  for (let pod = 0; pod < 10_000; pod++) meet(pod);
  assert.deepEqual(told(), [10_000, undefined]);
  meet(4);
  assert.deepEqual(told(), [10_000, undefined], "one that is known");
  meet(10_000);
  assert.deepEqual(told(), [10_000, true]);
});

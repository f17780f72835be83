import assert from "node:assert/strict";
import { test } from "node:test";
import { runSteps } from "../../src/base/steps.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import type { SuggestionKind } from "../../src/flows/language/suggestionKind.ts";
import { compileFlowTest } from "../../src/flows/match/compileFlowTest.ts";
import { seenValuesSteps, type SeenValuesOptions } from "../../src/flows/seenValues.ts";
import { readFilterLine } from "../../src/flows/language/readFilterLine.ts";
import { observeFlags } from "../../src/flows/language/observeFlags.ts";
import { readResponse } from "../../src/hubble/readResponse.ts";
import { makeFlow, testTime } from "../support/makeFlow.ts";
import { hubbleMessages } from "../support/hubbleFixture.ts";

const store = new FlowStore({ maxFlows: 1000, maxBytes: 1 << 24 });
const flows = hubbleMessages.flatMap((raw) => {
  const read = readResponse(raw);
  return read.kind === "flow" ? [read.flow] : [];
});
for (const [index, flow] of flows.entries()) store.append(flow, hubbleMessages[index]);

function seenValues(from: FlowStore, options: SeenValuesOptions) {
  return runSteps(seenValuesSteps(from, options));
}

function seen(kind: SuggestionKind, prefix = "", limit = 3): string {
  const flowAt = (row: number) => flows[row];
  return seenValues(store, { kind, prefix, limit, flowAt })
    .map(({ value, count }) => `${value} ${count}`)
    .join(", ");
}

/** The figures are those of the file; each was counted in it by other means. */
const cases: readonly (readonly [kind: SuggestionKind, prefix: string, expected: RegExp])[] = [
  ["namespace", "", /^\S+ \d+, \S+ \d+, \S+ \d+$/],
  ["namespace", "kube", /^kube-system \d+$/],
  ["namespace", "SHO", /^shop \d+, shop-eu \d+$/],
  ["pod", "deathstar", /^default\/deathstar-\S+ \d+/],
  ["label", "org", /^k8s:org=\S+ \d+/],
  ["workload", "Deployment/", /^Deployment\/\S+ \d+/],
  ["identity", "kube-api", /^kube-apiserver \d+$/],
  ["port", "44", /^443 \d+/],
  ["protocol", "", /^tcp \d+, /],
  ["protocol", "kaf", /^kafka \d+$/],
  ["node", "eu", /^eu-west\/eu-1\.company\.com 124$/],
  ["dropReason", "POLICY_D", /^POLICY_DENIED 33/],
  ["httpMethod", "", /^\S+ \d+, \S+ \d+/],
  ["httpStatus", "4", /^4\d\d \d+/],
  ["httpPath", "/cart", /^\/cart\/42 \d+$/],
  ["httpUrl", "http://cart.shop/cart", /^http:\/\/cart\.shop\/cart\/42\\\?sku=a \d+$/],
  ["interface", "lxc", /^lxc3a5b 22$/],
  ["service", "shop/c", /^shop\/cart \d+, /],
  ["policy", "", /^\S+ \d+/],
  ["traceId", "nothing such", /^$/],
];

for (const [kind, prefix, expected] of cases) {
  test(`seen: ${kind} ${prefix}`, () => {
    assert.match(seen(kind, prefix), expected);
  });
}

test("the most frequent come first, at most so many", () => {
  const counts = seen("ip", "", 5)
    .split(", ")
    .map((each) => Number(each.split(" ")[1]));
  assert.equal(counts.length, 5);
  assert.deepEqual(
    counts,
    [...counts].sort((a, b) => b - a),
  );
  assert.equal(seen("ip", "", 0), "");
});

test("every value that is suggested for a flag finds flows", () => {
  const missing: string[] = [];
  for (const { name, seen: kind, group } of observeFlags) {
    if (!kind || group !== "filter") continue;
    const values = seenValues(store, { kind, prefix: "", limit: 1e4, flowAt: (row) => flows[row] });
    const found = values.some(({ value }) => {
      const { selection } = readFilterLine(`--${name} '${value}'`, testTime(0));
      const compiled = compileFlowTest(selection);
      assert.ok("holds" in compiled, `--${name} ${value}`);
      return flows.some((flow) => compiled.holds(flow));
    });
    if (!found) missing.push(`--${name} (${kind})`);
  }
  assert.deepEqual(missing, []);
});

test("what comes meanwhile is not counted, and numbers that mean others are counted anew", () => {
  const churned = new FlowStore({ maxFlows: 3_000, maxBytes: 1 << 24 });
  const append = (count: number, make: (index: number) => string) => {
    for (let index = 0; index < count; index++) churned.append(makeFlow({ nodeName: make(index) }));
  };
  append(2_000, (index) => `old-${index % 200}`);
  const steps = seenValuesSteps(churned, { kind: "node", prefix: "", limit: 3, flowAt: () => undefined });
  for (let step = 0; step < 3; step++) assert.equal(steps.next().done, false);
  append(500, () => "new-0");
  const counted = runSteps(steps);
  assert.deepEqual(counted, [
    { value: "old-0", count: 10 },
    { value: "old-1", count: 10 },
    { value: "old-10", count: 10 },
  ]);

  const others = seenValuesSteps(churned, { kind: "node", prefix: "NEW", limit: 9, flowAt: () => undefined });
  assert.equal(others.next().done, false);
  const { generation } = churned;
  append(70_000, (index) => `churn-${index}`);
  append(2_999, () => "new-1");
  assert.ok(churned.generation > generation);
  assert.deepEqual(runSteps(others), [{ value: "new-1", count: 2_999 }]);
});

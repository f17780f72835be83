import assert from "node:assert/strict";
import test from "node:test";
import { Dictionary } from "../../src/flows/dictionary.ts";
import type { Endpoint } from "../../src/flows/flow.ts";
import { PodWorkloads } from "../../src/flows/podWorkloads.ts";
import { readUtf8, writeUtf8 } from "../../src/flows/utf8.ts";
import { makeEndpoint } from "../support/makeFlow.ts";

const workload = { kind: "Deployment", name: "shop" };

/** Endpoints of so many pods, whose keys are their names; counts how many were made of their keys. */
function endpointsOf(count: number) {
  const read = { count: 0 };
  const endpoints = new Dictionary<Endpoint>((bytes) => {
    read.count += 1;
    return makeEndpoint(readUtf8(bytes));
  });
  const numbers = Array.from({ length: count }, (_, index) => {
    const key = writeUtf8(`default/pod-${index}`);
    return endpoints.intern(key, 0, key.length);
  });
  return { endpoints, numbers, read };
}

test("pods of which there is no endpoint any more are forgotten, a few endpoints at a time", () => {
  const { endpoints, numbers, read } = endpointsOf(3000);
  const pods = new PodWorkloads();
  for (const index of numbers.keys()) {
    pods.learn({ namespace: "default", podName: `pod-${index}`, workload }, index % 7 === 0);
  }
  const isKnown = (index: number) => pods.of(makeEndpoint(`default/pod-${index}`)) !== undefined;
  const used = new Uint8Array(endpoints.size);
  for (const [index, number] of numbers.entries()) used[number] = index % 3 === 0 ? 1 : 0;
  endpoints.compact(used);
  pods.beginForgetting();
  assert.deepEqual([read.count, isKnown(1)], [0, true]);
  let steps = 0;
  for (; isKnown(1) && steps < 1000; steps++) {
    const before = read.count;
    pods.forgetSome(endpoints);
    assert.ok(read.count - before <= 32, `${read.count - before} endpoints were made in one go`);
  }
  assert.ok(steps > 10 && steps < 100, `${steps} steps`);
  const expected = numbers.map((_, index) => index % 3 === 0 && index % 7 !== 0);
  assert.deepEqual(
    numbers.map((_, index) => isKnown(index)),
    expected,
  );
  assert.equal(pods.waiting().length, numbers.filter((_, index) => index % 21 === 0).length);
});

test("a search that was begun anew, or ended, forgets nobody who is there", () => {
  const { endpoints, numbers } = endpointsOf(100);
  const pods = new PodWorkloads();
  for (const index of numbers.keys())
    pods.learn({ namespace: "default", podName: `pod-${index}`, workload }, false);
  pods.beginForgetting();
  pods.forgetSome(endpoints);
  pods.beginForgetting();
  for (let step = 0; step < 10; step++) pods.forgetSome(endpoints);
  assert.ok(numbers.every((_, index) => pods.of(makeEndpoint(`default/pod-${index}`))));
  pods.beginForgetting();
  pods.clear();
  pods.learn({ namespace: "other", podName: "pod", workload }, false);
  for (let step = 0; step < 10; step++) pods.forgetSome(endpoints);
  assert.ok(pods.of(makeEndpoint("other/pod")));
});

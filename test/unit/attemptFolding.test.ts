import assert from "node:assert/strict";
import { test } from "node:test";
import { SeededRandom } from "../../src/demo/seededRandom.ts";
import { eventTypes, type Flow } from "../../src/flows/flow.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import { runSteps } from "../../src/base/steps.ts";
import { createPolicySet } from "../../src/policy/policySet.ts";
import { readPolicies } from "../../src/policy/readPolicies.ts";
import { Tally, tallySteps } from "../../src/policy/tally.ts";
import { makeEndpoint, makeFlow } from "../support/makeFlow.ts";

const { policies } = readPolicies(`apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: { name: all, namespace: default }
spec: { endpointSelector: {}, ingress: [{}] }
`);

/** Events of few attempts, again and again, some of them late by seconds, with a pause of minutes now and then. */
function eventsOf(random: SeededRandom, count: number, eventType: number): Flow[] {
  let seconds = 1000;
  return Array.from({ length: count }, (_, index) => {
    seconds += random.percent(2) ? 50 + random.integer(0, 40) : random.integer(0, 1);
    return makeFlow({
      uuid: `${eventType}-${index}`,
      time: { seconds: seconds - (random.percent(10) ? random.integer(0, 3) : 0), nanos: 0 },
      eventType,
      verdict: eventType === eventTypes.drop || random.percent(30) ? "DROPPED" : "FORWARDED",
      dropReasonDesc: "POLICY_DENIED",
      destination: makeEndpoint("default/server", { labels: ["k8s:io.kubernetes.pod.namespace=default"] }),
      l4: { protocol: "TCP", sourcePort: random.integer(1, 12), destinationPort: 80 },
    });
  });
}

/** How many attempts there are, reckoned the plain way. */
function attemptsOf(flows: readonly Flow[]): number {
  const last = new Map<string, number>();
  let attempts = 0;
  for (const { verdict, l4, time } of flows) {
    const key = `${verdict} ${l4 && "sourcePort" in l4 ? l4.sourcePort : ""}`;
    const known = last.get(key);
    if (known === undefined || Math.abs(time.seconds - known) > 60) attempts += 1;
    last.set(key, Math.max(known ?? 0, time.seconds));
  }
  return attempts;
}

/** Where only drops are seen, the policy does not tell its attempts. */
function countedBy(tally: Tally): number {
  const [policy, direction] = tally.entries();
  assert.ok(policy?.type === "policy" && direction?.type === "direction");
  return policy.attempts ?? direction.defaultDenied ?? NaN;
}

for (const [name, eventType] of [
  ["verdicts", eventTypes.policyVerdict],
  ["drops", eventTypes.drop],
] as const) {
  test(`tallies that begin at any row fold the ${name} that they count, whatever others have counted`, () => {
    const random = new SeededRandom(7);
    const events = eventsOf(random, 3000, eventType);
    const store = new FlowStore({ maxFlows: 300, maxBytes: Infinity });
    const set = createPolicySet(policies, {});
    const tallies: { readonly since: number; readonly tally: Tally; next: number }[] = [];
    for (const [row, event] of events.entries()) {
      if (row % 250 === 100) {
        const since = Math.max(store.first, row - random.integer(0, 200));
        tallies.push({ since, tally: runSteps(tallySteps(set, policies, store)), next: since });
      }
      if (row % 700 === 650) store.setBounds({ maxFlows: random.integer(250, 400), maxBytes: Infinity });
      // Each in stretches of its own, none of them behind what is held.
      for (const each of tallies) {
        if (each.next >= store.first + 20 && !random.percent(5)) continue;
        each.tally.addMany(each.next, store.end);
        each.next = store.end;
      }
      store.append(event);
    }
    assert.ok(tallies.length > 10);
    for (const { since, tally, next } of tallies) {
      tally.addMany(next, store.end);
      assert.equal(countedBy(tally), attemptsOf(events.slice(since)), `since ${since}`);
    }
  });
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { eventTypes, type Flow } from "../../src/flows/flow.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import type { ClusterContext } from "../../src/policy/clusterContext.ts";
import { createPolicySet } from "../../src/policy/policySet.ts";
import { readPolicies } from "../../src/policy/readPolicies.ts";
import { Tally } from "../../src/policy/tally.ts";
import type { TallyEntry } from "../../src/policy/tallyEntry.ts";
import { makeEndpoint, makeFlow, testTime } from "../support/makeFlow.ts";

function entriesOf(flows: readonly Flow[], text: string, context: ClusterContext): readonly TallyEntry[] {
  const store = new FlowStore({ maxFlows: 1_000, maxBytes: 1 });
  const set = createPolicySet(readPolicies(text).policies, context);
  const tally = new Tally(set, set.policies, store);
  for (const row of flows.flatMap((flow) => store.append(flow) ?? [])) tally.add(row);
  return tally.entries();
}

const nodePolicy = `apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata: { name: nodes }
spec: { nodeSelector: {}, ingress: [{}], egress: [] }
`;
const enforcements: readonly (readonly [string, ClusterContext, readonly (boolean | null)[]])[] = [
  ["it is not known of the host firewall", {}, [null, false]],
  ["the host firewall is off", { hostFirewall: false }, [false, false]],
  ["the host firewall is on", { hostFirewall: true }, [true, false]],
  ["agents enforce always", { hostFirewall: true, enforcementMode: "always" }, [true, true]],
  ["agents enforce never", { hostFirewall: true, enforcementMode: "never" }, [false, false]],
];
for (const [what, context, expected] of enforcements) {
  test(`tally: is a node policy enforced when ${what}?`, () => {
    const enforced = entriesOf([], nodePolicy, context).flatMap((entry) =>
      entry.type === "direction" ? [entry.enforced] : [],
    );
    assert.deepEqual(enforced, expected);
  });
}

const office = (blocks: string): string => `---
apiVersion: cilium.io/v2alpha1
kind: CiliumCIDRGroup
metadata: { name: office }
spec: { externalCIDRs: [${blocks}] }
`;
test("tally: of two groups of addresses by one name the last counts", () => {
  const text = `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: { name: p }
spec: { endpointSelector: {}, ingress: [{ fromCIDRSet: [{ cidrGroupRef: office }] }] }
`;
  const outside = makeEndpoint("", { identity: 2, labels: ["reserved:world"] });
  const flow = makeFlow({
    time: testTime(0),
    eventType: eventTypes.policyVerdict,
    verdict: "FORWARDED",
    trafficDirection: "INGRESS",
    source: outside,
    destination: makeEndpoint("default/server-1", {
      labels: ["k8s:app=server", "k8s:io.kubernetes.pod.namespace=default"],
    }),
    ip: { version: "IPv4", source: "192.0.2.7", destination: "10.0.0.9", encrypted: false },
    l4: { protocol: "TCP", sourcePort: 4000, destinationPort: 80 },
  });
  const { cidrGroups } = readPolicies(office("192.0.2.0/24") + office("198.51.100.0/24"));
  const allowedBy = (groups: ClusterContext["cidrGroups"]) =>
    entriesOf([flow], text, { cidrGroups: groups ?? [] }).flatMap((entry) =>
      entry.type === "rule" ? [entry.allowed] : [],
    );
  assert.deepEqual(allowedBy(cidrGroups), [0]);
  assert.deepEqual(allowedBy([...cidrGroups].reverse()), [1]);
});

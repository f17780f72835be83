import assert from "node:assert/strict";
import { test } from "node:test";
import { eventTypes, type Flow } from "../../src/flows/flow.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import type { ClusterContext } from "../../src/policy/clusterContext.ts";
import { createPolicySet } from "../../src/policy/policySet.ts";
import { readPolicies } from "../../src/policy/readPolicies.ts";
import { Tally } from "../../src/policy/tally.ts";
import type { ElsewhereTally, TallyEntry } from "../../src/policy/tallyEntry.ts";
import { makeEndpoint, makeFlow, testTime } from "../support/makeFlow.ts";

const server = makeEndpoint("default/server-1", {
  labels: ["k8s:app=server", "k8s:io.kubernetes.pod.namespace=default"],
});

function tallyOf(
  flows: readonly Flow[],
  text: string,
  context: ClusterContext,
): { readonly entries: readonly TallyEntry[]; readonly elsewhere: ElsewhereTally } {
  const store = new FlowStore({ maxFlows: 1_000, maxBytes: Infinity });
  const set = createPolicySet(readPolicies(text).policies, context);
  const tally = new Tally(set, set.policies, store);
  for (const row of flows.flatMap((flow) => store.append(flow) ?? [])) tally.add(row);
  return { entries: tally.entries(), elsewhere: tally.elsewhere() };
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
    const enforced = tallyOf([], nodePolicy, context).entries.flatMap((entry) =>
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
    destination: server,
    ip: { version: "IPv4", source: "192.0.2.7", destination: "10.0.0.9", encrypted: false },
    l4: { protocol: "TCP", sourcePort: 4000, destinationPort: 80 },
  });
  const { cidrGroups } = readPolicies(office("192.0.2.0/24") + office("198.51.100.0/24"));
  const allowedBy = (groups: ClusterContext["cidrGroups"]) =>
    tallyOf([flow], text, { cidrGroups: groups ?? [] }).entries.flatMap((entry) =>
      entry.type === "rule" ? [entry.allowed] : [],
    );
  assert.deepEqual(allowedBy(cidrGroups), [0]);
  assert.deepEqual(allowedBy([...cidrGroups].reverse()), [1]);
});

const named: readonly (readonly [string, string, number])[] = [
  ["is refused", "{ endpointSelector: {}, ingress: [{ fromCIDR: [nonsense] }] }", 1],
  ["selects others now", "{ endpointSelector: { matchLabels: { app: x } }, ingress: [{}] }", 1],
  ["is not loaded", "", 0],
];
for (const [what, spec, differs] of named) {
  test(`tally: Hubble names a policy that ${what}, and nothing else enforces anything`, () => {
    const text = `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: { name: ${spec === "" ? "other" : "named"} }
spec: ${spec === "" ? "{ endpointSelector: { matchLabels: { app: x } }, ingress: [{}] }" : spec}
`;
    const flow = makeFlow({
      eventType: eventTypes.policyVerdict,
      verdict: "FORWARDED",
      trafficDirection: "INGRESS",
      destination: server,
      ingressAllowedBy: [
        { kind: "CiliumNetworkPolicy", namespace: "default", name: "named", labels: [], revision: "" },
      ],
    });
    const { elsewhere } = tallyOf([flow], text, {});
    assert.deepEqual([elsewhere.differs, elsewhere.otherPolicies], [differs, 1 - differs]);
  });
}

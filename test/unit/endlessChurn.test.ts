import assert from "node:assert/strict";
import test from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { FlowGroups } from "../../src/flows/flowGroups.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import { createPolicySet } from "../../src/policy/policySet.ts";
import { readPolicies } from "../../src/policy/readPolicies.ts";
import { Tally } from "../../src/policy/tally.ts";
import { makeEndpoint, makeFlow } from "../support/makeFlow.ts";

const heldRows = 2_000;
/** Pods and names of which each is seen once. */
const roundRows = 80_000;
const rounds = 3;
const maxGrowthBytes = 32 << 20;

const policies = readPolicies(`apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: { name: churn, namespace: nowhere }
spec:
  endpointSelector: {}
  ingress:
    - fromEndpoints: [{ matchLabels: { app: frontend } }]
---
apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata: { name: names }
spec:
  endpointSelector: { matchLabels: { role: seldom } }
  egress:
    - toFQDNs: [{ matchPattern: "*.example.com" }]
`).policies;

test("pods and names that come and go for ever do not fill the memory of counts and groups", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const store: FlowStore = new FlowStore({
    maxFlows: heldRows,
    maxBytes: 1 << 28,
    onDrop: (row) => {
      groups.remove(row);
    },
  });
  const groups = new FlowGroups(store);
  const tally = new Tally(createPolicySet(policies, {}), policies, store);
  const held: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (let index = 0; index < roundRows; index++) {
      const row = store.append(flowOf(round * roundRows + index));
      if (row === undefined) continue;
      tally.add(row);
      groups.add(row);
      if (index % 5_000 === 0) groups.groups();
    }
    collect();
    held.push(process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers);
  }
  const growth = (held.at(-1) ?? 0) - (held[0] ?? 0);
  assert.ok(growth < maxGrowthBytes, held.map((bytes) => `${Math.round(bytes / 2 ** 20)} MiB`).join(", "));
  const shown = groups.groups().flatMap(({ workloads, unlisted }) => [workloads.length, unlisted]);
  assert.ok(shown.reduce((sum, count) => sum + count, 0) <= 2 * heldRows);
});

/** Of every two flows one is between pods, and one to a name outside. */
function flowOf(number: number) {
  const source = makeEndpoint(`ns-${number % 20}/pod-${number}`, {
    identity: 1_000 + number,
    labels: [`k8s:app=app-${number % 50}`, `k8s:io.kubernetes.pod.namespace=ns-${number % 20}`],
  });
  const sourceIp = `10.${(number >> 16) & 0xff}.${(number >> 8) & 0xff}.${number & 0xff}`;
  const isOutside = number % 2 === 1;
  const destination = isOutside
    ? makeEndpoint("", {
        identity: 16_777_217 + number,
        labels: ["reserved:world", `fqdn:n${number}.example.com`],
      })
    : makeEndpoint("shop/db-0", {
        identity: 7,
        labels: ["k8s:app=db", "k8s:io.kubernetes.pod.namespace=shop"],
      });
  return makeFlow({
    uuid: `${number}`,
    time: { seconds: 1_700_000_000 + Math.floor(number / 5_000), nanos: 0 },
    ...{ source, destination, eventType: 5 },
    trafficDirection: isOutside ? "EGRESS" : "INGRESS",
    ip: {
      source: sourceIp,
      destination: isOutside ? `80${sourceIp.slice(2)}` : "10.0.0.7",
      version: "IPv4",
      encrypted: false,
    },
    destinationNames: isOutside ? [`n${number}.example.com`] : [],
  });
}

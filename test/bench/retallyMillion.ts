import type { Flow } from "../../src/flows/flow.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import { readResponse } from "../../src/hubble/readResponse.ts";
import type { Connection } from "../../src/policy/connection.ts";
import { createPolicySet, type PolicySet } from "../../src/policy/policySet.ts";
import { readPolicies } from "../../src/policy/readPolicies.ts";
import { Tally } from "../../src/policy/tally.ts";
import { decideOneByOne } from "../support/decideOneByOne.ts";
import { realisticFlows } from "../support/realisticFlows.ts";

const heldRows = 1_000_000;
const distinctFlows = 100_000;
/** Evaluating each flow takes seconds: so many, spread over all, are enough. */
const sampleFlows = 20_000;
const rounds = 5;
/** As realistic flows have it. */
const flowsPerSecond = 20_000;

/** What counting a changed policy over everything held costs. */
export interface RetallyTimes {
  /**
   * From the texts that are read already to the numbers: the median of the rounds. Which events are of one attempt does
   * not depend on policies: it was told as the flows came, for the tally of the policies before the change.
   */
  readonly columnsMs: number;
  /**
   * Deciding the connection of each flow, from its decoded object and with nothing remembered of the flow before: measured
   * on a sample and scaled to all. Neither folding attempts nor counting is part of it, nor is parsing labels: they are
   * parsed once for each decoded object, in the first round, which the median leaves out.
   */
  readonly naiveMs: number;
  /** The median of the rounds' ratios. */
  readonly ratio: number;
}

/** Three policies over the namespaces of realistic flows, one of them for all pods; `version` changes a rule. */
export function threePolicies(version: number): string {
  return `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: { name: frontends, namespace: team-0-frontend }
spec:
  endpointSelector: { matchLabels: { env: production } }
  ingress:
    - fromEndpoints: [{ matchLabels: { tier: backend } }]
      toPorts: [{ ports: [{ port: "${8080 + version}", protocol: TCP }, { port: "8443", protocol: TCP }] }]
    - fromEntities: [world]
      toPorts: [{ ports: [{ port: "443", protocol: TCP }] }]
  ingressDeny:
    - fromEndpoints: [{ matchLabels: { team: team-7 } }]
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: { name: backends, namespace: team-1-backend }
spec:
  endpointSelector: {}
  ingress:
    - fromEndpoints: [{ matchLabels: { track: stable } }]
      toPorts:
        - ports: [{ port: "8080", protocol: TCP }]
          rules: { http: [{ method: GET, path: "/api/v1/.*" }] }
  egress:
    - toFQDNs: [{ matchPattern: "*.example.com" }]
    - toEndpoints: [{ matchLabels: { "k8s:io.kubernetes.pod.namespace": team-2-cache } }]
---
apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata: { name: baseline }
spec:
  endpointSelector: { matchLabels: { "k8s:io.cilium.k8s.policy.cluster": prod } }
  egress:
    - toEndpoints: [{ matchLabels: { logging: json } }]
    - toPorts: [{ ports: [{ port: "53", protocol: UDP }] }]
    - toCIDR: [10.0.0.0/8, 80.0.0.0/5]
      toPorts: [{ ports: [{ port: "443", protocol: TCP }] }]
`;
}

/** A million flows held, and the three policies counted anew over them; each round with other rules. */
export async function measureRetally(): Promise<RetallyTimes> {
  const decoded = realisticFlows(distinctFlows, { seed: 5 }).flatMap((raw) => {
    const response = readResponse(raw);
    return response.kind === "flow" ? response.flow : [];
  });
  const store = new FlowStore({ maxFlows: heldRows, maxBytes: 1 << 30 });
  const before = readPolicies(threePolicies(rounds)).policies;
  const live = new Tally(createPolicySet(before, {}), before, store);
  for (let row = 0; row < heldRows; row++) {
    const flow = decoded[row % decoded.length];
    const held = flow && store.append(again(flow, Math.floor(row / distinctFlows)));
    if (held !== undefined) live.add(held);
  }
  const sample = decoded.filter((_, index) => index % (distinctFlows / sampleFlows) === 0);
  const times: { readonly columnsMs: number; readonly naiveMs: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    // So that no round waits for the garbage of the one before.
    await new Promise((resolve) => setImmediate(resolve));
    const { policies } = readPolicies(threePolicies(round));
    const columnsMs = timed(() => {
      const tally = new Tally(createPolicySet(policies, {}), policies, store);
      tally.addMany(store.first, store.end);
      tally.entries();
    });
    const naiveMs = timed(() => {
      decideEach(createPolicySet(policies, {}), sample);
    });
    times.push({ columnsMs, naiveMs: naiveMs * (heldRows / sample.length) });
  }
  return {
    columnsMs: median(times.map(({ columnsMs }) => columnsMs)),
    naiveMs: median(times.map(({ naiveMs }) => naiveMs)),
    ratio: median(times.map(({ columnsMs, naiveMs }) => columnsMs / naiveMs)),
  };
}

/** The same between the same two, later and from another port: another attempt. */
function again(flow: Flow, times: number): Flow {
  const { uuid = "", time, l4 } = flow;
  const hasPorts = l4?.protocol === "TCP" || l4?.protocol === "UDP";
  return {
    ...flow,
    uuid: uuid.slice(0, -1) + times.toString(16),
    time: { ...time, seconds: time.seconds + times * (distinctFlows / flowsPerSecond) },
    ...(l4 && { l4: hasPorts ? { ...l4, sourcePort: (l4.sourcePort + times) & 0xffff } : l4 }),
  };
}

function decideEach(set: PolicySet, flows: readonly Flow[]): void {
  for (const flow of flows) {
    const connection = connectionOf(flow);
    if (connection) decideOneByOne(set, connection);
  }
}

function connectionOf(flow: Flow): Connection | undefined {
  const { trafficDirection, source, destination, ip, l4 } = flow;
  if (trafficDirection === "TRAFFIC_DIRECTION_UNKNOWN") return undefined;
  return {
    direction: trafficDirection === "INGRESS" ? "ingress" : "egress",
    ...{ source, destination, sourceIp: ip?.source ?? "", destinationIp: ip?.destination ?? "" },
    ...(l4 && "destinationPort" in l4 && { l4: { protocol: l4.protocol, port: l4.destinationPort } }),
  };
}

function timed(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN;
}

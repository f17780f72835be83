import assert from "node:assert/strict";
import { test } from "node:test";
import { type Endpoint, eventTypes, type Flow, type PolicyName } from "../../src/flows/flow.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import { createPolicySet } from "../../src/policy/policySet.ts";
import { readPolicies } from "../../src/policy/readPolicies.ts";
import { Tally } from "../../src/policy/tally.ts";
import type { DirectionTally } from "../../src/policy/tallyEntry.ts";
import { makeEndpoint, makeFlow, testTime } from "../support/makeFlow.ts";

const policy = (name: string, sections: string) => `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: { name: ${name} }
spec:
  endpointSelector: { matchLabels: { app: server } }
${sections}
---
`;
const own = policy(
  "own",
  `  ingress:
  - fromEndpoints: [{ matchLabels: { app: client } }]
    toPorts: [{ ports: [{ port: "80", protocol: TCP }] }]
  - fromEndpoints: [{ matchLabels: { app: far, tier: web } }]
  - fromCIDR: [192.0.2.0/24]`,
);
const other = policy(
  "other",
  `  ingress:
  - fromEndpoints: [{ matchLabels: { app: guest } }, { matchLabels: { app: client } }]
  ingressDeny:
  - fromEndpoints: [{ matchLabels: { app: banned } }]`,
);

const pod = (app: string, namespace = "default"): Endpoint =>
  makeEndpoint(`${namespace}/${app}-1`, {
    identity: 5000,
    labels: [`k8s:app=${app}`, `k8s:io.kubernetes.pod.namespace=${namespace}`],
  });

type Report = "allow" | "deny" | "deny rule" | "drop";

let attempts = 0;

function attempt(report: Report, peer: string | Endpoint, named: readonly string[] = [], port = 80): Flow {
  const isDrop = report === "drop";
  const by = named.map(
    (name): PolicyName => ({
      kind: "CiliumNetworkPolicy",
      namespace: "default",
      name,
      labels: [],
      revision: "",
    }),
  );
  attempts += 1;
  return makeFlow({
    time: testTime(0),
    eventType: isDrop ? eventTypes.drop : eventTypes.policyVerdict,
    verdict: report === "allow" ? "FORWARDED" : "DROPPED",
    ...(report !== "allow" && { dropReasonDesc: report === "deny rule" ? "POLICY_DENY" : "POLICY_DENIED" }),
    source: typeof peer === "string" ? pod(peer) : peer,
    destination: pod("server"),
    l4: { protocol: "TCP", sourcePort: 10_000 + attempts, destinationPort: port },
    ...(report === "allow" ? { ingressAllowedBy: by } : { ingressDeniedBy: by }),
  });
}

function tallyOwn(flows: readonly Flow[], loaded: string) {
  const { policies } = readPolicies(loaded);
  const store = new FlowStore({ maxFlows: 1_000, maxBytes: Infinity });
  const tally = new Tally(
    createPolicySet(policies, {}),
    policies.filter(({ name }) => name === "own"),
    store,
  );
  const rows = flows.flatMap((flow) => store.append(flow) ?? []);
  for (const row of rows) tally.add(row);
  const ingress = tally.entries().find((entry): entry is DirectionTally => entry.type === "direction");
  assert.ok(ingress);
  return { tally, rows, ingress };
}

const cases: readonly (readonly [string, readonly Flow[], string])[] = [
  ["a rule of another policy", [attempt("allow", "guest"), attempt("allow", "guest")], "2 0 default/other 2"],
  ["a rule of its own and one of another", [attempt("allow", "client")], "0 0"],
  ["another's deny rule", [attempt("deny rule", "banned")], "0 1 default/other 1"],
  ["a policy that only Hubble knows", [attempt("allow", "stranger", ["base"])], "1 0 default/base 1"],
  [
    "a denying one that only Hubble knows",
    [attempt("deny rule", "stranger", ["base"])],
    "0 1 default/base 1",
  ],
  [
    "several that only Hubble knows",
    [attempt("allow", "stranger", ["base", "more"]), attempt("allow", "stranger", ["more"])],
    "2 0 default/more 2 default/base 1",
  ],
  [
    "as many each: by their names",
    [attempt("allow", "stranger", ["more"]), attempt("allow", "stranger", ["base"])],
    "2 0 default/base 1 default/more 1",
  ],
  ["a default deny is nobody's", [attempt("deny", "stranger")], "0 0"],
  ["drops only: allowed is not known", [attempt("drop", "stranger")], "null 0"],
];
for (const [what, flows, expected] of cases) {
  test(`decided by other policies: ${what}`, () => {
    const { others } = tallyOwn(flows, own + other).ingress;
    const named = others.policies.map(({ policy: name, count }) => `${name} ${count}`);
    assert.equal([others.allowed, others.denied, ...named].join(" "), expected.replace("null", ""));
  });
}

test("what others decided is no flow of the direction", () => {
  const { tally, rows } = tallyOwn([attempt("allow", "guest"), attempt("deny", "stranger")], own + other);
  const place = { policy: "default/own", kind: "CiliumNetworkPolicy", path: "spec.ingress" };
  assert.deepEqual(
    rows.map((row) => tally.decidedBy(row, place)),
    [false, true],
  );
});

const missed: readonly (readonly [string, Flow, string])[] = [
  ["the port", attempt("deny", "client", [], 8080), "port 8080 at spec.ingress[0].toPorts[0].ports[0]"],
  ["the namespace that is implied", attempt("deny", pod("client", "away")), "implied-namespace away"],
  ["a label: of the peers the one that fits most", attempt("deny", "far"), "label undefined"],
];
for (const [what, flow, expected] of missed) {
  test(`why a peer was denied by default: ${what}`, () => {
    const [peer] = tallyOwn([flow], own).ingress.topDenied;
    const found = peer?.missed;
    assert.ok(found);
    const value = "found" in found ? String(found.found) : "undefined";
    assert.ok(
      `${found.fact} ${value} at ${found.path}`.startsWith(expected),
      `${found.fact} ${value} at ${found.path}`,
    );
  });
}

test("a direction without rules has none that a peer missed", () => {
  const { ingress } = tallyOwn([attempt("deny", "client")], policy("own", "  ingress: [{}]"));
  assert.deepEqual(
    ingress.topDenied.map(({ peer, missed: why }) => [peer, why?.fact]),
    [["default/client-1", "nobody"]],
  );
});

test("policies of two kinds that have one name, and both decided it, are named once", () => {
  const namesake = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: other, namespace: default }
spec:
  podSelector: { matchLabels: { app: server } }
  ingress: [{ from: [{ podSelector: { matchLabels: { app: guest } } }] }]
---
`;
  const { others } = tallyOwn([attempt("allow", "guest")], own + other + namesake).ingress;
  assert.deepEqual(others, { allowed: 1, denied: 0, policies: [{ policy: "default/other", count: 1 }] });
});

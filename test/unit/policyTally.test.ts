import assert from "node:assert/strict";
import { test } from "node:test";
import { type Endpoint, eventTypes, type Flow, type PolicyName } from "../../src/flows/flow.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import type { ClusterContext } from "../../src/policy/clusterContext.ts";
import { createPolicySet } from "../../src/policy/policySet.ts";
import { readPolicies } from "../../src/policy/readPolicies.ts";
import { Tally } from "../../src/policy/tally.ts";
import { makeEndpoint, makeFlow, testEpochMs, testTime } from "../support/makeFlow.ts";

const policyText = `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: { name: p }
spec:
  endpointSelector: { matchLabels: { app: server } }
  ingress:
  - fromEndpoints: [{ matchLabels: { app: client } }]
    toPorts:
    - ports: [{ port: "80", protocol: TCP }]
      rules:
        http: [{ method: GET }, { path: "/a" }]
  - toServices: []
    fromEndpoints: [{ matchLabels: { app: named } }]
    toPorts: [{ ports: [{ port: web }] }]
  ingressDeny:
  - fromEndpoints: [{ matchLabels: { app: banned } }]
`;

const pod = (app: string, namespace = "default"): Endpoint =>
  makeEndpoint(`${namespace}/${app}-1`, {
    identity: 5000,
    labels: [`k8s:app=${app}`, `k8s:io.kubernetes.pod.namespace=${namespace}`],
  });
const host = makeEndpoint("", { identity: 1, labels: ["reserved:host"] });
const addresses: Readonly<Record<string, string>> = {
  client: "10.0.0.1",
  xwing: "10.0.0.2",
  banned: "10.0.0.3",
};

type Outcome = "allow" | "redirect" | "deny" | "deny rule" | "audit" | "auth";

interface EventOptions {
  readonly port?: number;
  readonly from?: number;
  readonly at?: number;
  readonly uuid?: string;
  readonly allowedBy?: readonly PolicyName[];
}

/** An event about a connection from a peer to the server. */
function event(
  eventType: number,
  outcome: Outcome,
  peer: string | Endpoint,
  options: EventOptions = {},
): Flow {
  const reason = { deny: "POLICY_DENIED", "deny rule": "POLICY_DENY", auth: "AUTH_REQUIRED" }[
    outcome as string
  ];
  return makeFlow({
    time: testTime(options.at ?? 0),
    eventType,
    verdict:
      outcome === "allow"
        ? "FORWARDED"
        : outcome === "redirect"
          ? "REDIRECTED"
          : outcome === "audit"
            ? "AUDIT"
            : "DROPPED",
    ...(reason === undefined ? {} : { dropReasonDesc: reason }),
    source: typeof peer === "string" ? pod(peer) : peer,
    destination: pod("server"),
    ip: {
      source: typeof peer === "string" ? (addresses[peer] ?? "10.0.0.9") : "172.18.0.2",
      destination: "10.0.1.1",
      version: "IPv4",
      encrypted: false,
    },
    l4: { protocol: "TCP", sourcePort: options.from ?? 40_000, destinationPort: options.port ?? 80 },
    ingressAllowedBy: options.allowedBy ?? [],
    ...(options.uuid === undefined ? {} : { uuid: options.uuid }),
  });
}

const verdict = (outcome: Outcome, peer: string | Endpoint, options?: EventOptions): Flow =>
  event(eventTypes.policyVerdict, outcome, peer, options);
const drop = (outcome: Outcome, peer: string, options?: EventOptions): Flow =>
  event(eventTypes.drop, outcome, peer, options);

function request(outcome: "allow" | "deny", method: string, path: string): Flow {
  return {
    ...event(eventTypes.l7, outcome, "client"),
    type: "L7",
    l7: {
      type: "REQUEST",
      latencyNs: 0,
      record: {
        protocol: "http",
        code: 0,
        method,
        url: `http://server${path}`,
        version: "HTTP/1.1",
        headers: [],
      },
    },
  };
}

function tallyOf(
  flows: readonly Flow[],
  text = policyText,
  context: ClusterContext = {},
): { tally: Tally; rows: readonly number[] } {
  const { policies } = readPolicies(text);
  const store = new FlowStore({ maxFlows: 100_000, maxBytes: Infinity });
  const set = createPolicySet(policies, context);
  const tally = new Tally(set, set.policies, store);
  const rows: number[] = [];
  for (const flow of flows) {
    const row = store.append(flow);
    if (row === undefined) continue;
    tally.add(row);
    rows.push(row);
  }
  return { tally, rows };
}

/** All numbers that are not 0 by path, such as `ingress[0] allowed`. */
function numbersOf(tally: Tally): Readonly<Record<string, number | null>> {
  const numbers: Record<string, number | null> = {};
  for (const entry of tally.entries()) {
    if (entry.type === "policy") continue;
    for (const [name, value] of Object.entries(entry) as [string, unknown][]) {
      const counts = (typeof value === "number" && value !== 0) || value === null;
      if (!counts || /Ms$|perMinute/.test(name)) continue;
      if (entry.type === "rule" && name.startsWith("l7") && value === null) continue;
      numbers[`${entry.path.replace("spec.", "")} ${name}`] = value;
    }
  }
  return numbers;
}

const others = [
  { kind: "CiliumNetworkPolicy", namespace: "default", name: "others", labels: [], revision: "" },
];

const cases: readonly (readonly [string, readonly Flow[], Readonly<Record<string, number | null>>])[] = [
  ["nothing", [], {}],
  ["a drop for authentication hides no verdicts", [drop("auth", "client")], { "ingress authRequired": 1 }],
  ["an allowed connection", [verdict("allow", "client")], { "ingress[0] allowed": 1 }],
  ["a redirected one is allowed too", [verdict("redirect", "client")], { "ingress[0] allowed": 1 }],
  [
    "retransmissions within 60 s of each other are one attempt",
    [0, 1, 3, 7, 15, 31, 63, 120].map((seconds) => verdict("deny", "xwing", { at: seconds * 1000 })),
    { "ingress defaultDenied": 1 },
  ],
  [
    "after more than 60 s it is another attempt",
    [verdict("deny", "xwing"), verdict("deny", "xwing", { at: 60_001 })],
    { "ingress defaultDenied": 2 },
  ],
  [
    "events out of order fold as well",
    [verdict("deny", "xwing", { at: 2000 }), verdict("deny", "xwing", { at: 0 })],
    { "ingress defaultDenied": 1 },
  ],
  [
    "other source ports are other attempts; allowed and denied are kept apart",
    [verdict("deny", "client", { from: 1, port: 81 }), verdict("deny", "client", { from: 2, port: 81 })],
    { "ingress defaultDenied": 2, "ingress[0] nearMiss": 2 },
  ],
  [
    "the same uuid is the same event",
    [verdict("allow", "client", { uuid: "u" }), verdict("allow", "client", { uuid: "u", at: 90_000 })],
    { "ingress[0] allowed": 1 },
  ],
  ["a deny rule", [verdict("deny rule", "banned")], { "ingressDeny[0] denied": 1 }],
  ["audit", [verdict("audit", "xwing")], { "ingress audited": 1 }],
  ["authentication", [verdict("auth", "client")], { "ingress authRequired": 1 }],
  ["the local host", [verdict("allow", host)], { "ingress localhost": 1 }],
  ["denied though a rule admits it", [verdict("deny", "client")], { "ingress differs": 1 }],
  ["allowed though none does", [verdict("allow", "xwing")], { "ingress differs": 1 }],
  ["allowed though a rule denies it", [verdict("allow", "banned")], { "ingress differs": 1 }],
  ["allowed by policies that are not loaded", [verdict("allow", "xwing", { allowedBy: others })], {}],
  [
    "a port name may be any port, when it was allowed",
    [verdict("allow", "named", { port: 8080 }), verdict("deny", "named", { port: 8081 })],
    { "ingress[1] possible": 1, "ingress defaultDenied": 1 },
  ],
  [
    "requests are counted apart",
    [request("allow", "GET", "/a"), request("allow", "GET", "/b"), request("deny", "PUT", "/b")],
    {
      "ingress[0] l7Allowed": 2,
      "ingress[0] l7Denied": 1,
      "ingress[0].toPorts[0].rules.http[0] l7Allowed": 2,
      "ingress[0].toPorts[0].rules.http[1] l7Allowed": 1,
    },
  ],
  ["a request denied though an entry admits it", [request("deny", "GET", "/")], { "ingress differs": 1 }],
  [
    "a request of a connection that only policies not loaded may admit",
    [makeFlow({ ...request("allow", "GET", "/"), source: pod("xwing") })],
    {},
  ],
  [
    "drops alone: what was allowed is not known",
    [
      drop("deny", "xwing"),
      drop("deny", "xwing", { at: 1000 }),
      drop("deny rule", "banned"),
      drop("deny", "client", { port: 81 }),
    ],
    {
      "ingress defaultDenied": 2,
      "ingress audited": null,
      "ingress localhost": null,
      "ingress defaultAllowed": null,
      "ingress[0] allowed": null,
      "ingress[0] nearMiss": 1,
      "ingress[1] allowed": null,
      "ingressDeny[0] allowed": null,
      "ingressDeny[0] denied": 1,
    },
  ],
  [
    "a verdict makes drops count for nothing, before it and after it",
    [
      drop("deny", "xwing"),
      verdict("allow", "client"),
      drop("deny", "xwing", { from: 2 }),
      verdict("deny", "xwing"),
    ],
    { "ingress[0] allowed": 1, "ingress defaultDenied": 1 },
  ],
  [
    "traces, replies and other sides decide nothing",
    [
      makeFlow({ ...verdict("allow", "client"), eventType: eventTypes.trace }),
      makeFlow({ ...verdict("allow", "client"), isReply: true }),
      makeFlow({ ...verdict("allow", "client"), trafficDirection: "EGRESS" }),
      makeFlow({ ...verdict("deny", "xwing"), dropReasonDesc: "CT_MAP_INSERTION_FAILED" }),
      makeFlow({ ...request("allow", "GET", "/"), l7: { type: "RESPONSE", latencyNs: 1 } }),
    ],
    {},
  ],
];

for (const [title, flows, expected] of cases) {
  test(`tally: ${title}`, () => {
    assert.deepEqual(numbersOf(tallyOf(flows).tally), expected);
  });
}

test("tally: a request that passed may have had the headers that its event lacks", () => {
  const text = policyText.replace("{ method: GET }", '{ method: GET, headers: ["x-token abc"] }');
  const passed = tallyOf([request("allow", "GET", "/b")], text).tally;
  assert.deepEqual(numbersOf(passed), { "ingress[0] possible": 1 });
  assert.deepEqual(numbersOf(tallyOf([request("deny", "GET", "/b")], text).tally), {
    "ingress[0] l7Denied": 1,
  });
  assert.deepEqual(numbersOf(tallyOf([request("allow", "PUT", "/b")], text).tally), { "ingress differs": 1 });
});

test("tally: requests add nothing to a rule's rate and peers, but stand in where allowed attempts are not seen", () => {
  const requests = [request("allow", "GET", "/a"), request("allow", "GET", "/b")];
  const rateOf = (flows: readonly Flow[]) => {
    const rule = tallyOf(flows)
      .tally.entries()
      .find((entry) => entry.type === "rule");
    return [rule?.allowed, rule?.perMinute, rule?.topPeers.map(({ peer, count }) => `${peer} ${count}`)];
  };
  assert.deepEqual(rateOf([verdict("redirect", "client"), ...requests]), [1, 1, ["default/client-1 1"]]);
  assert.deepEqual(rateOf([drop("deny", "xwing"), ...requests]), [null, 2, ["default/client-1 2"]]);
});

test("tally: who, when, how often, which ports", () => {
  const flows = [
    verdict("allow", "client", { at: 0, from: 1 }),
    verdict("allow", "client", { at: 70_000, from: 2 }),
    verdict("allow", "client", { at: 71_000, from: 3 }),
    verdict("deny", "client", { at: 71_500, from: 4, port: 8080 }),
    verdict("deny", "xwing", { at: 72_000 }),
  ];
  const { tally } = tallyOf(flows);
  const [policy, direction, first] = tally.entries();
  assert.deepEqual(
    [
      policy?.type === "policy" && [policy.endpoints, policy.attempts],
      direction?.type === "direction" && [
        direction.enforced,
        direction.lastDeniedMs,
        direction.topDenied.map(({ peer, count, lastMs }) => ({ peer, count, lastMs })),
      ],
      first?.type === "rule" && [first.lastHitMs, first.perMinute, first.topPeers, first.nearMissPorts],
      tally.basis(),
    ],
    [
      [1, 5],
      [
        true,
        testEpochMs + 72_000,
        [
          { peer: "default/xwing-1", count: 1, lastMs: testEpochMs + 72_000 },
          { peer: "default/client-1", count: 1, lastMs: testEpochMs + 71_500 },
        ],
      ],
      [
        testEpochMs + 71_000,
        2,
        [{ peer: "default/client-1", count: 3, lastMs: testEpochMs + 71_000 }],
        ["8080"],
      ],
      { source: "verdicts", sinceMs: testEpochMs, untilMs: testEpochMs + 72_000 },
    ],
  );
});

test("tally: the rows behind a number", () => {
  const flows = [
    verdict("allow", "client"),
    verdict("deny", "client", { port: 81 }),
    verdict("deny", "client", { port: 81, at: 1000 }),
    verdict("deny rule", "banned"),
    request("allow", "GET", "/"),
    drop("deny", "xwing"),
  ];
  const { tally, rows } = tallyOf(flows);
  const behind = (path: string): readonly number[] =>
    rows.filter((row) => tally.decidedBy(row, { policy: "default/p", kind: "CiliumNetworkPolicy", path }));
  assert.deepEqual(
    [
      "spec.ingress",
      "spec.ingress[0]",
      "spec.ingressDeny[0]",
      "spec.ingress[0].toPorts[0].rules.http[1]",
      "spec.nowhere",
    ].map(behind),
    [[1, 2], [0, 1, 2, 4], [3], [], []],
  );
});

test("tally: numbers stay when the store renumbers its dictionaries", () => {
  const { policies } = readPolicies(policyText);
  const store = new FlowStore({ maxFlows: 50, maxBytes: Infinity });
  const set = createPolicySet(policies, {});
  const tally = new Tally(set, set.policies, store);
  let generations = 0;
  for (let number = 0; number < 90_000; number++) {
    const before = store.generation;
    // Many addresses fill the dictionary; every tenth event is the same connection, a millisecond later.
    const flow =
      number % 10 === 0
        ? verdict("allow", "client", { at: number })
        : makeFlow({
            time: testTime(number),
            ip: { source: `n${number}`, destination: "x", version: "IPv4", encrypted: false },
          });
    const row = store.append(flow);
    if (row !== undefined) tally.add(row);
    if (store.generation !== before) generations += 1;
  }
  assert.ok(generations > 0, "the store never renumbered");
  assert.deepEqual(numbersOf(tally), { "ingress[0] allowed": 1 });
});

test("tally: one direction entry per direction, in document order", () => {
  const text = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: k }
spec: { podSelector: {}, policyTypes: [Ingress, Egress], egress: [{}] }
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: { name: c }
spec:
  endpointSelector: {}
  enableDefaultDeny: { egress: false }
  egressDeny: [{ toEntities: [world] }]
  ingressDeny: [{ fromEntities: [world] }]
  egress: [{ toEntities: [host] }]
  ingress: []
`;
  const entries = tallyOf([], text).tally.entries();
  assert.deepEqual(
    entries.map(
      (entry) =>
        `${entry.policy} ${entry.path} ${entry.type}${"enforced" in entry ? ` ${String(entry.enforced)}` : ""}`,
    ),
    [
      "default/k spec policy",
      "default/k spec.policyTypes direction true",
      "default/k spec.egress direction true",
      "default/k spec.egress[0] rule",
      "default/c spec policy",
      "default/c spec.egressDeny[0] rule",
      "default/c spec.ingressDeny[0] rule",
      "default/c spec.egress direction true",
      "default/c spec.egress[0] rule",
      "default/c spec.ingress direction true",
    ],
  );
});

const ownPolicy = [
  { kind: "CiliumNetworkPolicy", namespace: "default", name: "p", labels: [], revision: "" },
];
const head = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: { name: p }\n";
const openPolicy = `${head}spec: { endpointSelector: {}, enableDefaultDeny: { ingress: false }, ingress: [{}] }\n`;

/** What is counted at places, and elsewhere: statement, policy, event, what else is known, numbers. */
const standings: readonly (readonly [
  string,
  string,
  Flow,
  ClusterContext,
  Readonly<Record<string, number>>,
])[] = [
  [
    "a rule of the policy that Hubble names",
    policyText,
    verdict("allow", "client", { allowedBy: ownPolicy }),
    {},
    { "ingress[0] allowed": 1 },
  ],
  [
    "Hubble names a policy, no rule of it fits",
    openPolicy,
    verdict("allow", "client", { allowedBy: ownPolicy }),
    {},
    { "ingress differs": 1 },
  ],
  [
    "policies that are not loaded",
    policyText,
    verdict("allow", "xwing", { allowedBy: others }),
    {},
    { "elsewhere otherPolicies": 1 },
  ],
  [
    "nothing loaded enforces it",
    `${head}spec: { endpointSelector: {}, egress: [{}] }\n`,
    verdict("deny", "xwing"),
    {},
    { "elsewhere otherPolicies": 1 },
  ],
  ["no default deny", openPolicy, verdict("allow", "client"), {}, { "ingress defaultAllowed": 1 }],
  [
    "agents that deny by default anyway",
    openPolicy,
    verdict("deny", "client"),
    { nonDefaultDenyPolicies: false },
    { "ingress defaultDenied": 1 },
  ],
  [
    "denied by the agents' mode alone",
    `${head}spec: { endpointSelector: {}, egress: [{}] }\n`,
    verdict("deny", "client"),
    { enforcementMode: "always" },
    { "elsewhere defaultDenied": 1 },
  ],
  [
    "the node, by the agents' mode alone",
    `${head}spec: { endpointSelector: {}, egress: [{}] }\n`,
    verdict("allow", host),
    { enforcementMode: "always" },
    { "elsewhere localhost": 1 },
  ],
  [
    "denied by a rule that nobody wrote",
    policyText,
    verdict("deny rule", "client"),
    {},
    { "ingress differs": 1 },
  ],
];

for (const [statement, text, flow, context, expected] of standings) {
  test(`tally: ${statement}`, () => {
    const { tally } = tallyOf([flow], text, context);
    const numbers: Record<string, number | null> = { ...numbersOf(tally) };
    for (const [name, count] of Object.entries({ ...tally.elsewhere() })) {
      if (count > 0) numbers[`elsewhere ${name}`] = count;
    }
    assert.deepEqual(numbers, expected);
  });
}

test("tally: a refused policy counts nothing and enforces nothing", () => {
  const text = `${head}spec: { endpointSelector: {}, ingress: [{ fromEndpoints: [{}], fromEntities: [all] }] }\n`;
  const { tally } = tallyOf([verdict("allow", "client")], text);
  const enforced = tally.entries().map((entry) => (entry.type === "direction" ? entry.enforced : undefined));
  assert.deepEqual([numbersOf(tally), enforced], [{}, [undefined, false, undefined]]);
});

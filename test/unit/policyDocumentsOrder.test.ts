import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { SeededRandom } from "../../src/demo/seededRandom.ts";
import { PolicyDocuments } from "../../src/engine/policyDocuments.ts";
import { RowPump } from "../../src/engine/rowPump.ts";
import { eventTypes } from "../../src/flows/flow.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import type { AgentFacts } from "../../src/policy/agentFacts.ts";
import { makeEndpoint, makeFlow, testTime } from "../support/makeFlow.ts";

const policy = (name: string, spec: string): string => `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: { name: ${name} }
spec:
  endpointSelector: { matchLabels: { app: server } }
${spec}
---
`;
const group = (site: string, blocks: string): string => `apiVersion: cilium.io/v2alpha1
kind: CiliumCIDRGroup
metadata: { name: office, labels: { site: ${site} } }
spec: { externalCIDRs: [${blocks}] }
---
`;
/** What a document may hold: rules, refused ones (some by some versions only), many, groups, nothing. */
const pieces: readonly string[] = [
  ...["p", "q"].flatMap((name) => [
    policy(name, "  ingress: [{ fromEndpoints: [{ matchLabels: { app: client } }] }]"),
    policy(name, "  ingressDeny: [{ fromEndpoints: [{ matchLabels: { app: guest } }] }]"),
    policy(name, "  ingress: [{ fromCIDRSet: [{ cidrGroupRef: office }] }]"),
    policy(name, "  ingress: [{ fromCIDRSet: [{ cidrGroupSelector: { matchLabels: { site: a } } }] }]"),
    policy(name, "  ingress: [{ fromRequires: [{ matchLabels: { app: client } }], fromEndpoints: [{}] }]"),
    policy(name, "  ingress: [{ toPorts: [{ ports: [{ protocol: GRE }] }] }]"),
    policy(name, "  ingress: [{ fromCIDR: [nonsense] }]"),
    policy(name, `  ingress:\n${"  - fromEndpoints: [{ matchLabels: { app: guest } }]\n".repeat(600)}`),
  ]),
  group("a", "192.0.2.0/24"),
  group("b", "192.0.2.0/24"),
  group("a", "198.51.100.0/24"),
  "kind: Deployment\n---\n",
];
const facts: readonly AgentFacts[] = [
  {},
  { agentVersion: { major: 1, minor: 17 } },
  { agentVersion: { major: 1, minor: 20 } },
  { agentVersion: { major: 1, minor: 18 }, extendedIpProtocols: true },
  { enforcementMode: "always" },
];

const pod = (app: string) =>
  makeEndpoint(`default/${app}-1`, { labels: [`k8s:app=${app}`, "k8s:io.kubernetes.pod.namespace=default"] });
const peers = [
  { endpoint: pod("client"), address: "10.0.0.1" },
  { endpoint: pod("guest"), address: "10.0.0.2" },
  { endpoint: makeEndpoint("", { identity: 2, labels: ["reserved:world"] }), address: "192.0.2.7" },
];
const outcomes = [
  { verdict: "FORWARDED" },
  { verdict: "DROPPED", dropReasonDesc: "POLICY_DENIED" },
  { verdict: "DROPPED", dropReasonDesc: "POLICY_DENY" },
] as const;

function attempt(random: SeededRandom, number: number) {
  const { endpoint, address } = pick(random, peers);
  return makeFlow({
    ...pick(random, outcomes),
    time: testTime(number * 1_000),
    eventType: eventTypes.policyVerdict,
    source: endpoint,
    destination: pod("server"),
    ip: { version: "IPv4", source: address, destination: "10.0.0.9", encrypted: false },
    l4: { protocol: "TCP", sourcePort: 1_000 + number, destinationPort: 80 },
  });
}

function pick<T>(random: SeededRandom, from: readonly T[]): T {
  const picked = from[random.integer(0, from.length - 1)];
  assert.ok(picked !== undefined);
  return picked;
}

/** Lets everything happen that does not wait for its time. */
async function turn(): Promise<void> {
  for (let round = 0; round < 100; round++) await new Promise((resolve) => setImmediate(resolve));
}

function open(t: TestContext, store: FlowStore) {
  const pump = new RowPump(store, () => undefined);
  const documents = new PolicyDocuments({ store, pump, typingMs: 20, onChange: () => undefined });
  t.after(() => {
    documents.dispose();
    pump.dispose();
  });
  return { documents, pump };
}

/** Until nothing is under way: what was read may be what others wait for. */
async function settle(t: TestContext): Promise<void> {
  for (let round = 0; round < 3; round++) {
    await turn();
    t.mock.timers.tick(1_000);
  }
  await turn();
}

for (let seed = 1; seed <= 40; seed++) {
  test(`whatever came in between, what is shown is what the end of it says: ${seed}`, async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const random = new SeededRandom(seed);
    const store = new FlowStore({ maxFlows: 10_000, maxBytes: 1 << 24 });
    const { documents, pump } = open(t, store);
    const texts = new Map<string, { readonly version: number; readonly text: string }>();
    let known: AgentFacts = {};
    for (let step = 0; step < 12; step++) {
      const uri = pick(random, ["a", "b", "c"]);
      const what = random.integer(0, 9);
      if (what < 4) {
        const version = (texts.get(uri)?.version ?? 0) + 1;
        const text = pick(random, pieces) + pick(random, pieces);
        texts.set(uri, { version, text });
        documents.set(uri, version, text);
      } else if (what === 4) {
        texts.delete(uri);
        documents.close(uri);
      } else if (what === 5) {
        known = pick(random, facts);
        documents.setFacts(known);
      } else if (what === 6 && random.integer(0, 2) === 0) {
        store.clear();
        documents.begin(true);
      } else {
        for (let count = 0; count < 20; count++) store.append(attempt(random, step * 20 + count));
        pump.wake();
      }
      for (let rounds = random.integer(0, 3); rounds > 0; rounds--) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      t.mock.timers.tick(random.integer(0, 29));
    }
    await settle(t);
    const { documents: anew } = open(t, store);
    anew.setFacts(known);
    for (const [uri, { version, text }] of texts) anew.set(uri, version, text);
    const isReady = () =>
      anew.snapshot().length === texts.size && isDeepStrictEqual(documents.snapshot(), anew.snapshot());
    // A busy machine gets less done between two looks at the clock.
    for (const endsAt = performance.now() + 20_000; !isReady() && performance.now() < endsAt; ) {
      await settle(t);
    }
    assert.equal(anew.snapshot().length, texts.size);
    assert.deepEqual(documents.snapshot(), anew.snapshot());
  });
}

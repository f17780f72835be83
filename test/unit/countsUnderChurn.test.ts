import assert from "node:assert/strict";
import test from "node:test";
import { silentLogger } from "../../src/base/logger.ts";
import { SeededRandom } from "../../src/demo/seededRandom.ts";
import { FlowIntake } from "../../src/engine/flowIntake.ts";
import { HeldFigures } from "../../src/engine/heldFigures.ts";
import { FlowGroups } from "../../src/flows/flowGroups.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import { responseToJson } from "../../src/hubble/jsonpb.ts";
import { readResponse } from "../../src/hubble/readResponse.ts";
import { wireReaders } from "../../src/hubble/wireReaders.ts";
import { createPolicySet } from "../../src/policy/policySet.ts";
import { readPolicies } from "../../src/policy/readPolicies.ts";
import { Tally } from "../../src/policy/tally.ts";
import { realisticFlows } from "../support/realisticFlows.ts";

const { policies } = readPolicies(`apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: { name: frontend, namespace: team-0-frontend }
spec:
  endpointSelector: { matchLabels: { tier: frontend } }
  ingress:
    - fromEndpoints: [{ matchLabels: { tier: backend } }]
      toPorts: [{ ports: [{ port: "8080" }], rules: { http: [{ method: GET, path: "/api/v1/.*" }] } }]
    - fromCIDR: [80.0.0.0/4]
  egress:
    - toFQDNs: [{ matchName: api-2.example.com }]
    - toEndpoints: [{ matchLabels: { "k8s:io.kubernetes.pod.namespace": team-0-frontend } }]
---
apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata: { name: workers }
spec:
  endpointSelector: { matchLabels: { tier: worker } }
  ingress: [{ fromEndpoints: [{ matchLabels: { version: v1.3.3 } }] }, {}]
  ingressDeny: [{ fromEndpoints: [{ matchLabels: { version: v1.4.3 } }] }]
`);

/** A store with those that count its flows as they come and go. Some lag: `readOn` brings them up to date. */
function setUp(bounds: { readonly maxFlows: number; readonly maxBytes: number }) {
  let read = 0;
  const store: FlowStore = new FlowStore({
    ...bounds,
    readers: wireReaders,
    onDrop: (row) => {
      figures.removed(row);
      intake.dropped(row);
      if (row < read) {
        groups.remove(row);
        return;
      }
      tally.add(row);
      read = row + 1;
    },
  });
  const figures = new HeldFigures(store);
  const groups = new FlowGroups(store);
  const set = createPolicySet(policies, {});
  const tally = new Tally(set, set.policies, store);
  const intake = new FlowIntake(store, silentLogger, (row) => {
    figures.added(row);
  });
  const readOn = () => {
    tally.addMany(read, store.end);
    groups.addMany(read, store.end);
    read = store.end;
  };
  return { store, figures, groups, tally, intake, readOn };
}

/** How many flows each namespace and workload has. */
function countsOf(groups: FlowGroups): readonly string[] {
  return groups
    .groups()
    .flatMap(({ namespace, counts, workloads }) => [
      `${namespace} ${JSON.stringify(counts)}`,
      ...workloads.map(({ kind, name, counts }) => `${namespace} ${kind} ${name} ${JSON.stringify(counts)}`),
    ]);
}

for (const seed of [1, 2, 3]) {
  test(`counts do not depend on what is held and how it is numbered: seed ${seed}`, () => {
    const random = new SeededRandom(seed);
    const messages = [
      ...realisticFlows(3000, { seed, endpoints: 300, churn: true }),
      ...realisticFlows(2000, { seed: seed + 10, endpoints: 300 }),
    ];
    const narrow = setUp({ maxFlows: 1000, maxBytes: 3 << 20 });
    const wide = setUp({ maxFlows: messages.length, maxBytes: Infinity });
    const { store, figures, groups } = narrow;
    const checkHeld = () => {
      narrow.readOn();
      const anew = new FlowGroups(store);
      anew.addMany(store.first, store.end);
      assert.deepEqual(countsOf(groups), countsOf(anew));
      assert.equal(figures.flows, store.end - store.first);
    };
    for (const raw of messages) {
      // Of a capture flows come as lines, and their values by value.
      const line = random.percent(15) ? Buffer.from(responseToJson(raw)) : undefined;
      for (const { intake } of [narrow, wide]) {
        if (line) intake.take(line, readResponse(line));
        else intake.accept(raw, 0);
      }
      if (random.percent(1)) narrow.readOn();
      if (random.fraction() < 0.002) checkHeld();
      if (random.fraction() < 0.002) {
        store.setBounds({
          maxFlows: random.pick([1, 100, 1000]),
          maxBytes: random.pick([1 << 20, 3 << 20, 6 << 20]),
        });
      }
    }
    checkHeld();
    wide.readOn();
    assert.equal(narrow.intake.seen, messages.length);
    assert.ok(store.generation > 2 && wide.store.generation === 0, `${store.generation} generations`);
    const numbers = ({ tally }: typeof narrow) => [tally.entries(), tally.elsewhere(), tally.basis()];
    assert.deepEqual(numbers(narrow), numbers(wide));
    const attempts = wide.tally
      .entries()
      .map((entry) => (entry.type === "policy" ? (entry.attempts ?? 0) : 0));
    assert.ok(Math.max(...attempts) > 20, `${attempts.join(" ")} attempts`);
  });
}

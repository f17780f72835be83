import assert from "node:assert/strict";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { PolicyDocuments } from "../../src/engine/policyDocuments.ts";
import { RowPump } from "../../src/engine/rowPump.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import { unpackWindow } from "../../src/protocol/rowPack.ts";
import { EngineProbe } from "../support/engineProbe.ts";
import { watchLeaks } from "../support/leakCheck.ts";

const capture = join(import.meta.dirname, "../fixtures/tutorial/flows.jsonl");

/** A policy of so many rules, about 270 characters each. */
function longPolicy(name: string, rules: number): string {
  const rule = (index: number) => `    - fromEndpoints:
        - matchLabels:
            org: org-${index}
            tier: web
      toPorts:
        - ports:
            - port: "${1 + (index % 60_000)}"
              protocol: TCP
          rules:
            http:
              - method: GET
                path: /v1/${index}
`;
  const head = `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: { name: ${name} }
spec:
  endpointSelector: {}
  ingress:
`;
  return head + Array.from({ length: rules }, (_, index) => rule(index)).join("");
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

test("while a document of 5 MB is read, questions are answered, turn after turn", async (t) => {
  const noLeaks = watchLeaks();
  const probe = new EngineProbe();
  t.after(async () => {
    probe.engine.dispose();
    await noLeaks();
  });
  const view = await probe.view(undefined, { documents: true });
  await probe.engine.handle("openCapture", { path: capture });
  await probe.untilRows(view, 64);
  const text = longPolicy("long", 18_500);
  assert.ok(text.length > 4_900_000, String(text.length));
  await probe.engine.handle("setDocument", { uri: "long", version: 1, text });
  let answered = 0;
  const isTold = () => probe.snapshots.at(-1)?.documents?.some(({ uri }) => uri === "long") === true;
  while (!isTold()) {
    const { rows } = unpackWindow(await probe.engine.handle("rows", { view, from: 0, count: 10 }));
    assert.equal(rows.length, 10);
    answered += 1;
    assert.ok(answered < 100_000, "it is never read");
    await nextTurn();
  }
  // It takes any machine far longer than ten slices.
  assert.ok(answered > 10, `answered ${answered} times meanwhile`);
});

/** Documents over an empty store; `counted` tells which count of each is shown, such as `a1`. */
function setUp(t: TestContext) {
  const store = new FlowStore({ maxFlows: 10, maxBytes: 1 << 20 });
  const pump = new RowPump(store, () => undefined);
  const documents = new PolicyDocuments({ store, pump, typingMs: 0, onChange: () => undefined });
  t.after(() => {
    documents.dispose();
    pump.dispose();
  });
  const versions = () =>
    documents
      .snapshot()
      .map(({ uri, version, entries }) => `${uri}${version}:${entries.length}`)
      .join(" ");
  const until = async (expected: string) => {
    for (let turn = 0; versions() !== expected; turn++) {
      assert.ok(turn < 100_000, `${versions()} is not ${expected}`);
      await nextTurn();
    }
  };
  return { documents, versions, until };
}

test("a long document keeps no short one waiting", async (t) => {
  const { documents, until, versions } = setUp(t);
  documents.set("long", 1, longPolicy("long", 5_000));
  await nextTurn();
  documents.set("short", 1, longPolicy("short", 1));
  // Head, direction, rule and HTTP entry.
  await until("short1:4");
  while (!versions().includes("long1")) await nextTurn();
});

test("what was counted is shown until a newer text is read; one that is outdated before is never shown", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { documents, until, versions } = setUp(t);
  documents.set("a", 1, longPolicy("a", 1));
  await until("a1:4");
  const shown = new Set<string>();
  documents.set("a", 2, longPolicy("a", 5_000));
  // The typing pauses, and reading begins.
  t.mock.timers.tick(1);
  await nextTurn();
  await nextTurn();
  shown.add(versions());
  documents.set("a", 3, longPolicy("a", 2));
  t.mock.timers.tick(1);
  while (!versions().startsWith("a3")) {
    shown.add(versions());
    await nextTurn();
  }
  assert.deepEqual([...shown], ["a1:4"]);
  assert.equal(versions(), "a3:6");
});

test("a document that is closed while it is read is never shown", async (t) => {
  const { documents, until } = setUp(t);
  documents.set("a", 1, longPolicy("a", 5_000));
  await nextTurn();
  documents.close("a");
  documents.set("b", 1, longPolicy("b", 1));
  await until("b1:4");
});

test("the numbers of thousands of rules are told now and then, those of others each time; another count at once", async (t) => {
  const { documents, until, versions } = setUp(t);
  documents.set("a", 1, longPolicy("a", 1));
  documents.set("long", 1, longPolicy("long", 1_500));
  await until("a1:4 long1:3002");
  assert.equal(versions(), "a1:4");
  assert.equal(documents.someRest, true);
  documents.begin(true);
  await until("a1:4 long1:3002");
});

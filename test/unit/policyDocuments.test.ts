import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { PolicyDocuments } from "../../src/engine/policyDocuments.ts";
import { RowPump } from "../../src/engine/rowPump.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";

const policy = (name: string, peer = "a") => `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: ${name}
spec:
  endpointSelector: {}
  ingress:
    - fromEndpoints:
        - matchLabels:
            app: ${peer}
`;
const group = `apiVersion: cilium.io/v2alpha1
kind: CiliumCIDRGroup
metadata:
  name: office
spec:
  externalCIDRs: [10.0.0.0/8]
`;
const labelled = group.replace("name: office", "name: office\n  labels: { site: berlin }");

/** Documents, and which of them were counted anew since the last question: `a1` is the first count of document a. */
function setUp(t: TestContext) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const store = new FlowStore({ maxFlows: 10, maxBytes: 1 << 20 });
  const pump = new RowPump(store, () => undefined);
  const documents = new PolicyDocuments({
    store,
    pump,
    typingMs: 20,
    onChange: () => undefined,
  });
  t.after(() => {
    documents.dispose();
    pump.dispose();
  });
  const counted = new Map<string, string>();
  const counts = (uri: string) =>
    documents.holding({ uri, kind: "", policy: "", path: "" })?.shownBasis().split(" ")[0] ?? "";
  const recounted = () => {
    const found: string[] = [];
    for (const { uri } of documents.snapshot()) {
      if (counted.get(uri) === counts(uri)) continue;
      counted.set(uri, counts(uri));
      found.push(`${uri}${counts(uri)}`);
    }
    return found.join(" ");
  };
  /** Lets everything happen that does not wait for its time. */
  const turn = async () => {
    for (let round = 0; round < 5; round++) await new Promise((resolve) => setImmediate(resolve));
  };
  /** Nobody types for a while. */
  const quiet = async () => {
    await turn();
    t.mock.timers.tick(1_000);
    await turn();
  };
  return { documents, recounted, turn, quiet };
}

test("documents opened in one go are counted once each", async (t) => {
  const { documents, recounted, quiet } = setUp(t);
  for (const uri of ["a", "b", "c", "d"]) documents.set(uri, 1, policy(uri));
  await quiet();
  assert.equal(recounted(), "a1 b1 c1 d1");
});

test("what is opened one after the other is counted at once, the others once when it is quiet", async (t) => {
  const { documents, recounted, turn, quiet } = setUp(t);
  documents.set("a", 1, policy("a"));
  documents.set("b", 1, policy("b"));
  await quiet();
  recounted();
  for (const uri of ["c", "d", "e"]) {
    documents.set(uri, 1, policy(uri));
    await turn();
  }
  assert.equal(recounted(), "c1 d1 e1");
  await quiet();
  assert.equal(recounted(), "a2 b2 c2 d2 e2");
});

const changes: readonly (readonly [string, string, string])[] = [
  ["a comment in one: only that one", `# said\n${policy("a")}`, "a2"],
  ["another peer in one: all", policy("a", "z"), "a2 b2 c2"],
  ["a policy fewer: all", "", "a2 b2 c2"],
  ["a group of addresses more: all", `${policy("a")}---\n${group}`, "a2 b2 c2"],
];
for (const [what, text, expected] of changes) {
  test(`what is counted anew after ${what}`, async (t) => {
    const { documents, recounted, quiet } = setUp(t);
    for (const uri of ["a", "b", "c"]) documents.set(uri, 1, policy(uri));
    await quiet();
    recounted();
    documents.set("a", 2, text);
    await quiet();
    assert.equal(recounted(), expected);
  });
}

test("a document without policies concerns no other, opened or closed; one with policies does", async (t) => {
  const { documents, recounted, quiet } = setUp(t);
  documents.set("a", 1, policy("a"));
  documents.set("b", 1, policy("b"));
  await quiet();
  recounted();
  documents.set("empty", 1, "kind: Deployment\n");
  await quiet();
  assert.equal(recounted(), "empty1");
  documents.close("empty");
  documents.close("b");
  await quiet();
  assert.equal(recounted(), "a2");
});

test("what is applied being known, documents do not concern each other", async (t) => {
  const { documents, recounted, quiet } = setUp(t);
  documents.setApplied([]);
  documents.set("a", 1, policy("a"));
  documents.set("b", 1, policy("b"));
  await quiet();
  recounted();
  documents.set("b", 2, policy("b", "z"));
  await quiet();
  assert.equal(recounted(), "b2");
});

test("other labels of a group of addresses concern all: they may be selected by them", async (t) => {
  const { documents, recounted, quiet } = setUp(t);
  documents.set("a", 1, group);
  documents.set("b", 1, policy("b"));
  await quiet();
  recounted();
  documents.set("a", 2, labelled);
  await quiet();
  assert.equal(recounted(), "a2 b2");
});

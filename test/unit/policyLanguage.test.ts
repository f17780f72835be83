import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { Engine } from "../../src/engine/engine.ts";
import { silentLogger } from "../../src/base/logger.ts";
import type { DocumentProblems } from "../../src/protocol/policyLanguage.ts";
import { shortTimings } from "../support/engineProbe.ts";

const uri = "file:///a.yaml";
const capture = fileURLToPath(new URL("../fixtures/tutorial/flows.jsonl", import.meta.url));
const policy = (rule: string) => `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: { name: a }
spec: { endpointSelector: {}, ingress: [${rule}] }
`;
const wrong = policy("{ fromEntities: [wrold] }");
const right = policy("{ fromEntities: [world] }");

function setUp(t: TestContext) {
  const engine = new Engine({ logger: silentLogger, timings: shortTimings });
  t.after(() => {
    engine.dispose();
  });
  const set = (version: number, text: string) => engine.handle("setDocument", { uri, version, text });
  const problems = (after: number) => engine.handle("policyProblems", { uri, after });
  const codes = (told: DocumentProblems | null) =>
    told && [told.version, ...told.problems.map(({ code, fix }) => `${code} ${fix ?? ""}`)];
  return { engine, set, problems, codes };
}

test("a document's problems are told without a session, and again after each change", async (t) => {
  const { engine, set, problems, codes } = setUp(t);
  assert.equal(await problems(0), null);
  await set(1, wrong);
  const first = await problems(0);
  assert.deepEqual(codes(first), [1, "unknown-entity world"]);
  const next = problems(first?.reading ?? 0);
  await set(2, right);
  const second = await next;
  assert.deepEqual(codes(second), [2]);
  const last = problems(second?.reading ?? 0);
  await engine.handle("closeDocument", { uri });
  assert.equal(await last, null);
  assert.equal(await problems(0), null);
});

test("a text that comes to the same is a new version all the same", async (t) => {
  const { set, problems, codes } = setUp(t);
  await set(1, wrong);
  const first = await problems(0);
  const next = problems(first?.reading ?? 0);
  await set(2, wrong);
  assert.deepEqual(codes(await next), [2, "unknown-entity world"]);
});

test("what policies are judged by changes what is said of them", async (t) => {
  const { engine, set, problems, codes } = setUp(t);
  await set(1, policy("{ fromRequires: [{ matchLabels: { a: b } }] }"));
  const first = await problems(0);
  assert.deepEqual(codes(first), [1, "version-dependent "]);
  const severity = (told: DocumentProblems | null) => told?.problems.map((problem) => problem.severity);
  assert.deepEqual(severity(first), ["warning"]);
  const next = problems(first?.reading ?? 0);
  await engine.handle("configure", {
    ...{ maxFlows: 1000, maxBytes: 1 << 20, historyPerNode: 0, clusterName: "" },
    facts: { agentVersion: { major: 1, minor: 19 } },
  });
  assert.deepEqual(severity(await next), ["error"]);
});

test("of very many problems the errors are told", async (t) => {
  const { set, problems } = setUp(t);
  await set(1, policy(`${"{ nonsense: [] }, ".repeat(1500)}{ fromEntities: [mars] }`));
  const told = await problems(0);
  assert.deepEqual([told?.problems.length, told?.problems[0]?.code], [1000, "unknown-entity"]);
  assert.ok((told?.unlisted ?? 0) >= 501);
});

test("an outline is of the version asked for, or a newer one", async (t) => {
  const { engine, set } = setUp(t);
  const outline = (version: number) => engine.handle("policyOutline", { uri, version });
  assert.equal(await outline(1), null);
  await set(1, right);
  assert.deepEqual(
    (await outline(1))?.symbols.map(({ name }) => name),
    ["default/a"],
  );
  const next = outline(2);
  await set(2, right.replace("name: a", "name: b"));
  const told = await next;
  assert.deepEqual([told?.version, told?.symbols.map(({ name }) => name)], [2, ["default/b"]]);
});

test("foldings need no open document", async (t) => {
  const { engine } = setUp(t);
  const { foldings } = await engine.handle("policyFoldings", { text: "a:\n  b: c\n" });
  assert.deepEqual(foldings, [{ first: 0, last: 1 }]);
});

test("what may be written is offered with the values that flows have", async (t) => {
  const { engine } = setUp(t);
  const offered = async (marked: string) => {
    const offset = marked.indexOf("▏");
    const text = marked.replace("▏", "");
    const { completions } = await engine.handle("policyCompletions", { text, offset });
    return completions?.items.map(({ label, count }) => `${label} ${count ?? ""}`.trim());
  };
  const selector = "kind: CiliumNetworkPolicy\nspec:\n  endpointSelector:\n    matchLabels:\n      ";
  assert.deepEqual(await offered(`${selector}▏`), undefined);
  await engine.handle("openCapture", { path: capture });
  assert.deepEqual(await offered(`${selector}org: ▏`), ["empire 6", "alliance 2"]);
  assert.deepEqual(await offered("kind: CiliumNetworkPolicy\nmetadata:\n  namespace: ▏"), [
    "kube-system 60",
    "default 8",
  ]);
});

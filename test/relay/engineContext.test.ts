import test, { type TestContext } from "node:test";
import { startDemoRelay } from "../../src/demo/demoRelay.ts";
import type { DocumentTally, EngineSettings } from "../../src/protocol/engine.ts";
import { EngineProbe } from "../support/engineProbe.ts";
import { watchLeaks } from "../support/leakCheck.ts";

const settings: EngineSettings = { maxFlows: 1_000, maxBytes: 1 << 26, historyPerNode: 10, clusterName: "" };

const policy = (rule: string) => `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: { name: p }
spec:
  endpointSelector: {}
  ingress:
  - ${rule}
`;
/** From 1.19 on agents refuse it. */
const requires = policy("{ fromRequires: [{ matchLabels: { org: empire } }] }");
/** Agents take it where they are set to. */
const nodes = policy("{ fromNodes: [{ matchLabels: { role: gateway } }] }");

/** An engine that looks at one document, and a demo relay (whose agents are of version 1.19) for it to connect to. */
async function setUp(t: TestContext, text: string) {
  const noLeaks = watchLeaks();
  const relay = await startDemoRelay({ port: 0, seed: 3, flowsPerSecond: 100, policies: [] });
  const probe = new EngineProbe();
  t.after(async () => {
    probe.engine.dispose();
    await relay.stop();
    await noLeaks();
  });
  const { engine } = probe;
  await engine.handle("setInterest", { groups: false, documents: true, views: false });
  await engine.handle("setDocument", { uri: "p", version: 1, text });
  const configure = (given: Partial<EngineSettings>) => engine.handle("configure", { ...settings, ...given });
  const connect = () => engine.handle("connect", { target: { kind: "demo", address: relay.address } });
  const until = (what: string, holds: (tally: DocumentTally) => boolean) =>
    probe.until(what, ({ documents }) => documents?.[0] !== undefined && holds(documents[0]));
  return { probe, engine, configure, connect, until };
}

const isRefused = ({ applied }: DocumentTally) => applied[0]?.refused !== undefined;
const isTaken = ({ applied }: DocumentTally) => applied.length === 1 && applied[0]?.refused === undefined;

test("policies are judged by the version that the nodes tell, until flows come from elsewhere", async (t) => {
  const { engine, connect, until } = await setUp(t, requires);
  await until("judged by no version", isTaken);
  await connect();
  await until("judged by the demo's version", isRefused);
  await engine.handle("disconnect", null);
  await until("the version holds", isRefused);
  await engine.handle("connect", { target: { kind: "address", address: "127.0.0.1:1" } });
  await until("another cluster's version is not known", isTaken);
});

test("what the settings say goes before what the nodes tell, and is told at once", async (t) => {
  const { probe, configure, connect, until } = await setUp(t, requires);
  await configure({ facts: { agentVersion: { major: 1, minor: 18 } } });
  await connect();
  await probe.untilState("streaming");
  await until("judged by the setting", isTaken);
  await configure({});
  await until("judged by the demo's version", isRefused);
  await configure({ facts: { agentVersion: { major: 1, minor: 17 } } });
  await until("judged by the setting again", isTaken);
});

test("a setting about agents judges the documents that are open", async (t) => {
  const { configure, until } = await setUp(t, nodes);
  await until("taken", isTaken);
  await configure({ facts: { nodeSelectorLabels: false } });
  await until("refused", isRefused);
  await configure({ facts: { nodeSelectorLabels: true } });
  await until("taken again", isTaken);
});

test("a setting that only decides counts anew: nothing is enforced", async (t) => {
  const { configure, connect, until } = await setUp(t, policy("{}"));
  const enforced = (tally: DocumentTally) =>
    tally.entries.find((entry) => entry.type === "direction")?.enforced;
  await connect();
  await until("enforced", (tally) => enforced(tally) === true);
  await configure({ facts: { enforcementMode: "never" } });
  await until("not enforced", (tally) => enforced(tally) === false);
});

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import type { Target } from "../../src/protocol/session.ts";
import { podName } from "../support/clusterWithRelay.ts";
import { EngineProbe } from "../support/engineProbe.ts";
import { FakeApiServer } from "../support/fakeApiServer.ts";
import { readyRelay } from "../support/kubernetesObjects.ts";
import { watchLeaks } from "../support/leakCheck.ts";
import { RingRelay } from "../support/ringRelay.ts";
import { until } from "../support/until.ts";

interface World {
  readonly probe: EngineProbe;
  readonly relay: RingRelay;
  readonly api: FakeApiServer;
  readonly connect: (changes?: Partial<Extract<Target, { kind: "kubernetes" }>>) => Promise<void>;
}

/** A cluster with a relay behind a port-forward, and an engine. */
async function setUp(t: TestContext): Promise<World> {
  const noLeaks = watchLeaks();
  const folder = await mkdtemp(join(tmpdir(), "hubble-lens-engine-"));
  const api = await FakeApiServer.start(readyRelay(podName));
  const relay = new RingRelay();
  await relay.start();
  const kubeconfig = join(folder, "config");
  await writeFile(kubeconfig, api.kubeconfig());
  const probe = new EngineProbe();
  api.kubelet.serve(podName, 4245, Number(relay.address.split(":")[1]));
  t.after(async () => {
    probe.engine.dispose();
    await until("the connections to the cluster end", () => api.openConnections === 0);
    relay.stop();
    await api.stop();
    await rm(folder, { recursive: true });
    await noLeaks();
  });
  const usual = {
    kind: "kubernetes",
    kubeconfigPaths: [kubeconfig],
    namespace: "kube-system",
    service: "hubble-relay",
  } as const;
  return {
    probe,
    relay,
    api,
    connect: async (changes = {}) => {
      await probe.engine.handle("connect", { target: { ...usual, ...changes } });
    },
  };
}

test("flows come through a port-forward, which is opened again when it is cut", async (t) => {
  const { probe, relay, api, connect } = await setUp(t);
  const sent = [relay.emit("node-1")];
  await connect();
  const view = await probe.view();
  await probe.untilRows(view, 1);
  await probe.untilState("streaming");
  const steps = probe.snapshots.flatMap(({ state }) => (state.name === "connecting" ? [state.step] : []));
  assert.ok(steps.includes("kubeconfig"), steps.join());
  api.kubelet.cutForwards();
  await probe.untilState("waiting");
  sent.push(relay.emit("node-2"));
  await probe.untilRows(view, 2);
  await probe.untilState("streaming");
  assert.deepEqual(await probe.uuids(view), sent);
  await probe.engine.handle("disconnect", null);
  await until("the forwards end", () => api.openConnections === 0);
});

test("the relay behind a forward is restarted: failures name the cluster, not a port of ours", async (t) => {
  const { probe, relay, connect } = await setUp(t);
  relay.emit("node-1");
  await connect();
  const view = await probe.view();
  await probe.untilRows(view, 1);
  relay.stop();
  const { state } = await probe.until(
    "a failure to reach the relay",
    (snapshot) => snapshot.state.name === "waiting" && snapshot.state.attempt > 1,
  );
  assert.ok(state.name === "waiting");
  assert.doesNotMatch(state.failure.message, /127\.0\.0\.1/);
  assert.match(state.failure.message, /hubble-relay/);
  await relay.start();
  relay.emit("node-1");
  await probe.untilRows(view, 2);
});

test("what only a person can mend fails at once, and is tried again when asked", async (t) => {
  const { probe, relay, api, connect } = await setUp(t);
  relay.emit("node-1");
  const view = await probe.view();
  const kindOf = async () => {
    const { state } = await probe.untilState("failed");
    assert.ok(state.name === "failed");
    return state.failure.kind;
  };
  await connect({ context: "nosuch" });
  assert.equal(await kindOf(), "context-missing");
  await connect({ kubeconfigPaths: ["/nosuch/kubeconfig"] });
  await probe.until(
    "no kubeconfig",
    ({ state }) => state.name === "failed" && state.failure.kind === "kubeconfig-missing",
  );
  await connect({ service: "nosuch" });
  await probe.until(
    "no relay",
    ({ state }) => state.name === "failed" && state.failure.kind === "relay-not-found",
  );
  api.denied.add("create pods/portforward");
  api.denied.add("get pods/portforward");
  await connect();
  await probe.until(
    "forbidden",
    ({ state }) => state.name === "failed" && state.failure.kind === "forbidden",
  );
  api.denied.clear();
  await probe.engine.handle("retryNow", null);
  await probe.untilRows(view, 1);
});

test("contexts can be listed", async (t) => {
  const { probe, api } = await setUp(t);
  const folder = await mkdtemp(join(tmpdir(), "hubble-lens-engine-"));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "config"), api.kubeconfig());
  const { contexts, current } = await probe.engine.handle("listContexts", {
    kubeconfigPaths: [join(folder, "config")],
  });
  assert.equal(current, contexts[0]?.name);
  await assert.rejects(
    probe.engine.handle("listContexts", { kubeconfigPaths: ["/nosuch/kubeconfig"] }),
    /nosuch/,
  );
});

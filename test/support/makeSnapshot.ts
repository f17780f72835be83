import type { EngineSnapshot } from "../../src/protocol/engine.ts";
import type { SessionFailure, Target } from "../../src/protocol/session.ts";

/** The demo cluster's relay. */
export const demoTarget: Target = { kind: "demo", address: "127.0.0.1:4245" };

/** A relay behind a kubeconfig context. */
export const kubernetesTarget: Target = {
  kind: "kubernetes",
  kubeconfigPaths: [],
  context: "kind-prod",
  namespace: "kube-system",
  service: "hubble-relay",
};

/** A lost connection. */
export const closedFailure: SessionFailure = {
  kind: "relay-closed",
  message: "The relay closed the connection.",
  cause: "14 UNAVAILABLE",
  atMs: 1_000,
};

/** A snapshot of an engine that has nothing, but for what is given. */
export function makeSnapshot(given: Partial<EngineSnapshot> = {}): EngineSnapshot {
  return {
    sequence: 1,
    state: { name: "idle" },
    source: { kind: "none" },
    flows: makeFigures(),
    relay: null,
    nodes: [],
    lost: [],
    views: [],
    ...given,
  };
}

/** Figures of an empty store, but for what is given. */
export function makeFigures(given: Partial<EngineSnapshot["flows"]> = {}): EngineSnapshot["flows"] {
  return {
    held: 0,
    maxFlows: 100_000,
    seen: 0,
    dropped: 0,
    perSecond: 0,
    denied: 0,
    deniedLive: 0,
    undecodable: 0,
    newestMs: null,
    oldestMs: null,
    ...given,
  };
}

import type { Endpoint, Flow, Timestamp } from "../../src/flows/flow.ts";
import { unknownFlow } from "../../src/flows/unknownFlow.ts";

/** Milliseconds since 1970 of the first flow of a test's small world. */
export const testEpochMs = Date.UTC(2026, 0, 2, 3, 4, 5);

/** The timestamp so many milliseconds after {@link testEpochMs}. */
export function testTime(afterMs: number): Timestamp {
  const ms = testEpochMs + afterMs;
  return { seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1_000_000 };
}

/** An endpoint with everything that is not given empty; `pod` is `namespace/name`. */
export function makeEndpoint(pod: string, more: Partial<Endpoint> = {}): Endpoint {
  const [namespace = "", podName = ""] = pod.split("/");
  return {
    id: 0,
    identity: 0,
    clusterName: "default",
    namespace,
    podName,
    labels: [],
    workloads: [],
    ...more,
  };
}

/** A forwarded TCP trace event with everything that is not given absent. */
export function makeFlow(more: Partial<Flow> = {}): Flow {
  return {
    ...unknownFlow,
    time: testTime(0),
    verdict: "FORWARDED",
    type: "L3_L4",
    eventType: 4,
    trafficDirection: "INGRESS",
    source: makeEndpoint(""),
    destination: makeEndpoint(""),
    traceObservationPoint: "TO_ENDPOINT",
    ...more,
  };
}

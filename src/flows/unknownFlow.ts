import type { Endpoint, Flow } from "./flow.ts";

/** A side of which nothing is known. */
export const unknownEndpoint: Endpoint = {
  id: 0,
  identity: 0,
  clusterName: "",
  namespace: "",
  podName: "",
  labels: [],
  workloads: [],
};

/** A flow of which nothing is known: each field as it is where an event does not carry it. */
export const unknownFlow: Flow = {
  time: { seconds: 0, nanos: 0 },
  verdict: "VERDICT_UNKNOWN",
  type: "UNKNOWN_TYPE",
  eventType: 0,
  eventSubType: 0,
  trafficDirection: "TRAFFIC_DIRECTION_UNKNOWN",
  source: unknownEndpoint,
  destination: unknownEndpoint,
  sourceNames: [],
  destinationNames: [],
  policyMatchType: 0,
  ingressAllowedBy: [],
  ingressDeniedBy: [],
  egressAllowedBy: [],
  egressDeniedBy: [],
  policyLog: [],
  traceObservationPoint: "UNKNOWN_POINT",
  traceReason: "TRACE_REASON_UNKNOWN",
  debugCapturePoint: "DBG_CAPTURE_POINT_UNKNOWN",
  sockXlatePoint: "SOCK_XLATE_POINT_UNKNOWN",
};

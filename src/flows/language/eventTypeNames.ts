import { tracePoints } from "../tracePoints.ts";

/** Names of event types that `--type` takes, by Cilium's number (`pkg/monitor/api`). */
export const eventTypeNumbers: Readonly<Record<string, number>> = {
  drop: 1,
  debug: 2,
  capture: 3,
  trace: 4,
  "policy-verdict": 5,
  "trace-sock": 7,
  l7: 129,
  agent: 130,
};

/** Names of sub-types that `--type agent:…` takes; the index is the number. */
export const agentEventNames: readonly string[] = [
  "unspecified",
  "message",
  "agent-started",
  "endpoint-regenerate-success",
  "endpoint-regenerate-failure",
  "policy-updated",
  "policy-deleted",
  "endpoint-created",
  "endpoint-deleted",
  "ipcache-upserted",
  "ipcache-deleted",
];

/** What is worth offering after `--type`: a relay sends flows of these types only. */
export const eventTypeWords: readonly string[] = [
  "drop",
  "policy-verdict",
  "l7",
  "trace",
  ...tracePoints.map((point) => `trace:${point}`),
  "trace-sock",
  "capture",
];

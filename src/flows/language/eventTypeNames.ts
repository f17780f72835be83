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

/** Names of sub-types that `--type trace:…` takes: where in the datapath a packet was seen; the index is the number. */
export const tracePointNames: readonly string[] = [
  "to-endpoint",
  "to-proxy",
  "to-host",
  "to-stack",
  "to-overlay",
  "from-endpoint",
  "from-proxy",
  "from-host",
  "from-stack",
  "from-overlay",
  "from-network",
  "to-network",
  "from-crypto",
  "to-crypto",
];

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
  ...tracePointNames.map((point) => `trace:${point}`),
  "trace-sock",
  "capture",
];

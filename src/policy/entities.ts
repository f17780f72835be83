/** The entities of the API server's schema. */
export const entities: readonly string[] = [
  "all",
  "world",
  "cluster",
  "host",
  "init",
  "ingress",
  "unmanaged",
  "remote-node",
  "health",
  "none",
  "kube-apiserver",
];

/** What agents know: two more, which no API server lets pass. */
export const agentEntities: readonly string[] = [...entities, "world-ipv4", "world-ipv6"];

import { listOf, type MapShape, mapOf, text } from "./policyShape.ts";

const selector: MapShape = mapOf({
  matchLabels: { kind: "labels" },
  matchExpressions: listOf(mapOf({ key: text, operator: text, values: listOf(text) })),
});

const peers = listOf(
  mapOf({
    podSelector: selector,
    namespaceSelector: selector,
    ipBlock: mapOf({ cidr: text, except: listOf(text) }),
  }),
);

const ports = listOf(
  mapOf({
    port: { kind: "number-or-text" },
    endPort: { kind: "integer", minimum: -2147483648, maximum: 2147483647, code: "invalid-port" },
    protocol: text,
  }),
);

/** The shape of a Kubernetes NetworkPolicy: what its values must be is checked by hand, as Kubernetes does. */
export const networkPolicyShape: MapShape = mapOf({
  apiVersion: text,
  kind: text,
  metadata: { kind: "anything" },
  spec: mapOf({
    podSelector: selector,
    policyTypes: listOf(text),
    ingress: listOf(mapOf({ from: peers, ports })),
    egress: listOf(mapOf({ to: peers, ports })),
  }),
  status: { kind: "anything" },
});

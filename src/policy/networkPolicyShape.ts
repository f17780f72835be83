import { listOf, type MapShape, mapOf, text } from "./policyShape.ts";

const operators = ["In", "NotIn", "Exists", "DoesNotExist"];

const selector: MapShape = mapOf({
  matchLabels: { kind: "labels" },
  matchExpressions: listOf(
    mapOf({ key: text, operator: { kind: "text", words: operators }, values: listOf(text) }),
  ),
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
    protocol: { kind: "text", words: ["TCP", "UDP", "SCTP"] },
  }),
);

/** The shape of a Kubernetes NetworkPolicy: what its values must be is checked by hand, as Kubernetes does. */
export const networkPolicyShape: MapShape = mapOf({
  apiVersion: text,
  kind: text,
  metadata: { kind: "anything" },
  spec: mapOf({
    podSelector: selector,
    policyTypes: listOf({ kind: "text", words: ["Ingress", "Egress"] }),
    ingress: listOf(mapOf({ from: peers, ports })),
    egress: listOf(mapOf({ to: peers, ports })),
  }),
  status: { kind: "anything" },
});

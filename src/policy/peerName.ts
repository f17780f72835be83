import type { Endpoint, Layer4Protocol } from "../flows/flow.ts";
import { labelsOf } from "./labelSet.ts";

/** What a person calls an endpoint: `namespace/pod`, a reserved name, or else its address. */
export function peerNameOf(endpoint: Endpoint, address: string): string {
  if (endpoint.podName !== "") return `${endpoint.namespace}/${endpoint.podName}`;
  const labels = labelsOf(endpoint);
  const reserved = labels.keysOf("reserved");
  if (reserved.includes("kube-apiserver")) return "kube-apiserver";
  if (labels.isExternal && address !== "") return address;
  return reserved[0] ?? (address === "" ? "unknown" : address);
}

/** A port as a lens names it: `8080`, with the protocol where it is not TCP. */
export function portNameOf(
  l4: { readonly protocol: Layer4Protocol; readonly port: number } | undefined,
): string {
  if (!l4) return "no port";
  return l4.protocol === "TCP" ? String(l4.port) : `${l4.protocol} ${l4.port}`;
}

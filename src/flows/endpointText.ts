import type { Endpoint, Flow, ServiceName } from "./flow.ts";
import { identityText } from "./identityText.ts";

export type FlowSide = "source" | "destination";

/**
 * One side of a flow by name, with its port when it has one: `shop/cart-0:8080`, `example.com:443`, `[fd00::1]:53`.
 * The name is the pod's, else the service's, else the DNS names', else the address (with `ipTranslation` off: always
 * the address); a frame without IP has its hardware address.
 */
export function hostText(flow: Flow, side: FlowSide, ipTranslation: boolean): string {
  const host = hostName(flow, side, ipTranslation);
  const port = flow.ip ? portOf(flow, side) : 0;
  if (!port) return host;
  return host.includes(":") ? `[${host}]${portText(port)}` : host + portText(port);
}

/** Ports with the colon before them, made once each: there are no more than 65,536 of the usual ones. */
const portTexts = new Array<string | undefined>(1 << 16);

function portText(port: number): string {
  if (port > 0xffff) return `:${port}`;
  return (portTexts[port] ??= `:${port}`);
}

/** One side as the compact format has it: {@link hostText} and the identity, `shop/cart-0:8080 (ID:31002)`. */
export function endpointText(flow: Flow, side: FlowSide, ipTranslation: boolean): string {
  return `${hostText(flow, side, ipTranslation)} ${identityText(flow[side].identity)}`;
}

/** {@link hostText} without the port. */
export function hostName(flow: Flow, side: FlowSide, ipTranslation: boolean): string {
  const { ip } = flow;
  if (!ip) return flow.ethernet?.[side] ?? "";
  return (ipTranslation && givenName(flow, side)) || ip[side];
}

function givenName(flow: Flow, side: FlowSide): string {
  const name =
    side === "source"
      ? workloadName(flow.source, flow.sourceService)
      : workloadName(flow.destination, flow.destinationService);
  if (name) return name;
  const names = side === "source" ? flow.sourceNames : flow.destinationNames;
  return names.length === 0 ? "" : names.join(",");
}

/** The name of a pod, or of the service that stands in for it, with its namespace; empty: there is neither. */
export function workloadName(
  { namespace, podName }: Pick<Endpoint, "namespace" | "podName">,
  service: ServiceName | undefined,
): string {
  const name = podName || service?.name;
  if (!name) return "";
  const owner = service ? service.namespace : namespace;
  return owner ? `${owner}/${name}` : name;
}

/** The port of one side; 0: it has none. */
export function portOf(flow: Flow, side: FlowSide): number {
  const { l4 } = flow;
  switch (l4?.protocol) {
    case "TCP":
    case "UDP":
    case "SCTP":
      return side === "source" ? l4.sourcePort : l4.destinationPort;
    case "ICMPv4":
    case "ICMPv6":
    case "VRRP":
    case "IGMP":
    case undefined:
      return 0;
  }
}

import { assertNever } from "../base/assertNever.ts";
import type { Endpoint, Layer4Protocol } from "../flows/flow.ts";
import { type Answer, anyOf } from "./answer.ts";
import { type ClusterContext, isSince, type PodPort } from "./clusterContext.ts";
import type { Direction, L7Part, PortItem, PortMatch, PortProtocol } from "./policy.ts";

/** The port side of a connection, and who may know its names. */
export interface PortFacts {
  readonly direction: Direction;
  readonly subject: Endpoint;
  readonly l4: { readonly protocol: Layer4Protocol; readonly port: number } | undefined;
}

/** Does one of the ports of an item fit the connection? */
export function matchItem(item: PortItem, facts: PortFacts, context: ClusterContext): Answer {
  return anyOf(item.ports, (port) => matchPort(port, facts, context));
}

/** What a proxy checks of requests at an item: agents from 1.20 on have no parser for Kafka, nor any of one's own. */
export function l7PartOf({ l7 }: PortItem, { agentVersion }: ClusterContext): L7Part | undefined {
  const isOld = l7?.protocol === "kafka" || l7?.protocol === "l7proto";
  return isOld && isSince(agentVersion, 1, 20) === true ? undefined : l7;
}

function matchPort(port: PortMatch, facts: PortFacts, context: ClusterContext): Answer {
  const { l4 } = facts;
  if (port.type === "unknown") return { field: port.field, needs: port.needs };
  if (!l4) return { field: "l4", needs: "the flow's protocol and port" };
  switch (port.type) {
    case "range":
      return fitsProtocol(port.protocol, l4.protocol) && port.first <= l4.port && l4.port <= port.last
        ? "yes"
        : "no";
    case "named":
      if (!fitsProtocol(port.protocol, l4.protocol)) return "no";
      return matchName(port.name, facts, context);
    case "icmp": {
      const protocol = port.family === "IPv4" ? "ICMPv4" : "ICMPv6";
      // Type 0 becomes port 0 in the agent, which stands for every type of the family.
      return l4.protocol === protocol && (port.icmpType === 0 || port.icmpType === l4.port) ? "yes" : "no";
    }
    default:
      return assertNever(port);
  }
}

/** Is a protocol the one that a port asks for, or one of `ANY`: TCP, UDP and SCTP? */
export function fitsProtocol(wanted: PortProtocol, protocol: Layer4Protocol): boolean {
  if (wanted !== "ANY") return wanted === protocol;
  return protocol === "TCP" || protocol === "UDP" || protocol === "SCTP";
}

/** A name stands for the ports of that name: of the protected pod on ingress, of any pod on egress. */
function matchName(name: string, facts: PortFacts, context: ClusterContext): Answer {
  const missing: Answer = { field: "named-port", needs: `pod specs: what port is named ${name}` };
  const { subject, l4, direction } = facts;
  if (!context.podPorts || !l4) return missing;
  const fits = (port: PodPort): boolean =>
    port.name.toLowerCase() === name && port.protocol === l4.protocol && port.port === l4.port;
  if (direction === "ingress") {
    const ports = context.podPorts.get(`${subject.namespace}/${subject.podName}`);
    return ports ? (ports.some(fits) ? "yes" : "no") : missing;
  }
  for (const ports of context.podPorts.values()) if (ports.some(fits)) return "yes";
  return "no";
}

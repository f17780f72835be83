import type { Layer4, TcpFlag } from "../flows/flow.ts";
import type { Connection } from "../policy/decide.ts";
import { type DemoNode, type DemoService, endpointSeenFrom, type Peer } from "./peer.ts";

/** One connection of the demo: who called whom, after the Service's translation. */
export interface DemoConnection {
  readonly client: Peer;
  readonly server: Peer;
  /** The Service that the client called, if it called one. */
  readonly service?: DemoService;
  readonly protocol: "TCP" | "UDP" | "ICMPv4";
  readonly clientPort: number;
  /** The port of the server; for ICMP not used. */
  readonly serverPort: number;
}

const echoRequest = 8;
const echoReply = 0;

/** The layer 4 of a packet to the server, or of one back to the client. */
export function layer4Of(connection: DemoConnection, reply: boolean, flags?: readonly TcpFlag[]): Layer4 {
  const { protocol, clientPort, serverPort } = connection;
  if (protocol === "ICMPv4") return { protocol, type: reply ? echoReply : echoRequest, code: 0 };
  const ports = reply
    ? { sourcePort: serverPort, destinationPort: clientPort }
    : { sourcePort: clientPort, destinationPort: serverPort };
  return protocol === "UDP" ? { protocol, ...ports } : { protocol, ...ports, ...(flags && { flags }) };
}

/** The connection as one side's policies see it. */
export function policyConnection(
  connection: DemoConnection,
  direction: Connection["direction"],
  node: DemoNode,
): Connection {
  const { client, server, protocol, serverPort } = connection;
  return {
    direction,
    source: endpointSeenFrom(client, node),
    destination: endpointSeenFrom(server, node),
    sourceIp: client.ip,
    destinationIp: server.ip,
    l4: { protocol, port: protocol === "ICMPv4" ? echoRequest : serverPort },
  };
}

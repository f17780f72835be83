import { layer4Protocols, trafficDirections } from "../flows/flow.ts";
import type { FlowStore } from "../flows/flowStore.ts";
import { unknownEndpoint } from "../flows/unknownFlow.ts";
import type { Connection } from "./connection.ts";

const ingress = trafficDirections.indexOf("INGRESS");

/** The connection that the flow at a slot of a store tells of. */
export function connectionAt({ columns, endpoints, strings }: FlowStore, slot: number): Connection {
  const protocol = layer4Protocols[columns.protocol[slot] ?? 0] ?? "";
  const port = columns.destinationPort[slot] ?? 0;
  return {
    direction: columns.trafficDirection[slot] === ingress ? "ingress" : "egress",
    source: endpoints.get(columns.source[slot] ?? 0) ?? unknownEndpoint,
    destination: endpoints.get(columns.destination[slot] ?? 0) ?? unknownEndpoint,
    sourceIp: strings.get(columns.sourceIp[slot] ?? 0) ?? "",
    destinationIp: strings.get(columns.destinationIp[slot] ?? 0) ?? "",
    ...(protocol === "" ? {} : { l4: { protocol, port } }),
  };
}

import { icmpTypes } from "./icmpTypes.ts";
import type { PortItem, PortMatch, PortProtocol } from "./policy.ts";
import { isServiceName, portNumber } from "./portText.ts";
import { readL7Part } from "./readL7Part.ts";
import type { YamlFields, YamlValue } from "./yamlValue.ts";

/** Those from VRRP on have no ports. */
const protocols: readonly PortProtocol[] = [
  "TCP",
  "UDP",
  "SCTP",
  "ANY",
  "VRRP",
  "IGMP",
  "GRE",
  "IPIP",
  "IPV6",
  "ESP",
  "AH",
];

/** Reads `toPorts` and `icmps` of a rule of Cilium's kinds: `any` when neither lists anything. */
export function readCiliumPorts(fields: YamlFields, effect: "allow" | "deny"): "any" | readonly PortItem[] {
  const toPorts = readItems(fields, "toPorts", effect === "allow" ? readPortItem : readDenyItem);
  const icmps = readItems(fields, "icmps", readIcmpItem);
  if (toPorts.length > 0 && icmps.length > 0) {
    return [unknownItem(fields.owner, "toPorts+icmps", "a rule without toPorts and icmps together")];
  }
  const items = [...toPorts, ...icmps];
  return items.length === 0 ? "any" : items;
}

function readItems(
  fields: YamlFields,
  field: string,
  read: (value: YamlValue) => PortItem,
): readonly PortItem[] {
  const value = fields.get(field);
  if (!value) return [];
  return value.asList()?.map(read) ?? [unknownItem(value, field, `a list under ${field}`)];
}

function readPortItem(value: YamlValue): PortItem {
  const place = { path: value.path, range: value.range };
  if (value.isNull) return { ports: [], proxied: false, ...place };
  const fields = value.asMap();
  if (!fields) return unknownItem(value, "toPorts", "a valid item of toPorts");
  const portsValue = fields.get("ports");
  const list = portsValue ? portsValue.asList() : [];
  if (!list) return unknownItem(value, "toPorts", "a list under ports");
  const rules = fields.get("rules");
  const l7 = rules && readL7Part(rules);
  const serverNames = fields.get("serverNames");
  const proxied =
    ["terminatingTLS", "originatingTLS", "listener"].some((name) => fields.get(name)) ||
    // An empty list of names asks for none.
    (serverNames !== undefined && serverNames.asList()?.length !== 0);
  const ports = list.map(readPort);
  return { ports, proxied, ...(l7 ? { l7 } : {}), ...place };
}

/** A deny rule's ports stand alone: whatever else is written there, no agent reads. */
function readDenyItem(value: YamlValue): PortItem {
  const { path, range, ports } = readPortItem(value);
  return { path, range, ports, proxied: false };
}

function readPort(value: YamlValue): PortMatch {
  const fields = value.asMap();
  if (!fields) return unknownPort(value, "port", "a valid port");
  const protocolValue = fields.get("protocol");
  const written = protocolValue ? protocolValue.words?.toUpperCase() : "";
  const protocolText = written === "" ? "ANY" : written;
  const protocol = protocols.find((known) => known === protocolText);
  const portValue = fields.get("port");
  if (!protocol) return unknownPort(value, "protocol", "a known protocol");
  const withoutPort = protocols.indexOf(protocol) >= protocols.indexOf("VRRP");
  if (!portValue && withoutPort) {
    return { type: "range", protocol, first: 0, last: 65535, path: value.path, range: value.range };
  }
  const port = portValue?.words;
  if (port === undefined) return unknownPort(value, "port", "a port");
  return readPortText(value, port, { protocol, endPort: fields.get("endPort") });
}

/** Reads a port as Cilium writes it, number or name in a text; `0` is every port, or those up to `endPort`. */
function readPortText(
  value: YamlValue,
  port: string,
  rest: { readonly protocol: PortProtocol; readonly endPort: YamlValue | undefined },
): PortMatch {
  const { protocol } = rest;
  const place = { path: value.path, range: value.range };
  const end = rest.endPort?.asInteger();
  if (isServiceName(port)) return { type: "named", protocol, name: port.toLowerCase(), ...place };
  const first = portNumber(port);
  if (first === undefined) return unknownPort(value, "port", "a valid port");
  const alone = first === 0 ? 65535 : first;
  return { type: "range", protocol, first, last: end !== undefined && end > first ? end : alone, ...place };
}

function readIcmpItem(value: YamlValue): PortItem {
  const fields = value.asMap();
  if (!fields) return unknownItem(value, "icmps", "a valid item of icmps");
  const ports = (fields.get("fields")?.asList() ?? []).map(readIcmpField);
  return { ports, proxied: false, path: value.path, range: value.range };
}

function readIcmpField(value: YamlValue): PortMatch {
  const fields = value.asMap();
  if (!fields) return unknownPort(value, "icmps", "a valid ICMP type");
  const family = fields.get("family")?.words || "IPv4";
  const written = fields.get("type")?.words;
  if (family !== "IPv4" && family !== "IPv6") {
    return unknownPort(value, "icmps", "a valid ICMP family");
  }
  const icmpType =
    written !== undefined && /^\d{1,3}$/.test(written) ? Number(written) : icmpTypes[family][written ?? ""];
  if (icmpType === undefined || icmpType > 255) {
    return unknownPort(value, "icmps", "a valid ICMP type");
  }
  return { type: "icmp", family, icmpType, path: value.path, range: value.range };
}

/** A port of which nothing can be said but what is missing to say it. */
export function unknownPort(value: YamlValue, field: string, needs: string): PortMatch {
  return { type: "unknown", field, needs, path: value.path, range: value.range };
}

function unknownItem(value: YamlValue, field: string, needs: string): PortItem {
  return { ports: [unknownPort(value, field, needs)], proxied: false, path: value.path, range: value.range };
}

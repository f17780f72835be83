import { warnOfUnknownFields } from "./knownFields.ts";
import type { PortItem, PortMatch, PortProtocol } from "./policy.ts";
import { readL7Part } from "./readL7Part.ts";
import type { YamlFields, YamlValue } from "./yamlValue.ts";

const protocols: readonly PortProtocol[] = ["TCP", "UDP", "SCTP", "VRRP", "IGMP", "ANY"];
const otherL4 = ["ICMP", "ICMPV6"];

/** The ICMP messages that a policy may name instead of numbering them. */
const icmpNames: Readonly<Record<"IPv4" | "IPv6", Readonly<Record<string, number>>>> = {
  IPv4: {
    EchoReply: 0,
    DestinationUnreachable: 3,
    Redirect: 5,
    Echo: 8,
    EchoRequest: 8,
    RouterAdvertisement: 9,
    RouterSelection: 10,
    TimeExceeded: 11,
    ParameterProblem: 12,
    Timestamp: 13,
    TimestampReply: 14,
    Photuris: 40,
    ExtendedEchoRequest: 42,
    ExtendedEchoReply: 43,
  },
  IPv6: {
    DestinationUnreachable: 1,
    PacketTooBig: 2,
    TimeExceeded: 3,
    ParameterProblem: 4,
    EchoRequest: 128,
    EchoReply: 129,
    MulticastListenerQuery: 130,
    MulticastListenerReport: 131,
    MulticastListenerDone: 132,
    RouterSolicitation: 133,
    RouterAdvertisement: 134,
    NeighborSolicitation: 135,
    NeighborAdvertisement: 136,
    RedirectMessage: 137,
    RouterRenumbering: 138,
    ICMPNodeInformationQuery: 139,
    ICMPNodeInformationResponse: 140,
    InverseNeighborDiscoverySolicitation: 141,
    InverseNeighborDiscoveryAdvertisement: 142,
    HomeAgentAddressDiscoveryRequest: 144,
    HomeAgentAddressDiscoveryReply: 145,
    MobilePrefixSolicitation: 146,
    MobilePrefixAdvertisement: 147,
    DuplicateAddressRequestCodeSuffix: 157,
    DuplicateAddressConfirmationCodeSuffix: 158,
    ExtendedEchoRequest: 160,
    ExtendedEchoReply: 161,
  },
};

/** Reads `toPorts` and `icmps` of a rule of Cilium's kinds: `any` when neither lists anything. */
export function readCiliumPorts(fields: YamlFields): "any" | readonly PortItem[] {
  const toPorts = fields.get("toPorts");
  const icmps = fields.get("icmps");
  const items: PortItem[] = [];
  for (const [value, field, read] of [
    [toPorts, "toPorts", readPortItem],
    [icmps, "icmps", readIcmpItem],
  ] as const) {
    if (!value) continue;
    const list = value.asList();
    if (list) items.push(...list.map(read));
    else items.push(unknownItem(value, field, `a list under ${field}`));
  }
  if (toPorts && icmps) {
    icmps.report("error", "icmp-with-ports", "A rule has toPorts or icmps: the agent refuses both together.");
    return [unknownItem(icmps, "toPorts+icmps", "a rule without toPorts and icmps together")];
  }
  return items.length === 0 ? "any" : items;
}

function readPortItem(value: YamlValue): PortItem {
  const place = { path: value.path, range: value.range };
  if (value.isNull) return { ports: [], proxied: false, ...place };
  const fields = value.asMap();
  if (!fields) return unknownItem(value, "toPorts", "a valid item of toPorts");
  warnOfUnknownFields(fields, [
    "ports",
    "rules",
    "terminatingTLS",
    "originatingTLS",
    "serverNames",
    "listener",
  ]);
  const portsValue = fields.get("ports");
  const list = portsValue ? portsValue.asList() : [];
  if (!list) return unknownItem(value, "toPorts", "a list under ports");
  if (list.length > 40) {
    portsValue?.report("error", "too-many-ports", "An item of toPorts has at most 40 ports.");
  }
  const rules = fields.get("rules");
  const l7 = rules && readL7Part(rules);
  const proxied = ["terminatingTLS", "originatingTLS", "serverNames", "listener"].some((name) =>
    fields.get(name),
  );
  const ports = list.map(readPort);
  const other = ports.find((port) => "protocol" in port && port.protocol !== "TCP");
  if (rules && l7 && l7.protocol !== "dns" && other) {
    const message = "L7 rules other than DNS need ports of the protocol TCP: the agent refuses the policy.";
    rules.report("error", "l7-without-tcp", message);
  }
  return { ports, proxied, ...(l7 ? { l7 } : {}), ...place };
}

function readPort(value: YamlValue): PortMatch {
  const fields = value.asMap();
  if (!fields) return unknownPort(value, "port", "a valid port");
  warnOfUnknownFields(fields, ["port", "endPort", "protocol"]);
  const protocolValue = fields.get("protocol");
  const protocolText = protocolValue ? protocolValue.asText()?.toUpperCase() : "ANY";
  const protocol = protocols.find((known) => known === protocolText);
  const portValue = fields.get("port");
  if (!protocol) {
    const known = protocolText !== undefined && otherL4.includes(protocolText);
    if (!known) protocolValue?.report("error", "unknown-protocol", `Write one of ${protocols.join(", ")}.`);
    return unknownPort(value, "protocol", "a known protocol");
  }
  const withoutPort = protocol === "VRRP" || protocol === "IGMP";
  if (!portValue && withoutPort) {
    return { type: "range", protocol, first: 0, last: 65535, path: value.path, range: value.range };
  }
  const port = portValue?.asText();
  if (port === undefined) {
    value.report("error", "port-missing", "Port must be specified.");
    return unknownPort(value, "port", "a port");
  }
  return readPortText(value, port, { protocol, endPort: fields.get("endPort") });
}

/** Reads a port as Cilium writes it, number or name in a text; `0` is every port. */
function readPortText(
  value: YamlValue,
  port: string,
  rest: { readonly protocol: PortProtocol; readonly endPort: YamlValue | undefined },
): PortMatch {
  const { protocol } = rest;
  const place = { path: value.path, range: value.range };
  const end = rest.endPort?.asInteger();
  if (!/^\d+$/.test(port)) {
    if (!isServiceName(port)) {
      value.report("error", "invalid-port", `${port} is neither a port number nor a port name.`);
      return unknownPort(value, "port", "a valid port");
    }
    return { type: "named", protocol, name: port.toLowerCase(), ...place };
  }
  const first = Number(port);
  if (first > 65535) {
    value.report("error", "invalid-port", `${port} is no port: the highest is 65535.`);
    return unknownPort(value, "port", "a valid port");
  }
  if (first === 0) return { type: "range", protocol, first: 0, last: 65535, ...place };
  if (end !== undefined && end > 0 && end < first) {
    rest.endPort?.report("warning", "end-port-ignored", "An endPort below the port is ignored.");
  }
  return { type: "range", protocol, first, last: end !== undefined && end > first ? end : first, ...place };
}

/** An IANA service name (RFC 6335): at most 15 letters, digits and hyphens, at least one letter. */
function isServiceName(text: string): boolean {
  return /^(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$/i.test(text);
}

function readIcmpItem(value: YamlValue): PortItem {
  const fields = value.asMap();
  if (!fields) return unknownItem(value, "icmps", "a valid item of icmps");
  warnOfUnknownFields(fields, ["fields"]);
  const ports = (fields.get("fields")?.asList() ?? []).map(readIcmpField);
  return { ports, proxied: false, path: value.path, range: value.range };
}

function readIcmpField(value: YamlValue): PortMatch {
  const fields = value.asMap();
  if (!fields) return unknownPort(value, "icmps", "a valid ICMP type");
  warnOfUnknownFields(fields, ["family", "type"]);
  const family = fields.get("family")?.asText() ?? "IPv4";
  const written = fields.get("type")?.words;
  if (family !== "IPv4" && family !== "IPv6") {
    fields.get("family")?.report("error", "invalid-icmp", "An ICMP family is IPv4 or IPv6.");
    return unknownPort(value, "icmps", "a valid ICMP family");
  }
  const icmpType =
    written !== undefined && /^\d{1,3}$/.test(written) ? Number(written) : icmpNames[family][written ?? ""];
  if (icmpType === undefined || icmpType > 255) {
    value.report("error", "invalid-icmp", "An ICMP type is a number from 0 to 255, or a name Cilium knows.");
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

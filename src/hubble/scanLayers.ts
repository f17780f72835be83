import type { ByteSpan } from "./byteSpan.ts";
import { ipVersions, l7Types, layer4Protocols, tcpFlags } from "../flows/flow.ts";
import type { FlowRecord } from "../flows/flowRecord.ts";
import * as schemas from "./gen/flow/flow_pb.js";
import { knownMember } from "./scanFields.ts";
import { type WireReader, wireTypes } from "./wireFormat.ts";
import { WireShape } from "./wireShape.ts";

// Tags are as the wire has them: 8 times the field's number and its wire type. What has no case of its own is but checked.

const shapes = {
  ip: new WireShape(schemas.IPSchema),
  layer4: new WireShape(schemas.Layer4Schema),
  tcp: new WireShape(schemas.TCPSchema),
  udp: new WireShape(schemas.UDPSchema),
  tcpFlags: new WireShape(schemas.TCPFlagsSchema),
  igmp: new WireShape(schemas.IGMPSchema),
  vrrp: new WireShape(schemas.VRRPSchema),
  icmp: new WireShape(schemas.ICMPv4Schema),
};

/** The record of a `flow.Layer7` is numbered by its field as it came, so that it is known which of the records it is. */
export const layer7Shape = new WireShape(schemas.Layer7Schema);

/** Where the addresses of a `flow.IP` lie. */
export interface IpAddresses {
  readonly source: ByteSpan;
  readonly destination: ByteSpan;
}

/** Reads the `flow.IP` that is the last field. */
export function scanIp(reader: WireReader, record: FlowRecord, addresses: IpAddresses): void {
  record.hasIp = 1;
  const end = reader.enter();
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    switch (tag) {
      case 0x0a: // source
        addresses.source.takeText(reader);
        break;
      case 0x12: // destination
        addresses.destination.takeText(reader);
        break;
      case 0x18: // ipVersion
        record.ipVersion = knownMember(ipVersions, reader.low);
        break;
      case 0x20: // encrypted
        record.encrypted = reader.bool() ? 1 : 0;
        break;
      default:
        shapes.ip.checkField(reader, tag);
    }
  }
  reader.leave(end);
}

/** Protocols by their field of `flow.Layer4`, as the record numbers them. */
const protocolNumbers = [
  0,
  ...(["TCP", "UDP", "ICMPv4", "ICMPv6", "SCTP", "VRRP", "IGMP"] as const).map((name) =>
    layer4Protocols.indexOf(name),
  ),
];

/** Reads the `flow.Layer4` that is the last field. */
export function scanLayer4(reader: WireReader, record: FlowRecord): void {
  const end = reader.enter();
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    const protocol = (tag & 7) === wireTypes.length ? (protocolNumbers[tag >>> 3] ?? 0) : 0;
    if (protocol === 0) {
      shapes.layer4.checkField(reader, tag);
      continue;
    }
    // Which of two holds, and what of it, is for the full decoder to say.
    if (record.protocol !== 0) reader.refuse();
    record.protocol = protocol;
    const layerEnd = reader.enter();
    scanProtocol(reader, record);
    reader.leave(layerEnd);
  }
  reader.leave(end);
}

function scanProtocol(reader: WireReader, record: FlowRecord): void {
  const protocol = layer4Protocols[record.protocol] || undefined;
  switch (protocol) {
    case "TCP":
    case "UDP":
    case "SCTP":
      scanPorts(reader, record);
      return;
    case "ICMPv4":
    case "ICMPv6":
      scanTypes(reader, record, shapes.icmp);
      return;
    case "VRRP":
      scanTypes(reader, record, shapes.vrrp);
      return;
    case "IGMP":
    case undefined:
      scanTypes(reader, record, shapes.igmp);
  }
}

const tcp = layer4Protocols.indexOf("TCP");

/** The ports of `flow.TCP`, `flow.UDP` and `flow.SCTP` have the same tags. */
function scanPorts(reader: WireReader, record: FlowRecord): void {
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    if (tag === 0x08) record.sourcePort = reader.low >>> 0;
    else if (tag === 0x10) record.destinationPort = reader.low >>> 0;
    else if (record.protocol !== tcp) shapes.udp.checkField(reader, tag);
    else if (tag === 0x1a) scanFlags(reader, record);
    else shapes.tcp.checkField(reader, tag);
  }
}

/** What the record's bits are by field of `flow.TCPFlags`. */
const flagBits = [
  0,
  ...(["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "NS"] as const).map(
    (name) => 1 << tcpFlags.indexOf(name),
  ),
];

function scanFlags(reader: WireReader, record: FlowRecord): void {
  // Two messages would be one.
  if (record.hasTcpFlags !== 0) reader.refuse();
  record.hasTcpFlags = 1;
  const end = reader.enter();
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    const bit = (tag & 7) === wireTypes.varint ? (flagBits[tag >>> 3] ?? 0) : 0;
    if (bit === 0) shapes.tcpFlags.checkField(reader, tag);
    else if (reader.bool()) record.tcpFlags |= bit;
    else record.tcpFlags &= ~bit;
  }
  reader.leave(end);
}

/** A type, and for ICMP a code: where others have ports. */
function scanTypes(reader: WireReader, record: FlowRecord, shape: WireShape): void {
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    if (tag === 0x08) record.destinationPort = reader.low >>> 0;
    else if (tag === 0x10 && shape === shapes.icmp) record.sourcePort = reader.low >>> 0;
    else shape.checkField(reader, tag);
  }
}

/** Reads the `flow.Layer7` that is the last field, and finds out where the field of its record lies. */
export function scanLayer7(reader: WireReader, record: FlowRecord, request: ByteSpan): void {
  record.hasL7 = 1;
  const end = reader.enter();
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    switch (tag) {
      case 0x08: // type
        record.l7Type = knownMember(l7Types, reader.low);
        break;
      case 0x10: // latency_ns
        record.latencyNs = reader.uint64();
        break;
      case 0x322: // dns
      case 0x32a: // http
      case 0x332: // kafka
        // Which of two holds, and what of it, is for the full decoder to say.
        if (request.end !== 0) reader.refuse();
        request.takeField(reader);
        break;
      default:
        layer7Shape.checkField(reader, tag);
    }
  }
  reader.leave(end);
}

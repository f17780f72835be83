import {
  type DnsRecord,
  type HttpRecord,
  type KafkaRecord,
  type Layer4,
  type Layer7,
  l7Types,
  type TcpFlag,
  tcpFlags,
} from "../flows/flow.ts";
import {
  plainDecimal,
  plainInteger,
  plainList,
  plainName,
  plainNumber,
  type PlainObject,
  plainObject,
  plainSwitch,
  plainText,
  plainTexts,
  unusual,
} from "./plainJson.ts";

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

const l7TypeNames = new Set(l7Types);

/** Reads a `flow.Layer4` in its usual JSON form, as {@link readPlainFlow} does; `undefined` for one without a protocol. */
export function readPlainLayer4(from: PlainObject): Layer4 | undefined {
  let l4: Layer4 | undefined;
  for (const protocol in from) {
    if (l4) throw unusual;
    l4 = readProtocol(protocol, plainObject(from[protocol]));
  }
  return l4;
}

function readProtocol(protocol: string, from: PlainObject): Layer4 {
  switch (protocol) {
    case "TCP":
      return readTcp(from);
    case "UDP":
    case "SCTP": {
      let [sourcePort, destinationPort] = [0, 0];
      for (const key in from) {
        if (key === "source_port") sourcePort = plainNumber(from[key]);
        else if (key === "destination_port") destinationPort = plainNumber(from[key]);
        else throw unusual;
      }
      return { protocol, sourcePort, destinationPort };
    }
    case "ICMPv4":
    case "ICMPv6":
      return { protocol, ...readNumbers({ type: 0, code: 0 }, from) };
    case "VRRP":
      return { protocol, ...readNumbers({ type: 0, vrid: 0, priority: 0 }, from) };
    default:
      throw unusual;
  }
}

function readTcp(from: PlainObject): Layer4 {
  let [sourcePort, destinationPort] = [0, 0];
  let flags: readonly TcpFlag[] | undefined;
  for (const key in from) {
    const value = from[key];
    if (key === "source_port") sourcePort = plainNumber(value);
    else if (key === "destination_port") destinationPort = plainNumber(value);
    else if (key === "flags") flags = readFlags(plainObject(value));
    else throw unusual;
  }
  return flags
    ? { protocol: "TCP", sourcePort, destinationPort, flags }
    : { protocol: "TCP", sourcePort, destinationPort };
}

function readNumbers<T extends Record<string, number>>(read: T, from: PlainObject): T {
  for (const key in from) {
    if (!(key in read)) throw unusual;
    Object.assign(read, { [key]: plainNumber(from[key]) });
  }
  return read;
}

const flagBits: ReadonlyMap<string, number> = new Map(tcpFlags.map((flag, bit) => [flag, 1 << bit]));
/** The lists of flags by the bits that are set: there are no more than 512. */
const flagLists: (readonly TcpFlag[] | undefined)[] = [];

function readFlags(from: PlainObject): readonly TcpFlag[] {
  let set = 0;
  for (const flag in from) {
    const bit = flagBits.get(flag);
    if (bit === undefined) throw unusual;
    if (plainSwitch(from[flag])) set |= bit;
  }
  return (flagLists[set] ??= tcpFlags.filter((_, bit) => (set & (1 << bit)) !== 0));
}

/** Reads a `flow.Layer7` in its usual JSON form, as {@link readPlainFlow} does. */
export function readPlainLayer7(from: PlainObject): Layer7 {
  const read: Writable<Layer7> = { type: "UNKNOWN_L7_TYPE", latencyNs: 0 };
  for (const key in from) {
    const value = from[key];
    if (key === "type") read.type = plainName(value, l7TypeNames);
    else if (key === "latency_ns") read.latencyNs = Number(plainDecimal(value));
    else if (read.record) throw unusual;
    else if (key === "http") read.record = readHttp(plainObject(value));
    else if (key === "dns") read.record = readDns(plainObject(value));
    else if (key === "kafka") read.record = readKafka(plainObject(value));
    else throw unusual;
  }
  return read;
}

function readHttp(from: PlainObject): HttpRecord {
  const read: Writable<HttpRecord> = {
    ...{ protocol: "http", code: 0, method: "", url: "", version: "" },
    headers: [],
  };
  for (const key in from) {
    const value = from[key];
    if (key === "code") read.code = plainNumber(value);
    else if (key === "method" || key === "url") read[key] = plainText(value);
    else if (key === "protocol") read.version = plainText(value);
    else if (key === "headers") read.headers = plainList(value).map(readHeader);
    else throw unusual;
  }
  return read;
}

function readHeader(value: unknown): { key: string; value: string } {
  const from = plainObject(value);
  const read = { key: "", value: "" };
  for (const key in from) {
    if (key !== "key" && key !== "value") throw unusual;
    read[key] = plainText(from[key]);
  }
  return read;
}

function readDns(from: PlainObject): DnsRecord {
  const read: Writable<DnsRecord> = {
    ...{ protocol: "dns", query: "", ips: [], ttl: 0, cnames: [] },
    ...{ observationSource: "", rcode: 0, qtypes: [], rrtypes: [] },
  };
  for (const key in from) {
    const value = from[key];
    if (key === "query") read.query = plainText(value);
    else if (key === "observation_source") read.observationSource = plainText(value);
    else if (key === "ttl" || key === "rcode") read[key] = plainNumber(value);
    else if (key === "ips" || key === "cnames" || key === "qtypes" || key === "rrtypes")
      read[key] = plainTexts(value);
    else throw unusual;
  }
  return read;
}

function readKafka(from: PlainObject): KafkaRecord {
  const read: Writable<KafkaRecord> = {
    ...{ protocol: "kafka", errorCode: 0, apiVersion: 0, apiKey: "", correlationId: 0, topic: "" },
  };
  for (const key in from) {
    const value = from[key];
    if (key === "error_code") read.errorCode = plainInteger(value);
    else if (key === "api_version") read.apiVersion = plainInteger(value);
    else if (key === "correlation_id") read.correlationId = plainInteger(value);
    else if (key === "api_key") read.apiKey = plainText(value);
    else if (key === "topic") read.topic = plainText(value);
    else throw unusual;
  }
  return read;
}

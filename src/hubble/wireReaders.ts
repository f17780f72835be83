import type { DnsRecord, Endpoint, HttpRecord, KafkaRecord, PolicyName, Workload } from "../flows/flow.ts";
import type { Attribution, DictionaryReaders } from "../flows/flowDictionaries.ts";
import { WireReader, wireTypes } from "./wireFormat.ts";

/**
 * Makes values of the bytes that a `FlowScanner` numbers: of an endpoint the content of its message, of a request or
 * response its field of `flow.Layer7`, of the policies of a flow their fields of `flow.Flow`. Equal to what `readResponse`
 * makes of them. The scanner has checked the bytes; of others some value is made, without an exception.
 */
export const wireReaders: DictionaryReaders = {
  endpoint: (bytes) => readWith(bytes, readEndpoint),
  l7Record: (bytes) => readWith(bytes, readRecord),
  attribution: (bytes) => readWith(bytes, readAttribution),
};

const reader = new WireReader();
/** The bytes that are being read as one string, a character a byte: the texts are cut out of it. */
let whole = "";

function readWith<T>(bytes: Uint8Array, read: () => T): T {
  reader.open(bytes);
  whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  const value = read();
  whole = "";
  return value;
}

/** The last field, which is a text. */
function text(): string {
  return reader.isAscii() ? whole.slice(reader.start, reader.position) : reader.text();
}

/** Texts that many endpoints have in common, such as their labels: each is held once, until there are too many. */
const sharedTexts = new Map<string, string>();
const mostSharedTexts = 1 << 14;
/** Longer texts are rare, and would hold memory for nobody. */
const longestSharedText = 256;

/** The last field, a text that others may have, too. What it was cut out of is not held for its sake. */
function sharedText(): string {
  if (reader.position - reader.start > longestSharedText) return reader.text();
  const found = text();
  const known = sharedTexts.get(found);
  if (known !== undefined) return known;
  if (sharedTexts.size >= mostSharedTexts) sharedTexts.clear();
  const own = reader.text();
  sharedTexts.set(own, own);
  return own;
}

// Cases are tags as the wire has them: 8 times the field's number and its wire type.

function readEndpoint(): Endpoint {
  let [id, identity] = [0, 0];
  let [clusterName, namespace, podName] = ["", "", ""];
  const labels: string[] = [];
  const workloads: Workload[] = [];
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    switch (tag) {
      case 0x08: // ID
        id = reader.low >>> 0;
        break;
      case 0x10: // identity
        identity = reader.low >>> 0;
        break;
      case 0x1a: // namespace
        namespace = sharedText();
        break;
      case 0x22: // labels
        labels.push(sharedText());
        break;
      case 0x2a: // pod_name
        podName = reader.text();
        break;
      case 0x32: // workloads
        workloads.push(readWorkload());
        break;
      case 0x3a: // cluster_name
        clusterName = sharedText();
        break;
    }
  }
  return { id, identity, clusterName, namespace, podName, labels, workloads };
}

function readWorkload(): Workload {
  let [kind, name] = ["", ""];
  const end = reader.enter();
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    if (tag === 0x0a) name = sharedText();
    else if (tag === 0x12) kind = sharedText();
  }
  reader.leave(end);
  return { kind, name };
}

function readRecord(): HttpRecord | DnsRecord | KafkaRecord {
  const tag = reader.next();
  reader.enter();
  if (tag === 0x322) return readDns();
  if (tag === 0x332) return readKafka();
  return readHttp();
}

function readHttp(): HttpRecord {
  let code = 0;
  let [method, url, version] = ["", "", ""];
  const headers: { readonly key: string; readonly value: string }[] = [];
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    switch (tag) {
      case 0x08: // code
        code = reader.low >>> 0;
        break;
      case 0x12: // method
        method = text();
        break;
      case 0x1a: // url
        url = text();
        break;
      case 0x22: // protocol
        version = text();
        break;
      case 0x2a: // headers
        headers.push(readHeader());
        break;
    }
  }
  return { protocol: "http", code, method, url, version, headers };
}

function readHeader(): { readonly key: string; readonly value: string } {
  let [key, value] = ["", ""];
  const end = reader.enter();
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    if (tag === 0x0a) key = text();
    else if (tag === 0x12) value = text();
  }
  reader.leave(end);
  return { key, value };
}

function readDns(): DnsRecord {
  let [query, observationSource] = ["", ""];
  let [ttl, rcode] = [0, 0];
  const ips: string[] = [];
  const cnames: string[] = [];
  const qtypes: string[] = [];
  const rrtypes: string[] = [];
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    switch (tag) {
      case 0x0a: // query
        query = text();
        break;
      case 0x12: // ips
        ips.push(text());
        break;
      case 0x18: // ttl
        ttl = reader.low >>> 0;
        break;
      case 0x22: // cnames
        cnames.push(text());
        break;
      case 0x2a: // observation_source
        observationSource = text();
        break;
      case 0x30: // rcode
        rcode = reader.low >>> 0;
        break;
      case 0x3a: // qtypes
        qtypes.push(text());
        break;
      case 0x42: // rrtypes
        rrtypes.push(text());
        break;
    }
  }
  return { protocol: "dns", query, ips, ttl, cnames, observationSource, rcode, qtypes, rrtypes };
}

function readKafka(): KafkaRecord {
  let [errorCode, apiVersion, correlationId] = [0, 0, 0];
  let [apiKey, topic] = ["", ""];
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    switch (tag) {
      case 0x08: // error_code
        errorCode = reader.low;
        break;
      case 0x10: // api_version
        apiVersion = reader.low;
        break;
      case 0x1a: // api_key
        apiKey = text();
        break;
      case 0x20: // correlation_id
        correlationId = reader.low;
        break;
      case 0x2a: // topic
        topic = text();
        break;
    }
  }
  return { protocol: "kafka", errorCode, apiVersion, apiKey, correlationId, topic };
}

/** The lists may come in any order: those of the ingress side are named first. */
function readAttribution(): Attribution {
  const egressAllowedBy: PolicyName[] = [];
  const ingressAllowedBy: PolicyName[] = [];
  const egressDeniedBy: PolicyName[] = [];
  const ingressDeniedBy: PolicyName[] = [];
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    switch ((tag & 7) === wireTypes.length ? tag >>> 3 : 0) {
      case 21_001:
        egressAllowedBy.push(readPolicy());
        break;
      case 21_002:
        ingressAllowedBy.push(readPolicy());
        break;
      case 21_004:
        egressDeniedBy.push(readPolicy());
        break;
      case 21_005:
        ingressDeniedBy.push(readPolicy());
        break;
    }
  }
  return {
    allowedBy: [...ingressAllowedBy, ...egressAllowedBy],
    deniedBy: [...ingressDeniedBy, ...egressDeniedBy],
  };
}

function readPolicy(): PolicyName {
  let [kind, namespace, name, revision] = ["", "", "", "0"];
  const labels: string[] = [];
  const end = reader.enter();
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    switch (tag) {
      case 0x0a: // name
        name = text();
        break;
      case 0x12: // namespace
        namespace = text();
        break;
      case 0x1a: // labels
        labels.push(text());
        break;
      case 0x20: // revision
        revision = decimal(reader.uint64());
        break;
      case 0x2a: // kind
        kind = text();
        break;
    }
  }
  reader.leave(end);
  return { kind, namespace, name, labels, revision };
}

/** The number that was read last, to the last digit. */
function decimal(nearest: number): string {
  if (nearest <= Number.MAX_SAFE_INTEGER) return String(nearest);
  return String((BigInt(reader.high >>> 0) << 32n) | BigInt(reader.low >>> 0));
}

import type { Dictionary } from "../flows/dictionary.ts";
import type { FlowDictionaries } from "../flows/flowDictionaries.ts";
import type { FlowRecord } from "../flows/flowRecord.ts";
import { ByteSpan } from "./byteSpan.ts";
import { dropReasonBytes } from "./dropReasonBytes.ts";
import { EndpointSchema, FlowSchema } from "./gen/flow/flow_pb.js";
import { JoinedText } from "./joinedText.ts";
import { layer7Shape } from "./scanLayers.ts";
import type { WireReader } from "./wireFormat.ts";
import { WireShape } from "./wireShape.ts";

/** How a `flow.Flow` is laid out. */
export const flowShape = new WireShape(FlowSchema);
const endpointShape = new WireShape(EndpointSchema);

/** What a stretch of bytes must be to be numbered. */
interface PartKind {
  readonly shape: WireShape;
  readonly dictionary: Pick<Dictionary<unknown>, "find">;
}

/** Keys that begin with it are values that came as JSON. */
const brace = 0x7b;

/**
 * The parts of a message that become numbers of the dictionaries: where they lie, as far as the record does not say it.
 * In two steps, as nothing gets a number before all of the message is known to be well-formed: what is refused leaves
 * nothing behind.
 */
export class FlowParts {
  readonly sourceNames = new JoinedText(0x2c);
  readonly destinationNames = new JoinedText(0x2c);
  readonly sourceService = new JoinedText(0x2f);
  readonly destinationService = new JoinedText(0x2f);
  readonly addresses = { source: new ByteSpan(), destination: new ByteSpan() };
  /** The record of a request or response: its field of `flow.Layer7`. */
  readonly request = new ByteSpan();
  /** Cilium's number; 0 is none. */
  dropReason = 0;
  readonly #dictionaries: FlowDictionaries;
  readonly #endpoints: PartKind;
  readonly #l7Records: PartKind;
  readonly #attributions: PartKind;

  constructor(dictionaries: FlowDictionaries) {
    this.#dictionaries = dictionaries;
    this.#endpoints = { shape: endpointShape, dictionary: dictionaries.endpoints };
    this.#l7Records = { shape: layer7Shape, dictionary: dictionaries.l7Records };
    this.#attributions = { shape: flowShape, dictionary: dictionaries.attributions };
  }

  clear(): void {
    this.sourceNames.clear();
    this.destinationNames.clear();
    this.sourceService.clear();
    this.destinationService.clear();
    this.addresses.source.clear();
    this.addresses.destination.clear();
    this.request.clear();
    this.dropReason = 0;
  }

  /** Finds the numbers of the sub-messages that are known, and checks those that are new: the reader is bad if one is. */
  find(reader: WireReader, record: FlowRecord): void {
    record.source = find(reader, this.#endpoints, record.sourceStart, record.sourceEnd);
    record.destination = find(reader, this.#endpoints, record.destinationStart, record.destinationEnd);
    record.l7Record = find(reader, this.#l7Records, this.request.start, this.request.end);
    const { attributionStart, attributionEnd } = record;
    record.attribution = find(reader, this.#attributions, attributionStart, attributionEnd);
  }

  /** Numbers all parts of a message that is well-formed. */
  number(bytes: Uint8Array, record: FlowRecord): void {
    const { strings, endpoints, l7Records, attributions } = this.#dictionaries;
    // A side that is not told is the endpoint without any fact, which nothing was written of.
    record.source ||= endpoints.intern(bytes, record.sourceStart, record.sourceEnd);
    record.destination ||= endpoints.intern(bytes, record.destinationStart, record.destinationEnd);
    const { start, end } = this.request;
    record.l7RecordStart = start;
    record.l7RecordEnd = end;
    if (end > 0) record.l7Record ||= l7Records.intern(bytes, start, end);
    const { attributionStart, attributionEnd } = record;
    if (attributionEnd > 0)
      record.attribution ||= attributions.intern(bytes, attributionStart, attributionEnd);
    const { source, destination } = this.addresses;
    record.sourceIp = source.intern(strings, bytes);
    record.sourceIpStart = source.start;
    record.sourceIpEnd = source.end;
    record.destinationIp = destination.intern(strings, bytes);
    record.destinationIpStart = destination.start;
    record.destinationIpEnd = destination.end;
    record.sourceNames = this.sourceNames.intern(strings, bytes);
    record.destinationNames = this.destinationNames.intern(strings, bytes);
    record.sourceService = this.sourceService.intern(strings, bytes);
    record.destinationService = this.destinationService.intern(strings, bytes);
    nameNode(strings, bytes, record);
    if (this.dropReason === 0) return;
    const name = dropReasonBytes(this.dropReason);
    record.dropReason = strings.intern(name, 0, name.length);
  }
}

/** 0: it is absent, or new, and then the reader is bad if it is not what it must be. */
function find(reader: WireReader, { shape, dictionary }: PartKind, start: number, end: number): number {
  if (end === 0) return 0;
  const { bytes } = reader;
  if (start < end && bytes[start] === brace) return reader.refuse();
  const known = dictionary.find(bytes, start, end);
  if (known !== 0) return known;
  reader.position = start;
  reader.end = end;
  shape.check(reader);
  return 0;
}

/** The name that the flow says, else that which is said beside it. */
function nameNode(strings: FlowDictionaries["strings"], bytes: Uint8Array, record: FlowRecord): void {
  const { nodeNameStart, nodeNameEnd, senderNameStart, senderNameEnd } = record;
  if (nodeNameEnd > nodeNameStart) {
    record.nodeName = strings.intern(bytes, nodeNameStart, nodeNameEnd);
    if (isNodeName(bytes, record)) return;
  } else {
    record.nodeNameEnd = 0;
    if (senderNameEnd > senderNameStart) {
      record.nodeName = strings.intern(bytes, senderNameStart, senderNameEnd);
      return;
    }
  }
  record.senderNameEnd = 0;
}

/** Is the name beside the flow the one that the flow says? */
function isNodeName(bytes: Uint8Array, record: FlowRecord): boolean {
  const { nodeNameStart, nodeNameEnd, senderNameStart, senderNameEnd } = record;
  if (nodeNameEnd - nodeNameStart !== senderNameEnd - senderNameStart) return false;
  const away = nodeNameStart - senderNameStart;
  for (let at = senderNameStart; at < senderNameEnd; at++) if (bytes[at] !== bytes[at + away]) return false;
  return true;
}

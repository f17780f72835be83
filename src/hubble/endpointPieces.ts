import { workloadName } from "../flows/endpointText.ts";
import type { ServiceName } from "../flows/flow.ts";
import type { FlowDictionaries } from "../flows/flowDictionaries.ts";
import { identityText } from "../flows/identityText.ts";
import { withoutEscapes } from "../flows/paint.ts";
import { unknownEndpoint } from "../flows/unknownFlow.ts";
import { EndpointSchema } from "./gen/flow/flow_pb.js";

/** What an endpoint is printed of. */
interface Printed {
  readonly namespace: string;
  readonly podName: string;
  readonly identity: number;
}

const firstNumbers = 1 << 10;
const firstBytes = 1 << 16;
/** Numbers for each endpoint: where its text begins, the lengths of its parts, a service, and whether it has a colon. */
const stride = 5;

/**
 * What is printed of endpoints, as bytes, by their numbers: the pod's name with its namespace, and right behind it the
 * identity. All lie in one array, with what says where in another: a line of print touches as little memory as may be.
 */
export class EndpointPieces {
  readonly #endpoints: FlowDictionaries["endpoints"];
  #places = new Int32Array(stride * firstNumbers);
  #bytes = Buffer.allocUnsafeSlow(firstBytes);
  #length = 0;

  constructor({ endpoints }: FlowDictionaries) {
    this.#endpoints = endpoints;
  }

  /** The bytes of all endpoints; asked after the places, which may make another array of it. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Where the text of an endpoint begins: its name, which may be empty, and then its identity. */
  start(number: number): number {
    if (stride * number >= this.#places.length) this.#grow(number);
    // A text has an identity at least.
    if (this.#places[stride * number + 2] === 0) this.#add(number);
    return this.#places[stride * number] ?? 0;
  }

  nameLength(number: number): number {
    return this.#places[stride * number + 1] ?? 0;
  }

  /** Would the name have to stand in brackets before a port? */
  hasColon(number: number): boolean {
    return this.#places[stride * number + 4] === 1;
  }

  identityLength(number: number): number {
    return this.#places[stride * number + 2] ?? 0;
  }

  /** Is the endpoint's name the same when this service, by number, is told? Of the one service that it is told of mostly. */
  isNamedWith(number: number, service: number): boolean {
    return this.#places[stride * number + 3] === service;
  }

  /** The name where a service is told; notes when that is no other than without. */
  nameWith(number: number, service: number, told: ServiceName | undefined): string {
    const endpoint = this.#read(number);
    const name = workloadName(endpoint, told);
    if (name === workloadName(endpoint, undefined)) this.#places[stride * number + 3] = service;
    return name;
  }

  #grow(number: number): void {
    const places = new Int32Array(2 * stride * (number + 1));
    places.set(this.#places);
    this.#places = places;
  }

  #add(number: number): void {
    const endpoint = this.#read(number);
    const name = Buffer.from(withoutEscapes(workloadName(endpoint, undefined)));
    const identity = Buffer.from(identityText(endpoint.identity));
    const length = name.length + identity.length;
    if (this.#length + length > this.#bytes.length) {
      const bytes = Buffer.allocUnsafeSlow(2 * (this.#length + length));
      bytes.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = bytes;
    }
    this.#bytes.set(name, this.#length);
    this.#bytes.set(identity, this.#length + name.length);
    this.#places[stride * number] = this.#length;
    this.#places[stride * number + 1] = name.length;
    this.#places[stride * number + 2] = identity.length;
    this.#places[stride * number + 4] = name.includes(":") ? 1 : 0;
    this.#length += length;
  }

  #read(number: number): Printed {
    const bytes = this.#endpoints.bytesAt(number);
    const read = bytes && readPrinted(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    return read ?? this.#endpoints.get(number) ?? unknownEndpoint;
  }
}

/** Numbers of the fields of `flow.Endpoint`. */
const identityField = EndpointSchema.field.identity.number;
const namespaceField = EndpointSchema.field.namespace.number;
const podNameField = EndpointSchema.field.podName.number;

/**
 * Reads no more of an endpoint than is printed: its labels are the most of it. The scanner has checked the bytes;
 * `undefined` where one is not in the usual form.
 */
function readPrinted(bytes: Buffer): Printed | undefined {
  const read = { namespace: "", podName: "", identity: 0 };
  let at = 0;
  while (at < bytes.length) {
    const tag = bytes[at++] ?? 0;
    const wireType = tag & 7;
    // A field with a large number, or one of another type.
    if (tag >= 0x80 || (wireType !== 0 && wireType !== 2)) return undefined;
    let number = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++] ?? 0;
      number += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    const field = tag >>> 3;
    if (wireType === 0) {
      if (field !== identityField) continue;
      if (number > 0xffff_ffff) return undefined;
      read.identity = number;
      continue;
    }
    const end = at + number;
    if (field === namespaceField) read.namespace = bytes.toString("utf8", at, end);
    else if (field === podNameField) read.podName = bytes.toString("utf8", at, end);
    at = end;
  }
  return read;
}

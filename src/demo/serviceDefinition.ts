import { type DescMessage, type DescService, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import type { MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";

/** What handlers of such services get. */
export type AnyRequest = Message;

/** What they answer: a message, or the bytes of one. */
export type AnyResponse = Message | Uint8Array;

/** A service for grpc-js to serve. `typeName` serves it under another name, for versions that differ in nothing else. */
export function serviceDefinition(service: DescService, typeName = service.typeName): ServiceDefinition {
  const methods = service.methods.map((method): [string, MethodDefinition<AnyRequest, AnyResponse>] => [
    method.localName,
    {
      path: `/${typeName}/${method.name}`,
      requestStream: method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming",
      responseStream: method.methodKind === "server_streaming" || method.methodKind === "bidi_streaming",
      requestSerialize: serializer(method.input),
      requestDeserialize: (bytes) => fromBinary(method.input, bytes),
      responseSerialize: serializer(method.output),
      responseDeserialize: (bytes) => fromBinary(method.output, bytes),
    },
  ]);
  return Object.fromEntries(methods);
}

function serializer(schema: DescMessage): (value: AnyResponse) => Buffer {
  return (value) => {
    const bytes = value instanceof Uint8Array ? value : toBinary(schema, value);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
}

import { type DescFile, type DescMessage, type DescService, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

/** Finds the `.proto` files behind services by their names and by what they declare. */
export class DescriptorIndex {
  readonly serviceNames: readonly string[];
  readonly #files = new Map<string, DescFile>();
  readonly #symbols = new Map<string, DescFile>();

  constructor(services: readonly DescService[]) {
    this.serviceNames = services.map((service) => service.typeName);
    for (const { file } of services) this.#addFile(file);
  }

  /** The descriptor of a file with those of all that it imports, as `google.protobuf.FileDescriptorProto` messages. */
  filesFor(name: string): Uint8Array[] | undefined {
    return serialize(this.#files.get(name));
  }

  /** The same for the file that declares a message, an enumeration, a service or a method. */
  filesForSymbol(symbol: string): Uint8Array[] | undefined {
    return serialize(this.#symbols.get(symbol));
  }

  #addFile(file: DescFile): void {
    const { name } = file.proto;
    if (this.#files.has(name)) return;
    this.#files.set(name, file);
    for (const message of file.messages) this.#addMessage(message);
    for (const { typeName } of file.enums) this.#symbols.set(typeName, file);
    for (const service of file.services) {
      this.#symbols.set(service.typeName, file);
      for (const method of service.methods) this.#symbols.set(`${service.typeName}.${method.name}`, file);
    }
    for (const dependency of file.dependencies) this.#addFile(dependency);
  }

  #addMessage(message: DescMessage): void {
    this.#symbols.set(message.typeName, message.file);
    for (const { typeName } of message.nestedEnums) this.#symbols.set(typeName, message.file);
    for (const nested of message.nestedMessages) this.#addMessage(nested);
  }
}

function serialize(file: DescFile | undefined): Uint8Array[] | undefined {
  if (!file) return undefined;
  const all = new Set<DescFile>();
  const add = (one: DescFile) => {
    if (all.has(one)) return;
    all.add(one);
    for (const dependency of one.dependencies) add(dependency);
  };
  add(file);
  return [...all].map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
}

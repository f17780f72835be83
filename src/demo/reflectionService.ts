import { create, type DescService, type MessageInitShape } from "@bufbuild/protobuf";
import { type ServerDuplexStream, status, type UntypedServiceImplementation } from "@grpc/grpc-js";
import {
  type ServerReflectionRequest,
  type ServerReflectionResponse,
  ServerReflectionResponseSchema,
} from "../hubble/gen/grpc/reflection/v1/reflection_pb.js";
import { DescriptorIndex } from "./descriptorIndex.ts";

type Question = ServerReflectionRequest["messageRequest"];
type Answer = NonNullable<MessageInitShape<typeof ServerReflectionResponseSchema>["messageResponse"]>;

/** Answers what a server offers, by the descriptors of its services: gRPC reflection, whose versions differ in name only. */
export function reflectionService(services: readonly DescService[]): UntypedServiceImplementation {
  const index = new DescriptorIndex(services);
  return {
    serverReflectionInfo: (call: ServerDuplexStream<ServerReflectionRequest, ServerReflectionResponse>) => {
      call.on("data", (request: ServerReflectionRequest) => {
        const messageResponse = answer(index, request.messageRequest);
        const { host: validHost } = request;
        call.write(
          create(ServerReflectionResponseSchema, { validHost, originalRequest: request, messageResponse }),
        );
      });
      call.on("end", () => {
        call.end();
      });
    },
  };
}

function answer(index: DescriptorIndex, question: Question): Answer {
  switch (question.case) {
    case "listServices": {
      const service = index.serviceNames.map((name) => ({ name }));
      return { case: "listServicesResponse", value: { service } };
    }
    case "fileByFilename":
      return files(index.filesFor(question.value), question.value);
    case "fileContainingSymbol":
      return files(index.filesForSymbol(question.value), question.value);
    case "allExtensionNumbersOfType":
      if (!index.filesForSymbol(question.value)) return notFound(question.value);
      return { case: "allExtensionNumbersResponse", value: { baseTypeName: question.value } };
    case "fileContainingExtension":
      return notFound(`an extension of ${question.value.containingType}`);
    case undefined:
      return failure(status.INVALID_ARGUMENT, "the request asks nothing");
  }
}

function files(fileDescriptorProto: Uint8Array[] | undefined, name: string): Answer {
  return fileDescriptorProto
    ? { case: "fileDescriptorResponse", value: { fileDescriptorProto } }
    : notFound(name);
}

function notFound(name: string): Answer {
  return failure(status.NOT_FOUND, `${name} is not known here`);
}

function failure(errorCode: number, errorMessage: string): Answer {
  return { case: "errorResponse", value: { errorCode, errorMessage } };
}

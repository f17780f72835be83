// Clients that the benchmark compares with: `raw` counts the buffers that grpc-js hands out, `proto-loader` the objects.
import { Client, credentials, loadPackageDefinition, type ClientReadableStream } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { create, toBinary } from "@bufbuild/protobuf";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { projectRoot } from "../../scripts/projectRoot.ts";
import { GetFlowsRequestSchema } from "../../src/hubble/gen/observer/observer_pb.js";
import { serveCalls } from "./benchProcess.ts";
import { type Progress, type StreamCalls, type StreamClient, streamHandlers } from "./streamClient.ts";

const { values } = parseArgs({
  options: { decode: { type: "string", default: "raw" }, window: { type: "string", default: "8" } },
});

/** `--window default`: what grpc-js has when nothing is said; else megabytes. */
const channelOptions =
  values.window === "default"
    ? {}
    : {
        "grpc-node.flow_control_window": Number(values.window) << 20,
        "grpc.max_receive_message_length": 64 << 20,
      };

class GrpcClient implements StreamClient {
  #flows = 0;
  #bytes = 0;

  get progress(): Progress {
    return { flows: this.#flows, atMs: performance.now() };
  }

  async connect(address: string): Promise<void> {
    const stream = values.decode === "raw" ? followRaw(address) : followDecoded(address);
    stream.on("data", (message: Uint8Array | object) => {
      this.#flows += 1;
      if (message instanceof Uint8Array) this.#bytes += message.length;
    });
    await new Promise((resolve, reject) => {
      stream.on("error", reject);
      stream.on("metadata", resolve);
    });
  }
}

function followRaw(address: string): ClientReadableStream<Uint8Array> {
  const client = new Client(address, credentials.createInsecure(), channelOptions);
  return client.makeServerStreamRequest(
    "/observer.Observer/GetFlows",
    (bytes: Uint8Array) => Buffer.from(bytes),
    (bytes: Buffer): Uint8Array => bytes,
    toBinary(GetFlowsRequestSchema, create(GetFlowsRequestSchema, { follow: true })),
  );
}

function followDecoded(address: string): ClientReadableStream<object> {
  const definition = loadSync("observer/observer.proto", {
    includeDirs: [join(projectRoot, "proto")],
    longs: String,
    enums: String,
    defaults: true,
    oneofs: true,
  });
  // What is made of a definition at run time has no types.
  const { observer } = loadPackageDefinition(definition) as unknown as {
    readonly observer: {
      readonly Observer: new (
        ...options: ConstructorParameters<typeof Client>
      ) => { getFlows(request: { readonly follow: boolean }): ClientReadableStream<object> };
    };
  };
  return new observer.Observer(address, credentials.createInsecure(), channelOptions).getFlows({
    follow: true,
  });
}

serveCalls<StreamCalls>(streamHandlers(new GrpcClient()));

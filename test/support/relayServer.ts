import { create, toBinary } from "@bufbuild/protobuf";
import {
  Server,
  ServerCredentials,
  type ServerWritableStream,
  type status,
  type UntypedHandleCall,
} from "@grpc/grpc-js";
import {
  GetNamespacesResponseSchema,
  GetNodesResponseSchema,
  ServerStatusResponseSchema,
} from "../../src/hubble/gen/observer/observer_pb.js";
import { NodeState } from "../../src/hubble/gen/relay/relay_pb.js";

/** A call of GetFlows: what was asked, and where to write messages. */
export type FlowsCall = ServerWritableStream<Uint8Array, Uint8Array>;

/** How a relay of a test answers; what is not said, it answers well. */
export interface RelayScript {
  readonly flows?: (call: FlowsCall) => void;
  /** How ServerStatus is answered, when not well. */
  readonly status?: Uint8Array | status | "never";
}

/** Starts a gRPC server that answers as a relay with fixed figures does; port 0 is any free one. */
export async function startRelay(script: RelayScript, port = 0): Promise<RunningServer> {
  const serverStatus = create(ServerStatusResponseSchema, {
    version: "cilium v1.19.4",
    numFlows: 11_080n,
    maxFlows: 12_285n,
    seenFlows: 99_999n,
    flowsRate: 38,
    uptimeNs: 1_500_000_000n,
    numConnectedNodes: 3,
    unavailableNodes: ["k8s-w2"],
  });
  const nodes = create(GetNodesResponseSchema, {
    nodes: [
      {
        name: "k8s-w1",
        version: "1.19.4",
        address: "192.168.10.101:4244",
        state: NodeState.NODE_UNAVAILABLE,
        numFlows: 1n,
        maxFlows: 2n,
        seenFlows: 3n,
        uptimeNs: 4_000_000n,
      },
    ],
  });
  const namespaces = create(GetNamespacesResponseSchema, {
    namespaces: [{ namespace: "shop", cluster: "default" }],
  });
  return startGrpcServer(
    {
      ServerStatus: (_call, answer) => {
        if (script.status === "never") return;
        if (typeof script.status === "number") answer({ code: script.status, details: "not for you" });
        else answer(null, script.status ?? toBinary(ServerStatusResponseSchema, serverStatus));
      },
      GetNodes: (_call, answer) => {
        answer(null, toBinary(GetNodesResponseSchema, nodes));
      },
      GetNamespaces: (_call, answer) => {
        answer(null, toBinary(GetNamespacesResponseSchema, namespaces));
      },
      GetFlows: script.flows ?? ((call: FlowsCall) => call.end()),
    },
    "observer.Observer",
    port,
  );
}

/** A server that runs on loopback until it is stopped. */
export interface RunningServer {
  readonly port: number;
  readonly address: string;
  readonly stop: () => void;
}

export type Answer = (error: { code: status; details: string } | null, value?: Uint8Array) => void;
export type Handlers = Record<
  string,
  ((call: FlowsCall, answer: Answer) => void) | ((call: FlowsCall) => void)
>;

/** Starts a gRPC server with one service, whose messages are raw bytes. */
export async function startGrpcServer(handlers: Handlers, service: string, port = 0): Promise<RunningServer> {
  const server = new Server();
  const bytes = {
    serialize: (value: Uint8Array) => Buffer.from(value),
    deserialize: (value: Buffer) => value,
  };
  const methods = Object.keys(handlers).map((name) => {
    const shape = { path: `/${service}/${name}`, requestStream: false, responseStream: name === "GetFlows" };
    const { serialize, deserialize } = bytes;
    const codec = { requestSerialize: serialize, requestDeserialize: deserialize };
    return [
      name,
      { ...shape, ...codec, responseSerialize: serialize, responseDeserialize: deserialize },
    ] as const;
  });
  server.addService(Object.fromEntries(methods), handlers as Record<string, UntypedHandleCall>);
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, actual) => {
      if (error) reject(error);
      else resolve(actual);
    });
  });
  return {
    port: bound,
    address: `127.0.0.1:${bound}`,
    stop: () => {
      server.forceShutdown();
    },
  };
}

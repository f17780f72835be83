import { create } from "@bufbuild/protobuf";
import type { FieldMask } from "@bufbuild/protobuf/wkt";
import {
  Metadata,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServerWritableStream,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import type { Timestamp } from "../flows/flow.ts";
import {
  type GetFlowsRequest,
  type GetNamespacesResponse,
  GetNamespacesResponseSchema,
  type GetNodesResponse,
  GetNodesResponseSchema,
  type ServerStatusResponse,
  ServerStatusResponseSchema,
} from "../hubble/gen/observer/observer_pb.js";
import { NodeState } from "../hubble/gen/relay/relay_pb.js";
import { readTimestamp } from "../hubble/timestamp.ts";
import { writeNotice } from "../hubble/writeResponse.ts";
import { fieldMaskPruner, type Pruner } from "./fieldMask.ts";
import { FilterError } from "./filterError.ts";
import type { FlowHub } from "./flowHub.ts";
import { MergedReader } from "./mergedReader.ts";
import type { FlowQuery } from "./nodeReader.ts";
import { demoVersion } from "./demoAgents.ts";
import { clusterName, type DemoNode } from "./peer.ts";
import { hasExpression, relayFilter, type RelayFilterSeams } from "./relayFilter.ts";
import { streamMessages } from "./streamMessages.ts";

/** What the observer has to know besides the flows. */
export interface ObserverOptions {
  readonly hub: FlowHub;
  /** The time now, as the demo sees it. */
  readonly now: () => Timestamp;
  /** When the nodes started. */
  readonly startedAt: Timestamp;
}

/** A relay's observer: agent and debug events are not for a relay to serve. */
export function observerService(options: ObserverOptions): UntypedServiceImplementation {
  const { hub } = options;
  return {
    getFlows: (call: ServerWritableStream<GetFlowsRequest, Uint8Array>) => {
      call.sendMetadata(headers());
      const { whitelist, blacklist } = call.request;
      if (!hasExpression([...whitelist, ...blacklist])) {
        getFlows(options, call, {});
        return;
      }
      // Heavy, and hardly ever asked for.
      import("../hubble/celFilter.ts").then(
        (seams) => {
          getFlows(options, call, seams);
        },
        (error: unknown) => {
          call.emit("error", { code: status.INTERNAL, details: String(error) });
        },
      );
    },
    getAgentEvents: (call: ServerWritableStream<unknown, unknown>) => {
      call.emit("error", { code: status.UNIMPLEMENTED, details: "GetAgentEvents not yet implemented" });
    },
    getDebugEvents: (call: ServerWritableStream<unknown, unknown>) => {
      call.emit("error", { code: status.UNIMPLEMENTED, details: "GetDebugEvents not yet implemented" });
    },
    getNodes: answering((): GetNodesResponse => {
      const uptimeNs = uptime(options);
      return create(GetNodesResponseSchema, {
        nodes: hub.rings.map(({ node, ring }) => ({
          name: node.fullName,
          version: `cilium v${demoVersion}`,
          address: `${node.address}:4244`,
          state: NodeState.NODE_CONNECTED,
          tls: { enabled: true, serverName: tlsName(node) },
          uptimeNs,
          numFlows: BigInt(ring.length),
          maxFlows: BigInt(ring.capacity),
          seenFlows: BigInt(ring.end),
        })),
      });
    }),
    getNamespaces: answering((): GetNamespacesResponse => {
      const names = hub.namespacesSince(options.now().seconds - 3600);
      const namespaces = names.map((namespace) => ({ cluster: clusterName, namespace }));
      return create(GetNamespacesResponseSchema, { namespaces });
    }),
    serverStatus: answering((): ServerStatusResponse => {
      const { count, max } = hub.held;
      return create(ServerStatusResponseSchema, {
        numFlows: BigInt(count),
        maxFlows: BigInt(max),
        seenFlows: BigInt(hub.seen),
        uptimeNs: uptime(options),
        numConnectedNodes: hub.rings.length,
        numUnavailableNodes: 0,
        version: `hubble-relay v${demoVersion} (demo)`,
        flowsRate: hub.flowsPerSecond(options.now().seconds),
      });
    }),
  };
}

/** Header by which a relay tells its version. */
function headers(): Metadata {
  const metadata = new Metadata();
  metadata.set("hubble-relay-version", demoVersion);
  return metadata;
}

function answering<Response>(answer: () => Response) {
  return (call: ServerUnaryCall<unknown, Response>, callback: sendUnaryData<Response>): void => {
    call.sendMetadata(headers());
    callback(null, answer());
  };
}

function getFlows(
  { hub, now }: ObserverOptions,
  call: ServerWritableStream<GetFlowsRequest, Uint8Array>,
  seams: RelayFilterSeams,
): void {
  // It may have gone while expressions were made ready.
  if (call.cancelled) return;
  const refuse = (details: string) => {
    call.emit("error", { code: status.INVALID_ARGUMENT, details });
  };
  const prune = prunerOf(call.request.fieldMask);
  if (typeof prune !== "function") {
    refuse(prune.error);
    return;
  }
  const query = queryOf(call.request, seams);
  if ("error" in query) {
    refuse(query.error);
    return;
  }
  const nodeNames = hub.rings.map(({ node }) => node.fullName);
  const connected = writeNotice({
    kind: "node-status",
    time: now(),
    nodeName: nodeNames[0] ?? "",
    state: "NODE_CONNECTED",
    nodeNames,
    message: "",
  });
  call.write(connected);
  const reader = new MergedReader(hub, query);
  streamMessages(call, { reader, prune, onAppended: hub.onAppended });
}

function prunerOf(mask: FieldMask | undefined): Pruner | { readonly error: string } {
  return mask && mask.paths.length > 0 ? fieldMaskPruner(mask.paths) : (response) => response;
}

function queryOf(request: GetFlowsRequest, seams: RelayFilterSeams): FlowQuery | { readonly error: string } {
  const { first, follow, since, until } = request;
  if (first && follow) return { error: "first cannot be specified with follow" };
  try {
    return {
      number: Number(request.number),
      first,
      follow,
      ...(since && { since: readTimestamp(since) }),
      ...(until && { until: readTimestamp(until) }),
      matches: relayFilter(request.whitelist, request.blacklist, seams),
    };
  } catch (error) {
    if (error instanceof FilterError) return { error: error.message };
    throw error;
  }
}

/** Nanoseconds since the start; a clock that was set back before it makes none of them. */
function uptime({ now, startedAt }: ObserverOptions): bigint {
  const { seconds, nanos } = now();
  const length = BigInt(seconds - startedAt.seconds) * 1_000_000_000n + BigInt(nanos - startedAt.nanos);
  return length > 0n ? length : 0n;
}

function tlsName(node: DemoNode): string {
  return `${node.name}.${clusterName}.hubble-grpc.cilium.io`;
}

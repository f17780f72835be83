import { create } from "@bufbuild/protobuf";
import {
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  status,
} from "@grpc/grpc-js";
import { type FlowPredicate, relayFilter } from "../../src/demo/relayFilter.ts";
import { serviceDefinition } from "../../src/demo/serviceDefinition.ts";
import { compileCel } from "../../src/hubble/celFilter.ts";
import { toMs, toTimestamp } from "../../src/engine/gapCheck.ts";
import type { Flow, Notice } from "../../src/flows/flow.ts";
import {
  type GetFlowsRequest,
  type GetNodesResponse,
  GetNodesResponseSchema,
  Observer,
  type ServerStatusResponse,
  ServerStatusResponseSchema,
} from "../../src/hubble/gen/observer/observer_pb.js";
import { NodeState } from "../../src/hubble/gen/relay/relay_pb.js";
import { readTimestamp } from "../../src/hubble/timestamp.ts";
import { writeFlow, writeNotice } from "../../src/hubble/writeResponse.ts";
import { makeFlow } from "./makeFlow.ts";

type FlowsCall = ServerWritableStream<GetFlowsRequest, Uint8Array>;

/**
 * A relay whose every flow the test decides. The nodes with their rings outlive the relay, as in a cluster: it can be
 * stopped and started on the same port, and what happened meanwhile is held as far as the rings reach.
 */
export class RingRelay {
  readonly #capacity: number;
  readonly #rings = new Map<string, Flow[]>();
  readonly #following = new Map<FlowsCall, FlowPredicate>();
  #server: Server | undefined;
  #port = 0;
  #emitted = 0;
  /** Every request for flows, oldest first. */
  readonly asked: GetFlowsRequest[] = [];
  /** So many flows of history are sent to those who follow, and then nothing more. */
  stallsAfter = Infinity;
  /** Takes questions and answers none. */
  silent = false;
  /** Which questions about flows are refused, as by a relay that does not know a filter. */
  refuses: (request: GetFlowsRequest) => boolean = () => false;
  /** Answers questions about its status with an error. */
  refusesStatus = false;

  constructor(options: { readonly capacity?: number; readonly nodes?: readonly string[] } = {}) {
    this.#capacity = options.capacity ?? 1_000;
    for (const node of options.nodes ?? ["node-1", "node-2"]) this.#rings.set(node, []);
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** How many calls for flows are being followed now. */
  get followers(): number {
    return this.#following.size;
  }

  /** Listens, on the port that it had before. */
  async start(): Promise<void> {
    const server = new Server();
    server.addService(serviceDefinition(Observer), {
      getFlows: (call: FlowsCall) => {
        this.#getFlows(call);
      },
      serverStatus: (
        _call: ServerUnaryCall<unknown, ServerStatusResponse>,
        answer: sendUnaryData<ServerStatusResponse>,
      ) => {
        if (this.silent) return;
        if (this.refusesStatus) {
          answer({ code: status.PERMISSION_DENIED, details: "no status" });
          return;
        }
        const numConnectedNodes = this.#rings.size;
        answer(null, create(ServerStatusResponseSchema, { version: "scripted", numConnectedNodes }));
      },
      getNodes: (
        _call: ServerUnaryCall<unknown, GetNodesResponse>,
        answer: sendUnaryData<GetNodesResponse>,
      ) => {
        const nodes = [...this.#rings.keys()].map((name) => ({ name, state: NodeState.NODE_CONNECTED }));
        answer(null, create(GetNodesResponseSchema, { nodes }));
      },
    });
    this.#port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(`127.0.0.1:${this.#port}`, ServerCredentials.createInsecure(), (error, port) => {
        if (error) reject(error);
        else resolve(port);
      });
    });
    this.#server = server;
  }

  /** Ends every connection and stops listening; the nodes go on. */
  stop(): void {
    this.#server?.forceShutdown();
    this.#server = undefined;
    this.#following.clear();
  }

  /** Something happens on a node, now unless a time is given; answers its uuid. */
  emit(node: string, more: Partial<Flow> = {}): string {
    this.#emitted += 1;
    const uuid = `flow-${this.#emitted}`;
    const flow = makeFlow({ uuid, nodeName: node, time: toTimestamp(Date.now()), ...more });
    const ring = this.#rings.get(node) ?? [];
    this.#rings.set(node, ring);
    ring.push(flow);
    if (ring.length > this.#capacity) ring.shift();
    for (const [call, admits] of this.#following) if (admits(flow)) call.write(writeFlow(flow));
    return uuid;
  }

  /** Says something besides flows to everyone who follows. */
  notify(notice: Exclude<Notice, { readonly kind: "gap" }>): void {
    this.write(writeNotice(notice));
  }

  /** Sends bytes, whatever they are, to everyone who follows. */
  write(raw: Uint8Array): void {
    for (const call of this.#following.keys()) call.write(raw);
  }

  /** Ends every stream of flows, as a relay does that shuts down in order. */
  endStreams(): void {
    for (const call of this.#following.keys()) call.end();
    this.#following.clear();
  }

  /** The agent of a node restarts: what it held is gone. */
  restartNode(node: string): void {
    this.#rings.set(node, []);
  }

  #getFlows(call: FlowsCall): void {
    const { request } = call;
    this.asked.push(request);
    if (this.silent) return;
    if (this.refuses(request)) {
      call.emit("error", { code: status.INVALID_ARGUMENT, details: "no such filter" });
      return;
    }
    let admits: FlowPredicate;
    try {
      admits = relayFilter(request.whitelist, request.blacklist, { compileCel });
    } catch (error) {
      call.emit("error", { code: status.INVALID_ARGUMENT, details: String(error) });
      return;
    }
    const sinceMs = request.since ? toMs(readTimestamp(request.since)) : -Infinity;
    const untilMs = request.until ? toMs(readTimestamp(request.until)) : Infinity;
    const number = Number(request.number);
    const history = [...this.#rings.values()].flatMap((ring) => {
      const held = ring.filter(
        (flow) => admits(flow) && toMs(flow.time) >= sinceMs && toMs(flow.time) <= untilMs,
      );
      if (request.first) return held.slice(0, number);
      return number === 0 ? (request.since ? held : []) : held.slice(-number);
    });
    history.sort((a, b) => toMs(a.time) - toMs(b.time));
    const stalls = request.follow && history.length > this.stallsAfter;
    for (const flow of stalls ? history.slice(0, this.stallsAfter) : history) call.write(writeFlow(flow));
    if (stalls) return;
    if (!request.follow) {
      call.end();
      return;
    }
    this.#following.set(call, admits);
    call.on("cancelled", () => {
      this.#following.delete(call);
    });
  }
}

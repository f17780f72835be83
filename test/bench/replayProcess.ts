// The process that replays flows for the benchmark: any number of relays, each with a port of its own.
import { FlowSchema } from "../../src/hubble/gen/flow/flow_pb.js";
import { GetFlowsResponseSchema } from "../../src/hubble/gen/observer/observer_pb.js";
import { realisticFlows } from "../support/realisticFlows.ts";
import { serveCalls } from "./benchProcess.ts";
import { FramedFlows } from "./framedFlows.ts";
import { median } from "./median.ts";
import { ReplayServer } from "./replayServer.ts";
import { fieldsOf } from "./wireFields.ts";

/** `usual`: some 11,000 endpoints; `churn`: each flow has one that none had before. */
export type ReplayKind = "usual" | "churn";

/** What a set of flows is like. */
export interface FlowsFigures {
  readonly flows: number;
  readonly medianBytes: number;
  readonly endpoints: number;
}

/** What the process can be asked. */
export type ReplayCalls = {
  /** Makes the flows of a kind, unless they are there, and tells about them. */
  readonly data: { params: { kind: ReplayKind }; reply: FlowsFigures };
  /** Starts a relay that has them; it is known by its address from then on. */
  readonly open: { params: { kind: ReplayKind }; reply: string };
  /** Lets flows happen for those who follow. */
  readonly send: { params: { relay: string; count: number }; reply: null };
  /** … so many per second from now on; 0: none, not even those that were granted before. */
  readonly rate: { params: { relay: string; perSecond: number }; reply: null };
};

interface FlowsOfKind {
  readonly flows: FramedFlows;
  readonly figures: FlowsFigures;
}

const count = Number(process.argv[2] ?? "100000");
const made = new Map<ReplayKind, FlowsOfKind>();
const relays = new Map<string, ReplayServer>();

function flowsOf(kind: ReplayKind): FlowsOfKind {
  const before = made.get(kind);
  if (before) return before;
  const messages = realisticFlows(count, { seed: 1, churn: kind === "churn" });
  const flows = { flows: new FramedFlows(messages), figures: figuresOf(messages) };
  made.set(kind, flows);
  return flows;
}

function figuresOf(messages: readonly Uint8Array[]): FlowsFigures {
  const { source, destination } = FlowSchema.field;
  const endpoints = new Set<string>();
  for (const message of messages) {
    for (const outer of fieldsOf(message, 0, message.length)) {
      if (outer.number !== GetFlowsResponseSchema.field.flow.number) continue;
      for (const { number, valueStart, end } of fieldsOf(message, outer.valueStart, outer.end)) {
        if (number !== source.number && number !== destination.number) continue;
        endpoints.add(Buffer.from(message.subarray(valueStart, end)).toString("latin1"));
      }
    }
  }
  return {
    flows: messages.length,
    medianBytes: median(messages.map(({ length }) => length)),
    endpoints: endpoints.size,
  };
}

function relayAt(address: string): ReplayServer {
  const relay = relays.get(address);
  if (!relay) throw new Error(`no relay at ${address}`);
  return relay;
}

serveCalls<ReplayCalls>({
  data: ({ kind }) => flowsOf(kind).figures,
  open: async ({ kind }) => {
    const relay = new ReplayServer(flowsOf(kind).flows, {
      newPods: kind === "churn",
      // No two relays tell of the same flow.
      sequence: relays.size * 100_000_000,
    });
    const address = await relay.listen();
    relays.set(address, relay);
    return address;
  },
  send: ({ relay, count: flows }) => {
    relayAt(relay).send(flows);
    return null;
  },
  rate: ({ relay, perSecond }) => {
    relayAt(relay).setRate(perSecond);
    return null;
  },
});

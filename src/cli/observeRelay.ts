import { silentLogger } from "../base/logger.ts";
import { openRelayClient } from "../hubble/relayClient.ts";
import { EventReader } from "../hubble/eventReader.ts";
import { readResponse } from "../hubble/readResponse.ts";
import { CaptureWindow, type UseEvent } from "./captureWindow.ts";
import { admitsAll, type EventGate } from "./flowEvent.ts";
import { flowsRequest, resolveRange, wholeRange } from "./flowsRequest.ts";
import { isLocal } from "./isLocal.ts";
import type { FlowSource, ObservePlan } from "./observePlan.ts";

/** What reading from a relay needs besides the plan. */
export interface RelayReading {
  readonly gate: EventGate;
  readonly use: UseEvent;
  /** Uses a message without that it is read, if that can be done; answers whether it was. */
  readonly useUnread: (raw: Uint8Array) => boolean;
  readonly stop: AbortSignal;
}

/**
 * Asks a relay for the flows of a plan and hands on what the gate lets through, until the relay ends or `stop` aborts.
 * A relay cannot be asked what only we can tell: then all of the stretch is asked for, and counted here.
 */
export async function observeRelay(
  { selection, fieldMask }: ObservePlan,
  { address, connectTimeoutMs }: Extract<FlowSource, { readonly kind: "relay" }>,
  { gate, use, useUnread, stop }: RelayReading,
): Promise<void> {
  const range = resolveRange(selection.range ?? {}, "relay");
  const choosesHere = isLocal(selection);
  const countsHere = choosesHere && !range.follow;
  const request = flowsRequest(
    selection,
    countsHere ? wholeRange(range) : range,
    // What is chosen by may not be what is printed.
    choosesHere ? undefined : fieldMask,
  );
  const window = new CaptureWindow({ ...(countsHere ? range : { first: false }), countsNotices: false }, use);
  const enough = new AbortController();
  const reader = new EventReader();
  // Flows that a rule is asked about are held for a while.
  const read = selection.rule ? readResponse : (raw: Uint8Array) => reader.read(raw);
  const client = openRelayClient({
    address,
    logger: silentLogger,
    ...(connectTimeoutMs !== undefined && { connectTimeoutMs }),
  });
  try {
    await client.flows(
      request,
      (raw) => {
        if (gate === admitsAll && useUnread(raw)) return;
        const response = read(raw);
        if (response.kind === "undecodable" || gate(response, raw)) window.add(raw, response);
        if (window.isFull) enough.abort();
      },
      AbortSignal.any([stop, enough.signal]),
    );
    window.end();
  } finally {
    client.dispose();
  }
}

import { silentLogger } from "../base/logger.ts";
import { openRelayClient } from "../hubble/relayClient.ts";
import { readResponse } from "../hubble/readResponse.ts";
import { CaptureWindow, type UseEvent } from "./captureWindow.ts";
import type { EventGate } from "./eventGate.ts";
import { flowsRequest, resolveRange, wholeRange } from "./flowsRequest.ts";
import type { FlowSource, ObservePlan } from "./observePlan.ts";

/**
 * Asks a relay for the flows of a plan and hands on what the gate lets through, until the relay ends or `stop` aborts.
 * A relay cannot be asked what only we can tell: then all of the stretch is asked for, and counted here.
 */
export async function observeRelay(
  { selection, fieldMask }: ObservePlan,
  { address, connectTimeoutMs }: Extract<FlowSource, { readonly kind: "relay" }>,
  { gate, use, stop }: { readonly gate: EventGate; readonly use: UseEvent; readonly stop: AbortSignal },
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
  const client = openRelayClient({
    address,
    logger: silentLogger,
    ...(connectTimeoutMs !== undefined && { connectTimeoutMs }),
  });
  try {
    await client.flows(
      request,
      (raw) => {
        const response = readResponse(raw);
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

/** Does a selection ask what no relay can be asked? */
export function isLocal({ local = [], rule }: ObservePlan["selection"]): boolean {
  return local.length > 0 || rule !== undefined;
}

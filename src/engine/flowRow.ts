import { hostName } from "../flows/endpointText.ts";
import { eventText } from "../flows/eventText.ts";
import { eventTypes, type Flow, type Notice, type Verdict } from "../flows/flow.ts";
import type { FlowStore } from "../flows/flowStore.ts";
import { identityText } from "../flows/identityText.ts";
import { summaryText } from "../flows/summaryText.ts";
import { readResponse } from "../hubble/readResponse.ts";
import type { FlowRow, VerdictTone } from "../protocol/engine.ts";
import { toMs } from "./gapCheck.ts";
import { heldFlow } from "./heldFlow.ts";

/** The line of the table for a row that is held; `undefined` for one that is not. */
export function flowRow(store: FlowStore, row: number): FlowRow | undefined {
  const notice = store.noticeAt(row);
  if (notice) return { type: "notice", row, timeMs: toMs(notice.time), text: noticeLine(notice) };
  const flow = heldFlow(store, row);
  if (!flow) return undefined;
  return {
    type: "flow",
    row,
    timeMs: toMs(flow.time),
    source: sideText(flow, "source"),
    destination: sideText(flow, "destination"),
    port: portText(flow),
    event: eventText(flow),
    verdict: verdictWord(flow),
    tone: toneOf(flow.verdict),
    summary: summaryText(flow),
  };
}

/** The whole flow behind a held row, decoded. */
export function flowAt(store: FlowStore, row: number): Flow | undefined {
  const raw = store.rawAt(row);
  const response = raw && readResponse(raw);
  return response?.kind === "flow" ? response.flow : undefined;
}

/** One side by name, without its port; what is no pod also with its identity: `10.0.2.15 (host)`. */
export function sideText(flow: Flow, side: "source" | "destination"): string {
  const name = hostName(flow, side, true);
  const { podName, identity } = flow[side];
  return podName ? name : `${name} ${identityText(identity)}`.trim();
}

/** The destination port, or the type of an ICMP message; empty when there is none, or when it is not known. */
export function portText({ l4, eventType }: Flow): string {
  switch (l4?.protocol) {
    case "TCP":
    case "UDP":
    case "SCTP":
      return isKnownPort(l4.destinationPort, eventType) ? String(l4.destinationPort) : "";
    case "ICMPv4":
    case "ICMPv6":
      return String(l4.type);
    case "VRRP":
    case "IGMP":
    case undefined:
      return "";
  }
}

/** Socket events know one side's port only and have 0 for the other; anywhere else 0 is what was on the wire. */
export function isKnownPort(port: number, eventType: number): boolean {
  return port !== 0 || eventType !== eventTypes.traceSock;
}

/** A verdict in one word: `denied` is a policy's decision, `dropped` anything else's. */
export function verdictWord(flow: Flow): string {
  const decided = flow.eventType === eventTypes.policyVerdict;
  switch (flow.verdict) {
    case "FORWARDED":
      return decided ? "allowed" : "forwarded";
    case "REDIRECTED":
      return decided ? "allowed" : "redirected";
    case "DROPPED":
      return decided || flow.type === "L7" || policyDrops.has(flow.dropReasonDesc ?? "")
        ? "denied"
        : "dropped";
    case "AUDIT":
      return "audited";
    case "ERROR":
      return "error";
    case "TRACED":
      return "traced";
    case "TRANSLATED":
      return "translated";
    case "VERDICT_UNKNOWN":
      return "unknown";
  }
}

const policyDrops: ReadonlySet<string> = new Set(["POLICY_DENIED", "POLICY_DENY", "AUTH_REQUIRED"]);

function toneOf(verdict: Verdict): VerdictTone {
  switch (verdict) {
    case "FORWARDED":
    case "REDIRECTED":
      return "forwarded";
    case "DROPPED":
      return "denied";
    case "ERROR":
      return "error";
    case "AUDIT":
      return "audited";
    case "TRACED":
    case "TRANSLATED":
    case "VERDICT_UNKNOWN":
      return "other";
  }
}

function noticeLine(notice: Notice): string {
  switch (notice.kind) {
    case "gap":
      return `${durationText(toMs(notice.until) - toMs(notice.time))} not seen: ${notice.cause}`;
    case "lost-events": {
      const events = notice.count === 1 ? "1 event" : `${notice.count} events`;
      return `${events} lost on ${notice.nodeName || "an unknown node"}: ${notice.source}`;
    }
    case "node-status":
      return `${notice.nodeNames.join(", ")}: ${notice.message || nodeStates.get(notice.state) || notice.state}`;
  }
}

const nodeStates: ReadonlyMap<string, string> = new Map([
  ["NODE_CONNECTED", "connected to the relay"],
  ["NODE_UNAVAILABLE", "not reached by the relay"],
  ["NODE_GONE", "no longer in the cluster"],
  ["NODE_ERROR", "reported an error"],
]);

function durationText(ms: number): string {
  if (ms < 1000) return "less than 1 s";
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}

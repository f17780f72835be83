import { dropReasonText } from "./dropReasonText.ts";
import { eventTypes, type Flow } from "./flow.ts";
import { tracePoints } from "./tracePoints.ts";

/** How specific the entry of the policy map was that decided, by `policy_match_type`. */
const policyMatches = ["none", "L3-Only", "L3-L4", "L4-Only", "all", "L3-Proto", "Proto-Only"];

const socketPoints: Readonly<Record<string, string>> = {
  SOCK_XLATE_POINT_PRE_DIRECTION_FWD: "pre-xlate-fwd",
  SOCK_XLATE_POINT_POST_DIRECTION_FWD: "post-xlate-fwd",
  SOCK_XLATE_POINT_PRE_DIRECTION_REV: "pre-xlate-rev",
  SOCK_XLATE_POINT_POST_DIRECTION_REV: "post-xlate-rev",
};

/**
 * What kind of event a flow is, as the `hubble` CLI prints it: `to-endpoint`, `http-request`, `Policy denied`,
 * `policy-verdict:L3-L4 INGRESS`, …
 */
export function eventText(flow: Flow): string {
  if (flow.l7) return layer7Text(flow.l7);
  // The CLI reads sub-types as bytes.
  const subType = flow.eventSubType & 0xff;
  switch (flow.eventType) {
    case eventTypes.trace:
      return tracePoints[subType] ?? String(subType);
    case eventTypes.drop:
      return dropReasonText(subType);
    case eventTypes.policyVerdict:
      return `policy-verdict:${policyMatches[flow.policyMatchType] ?? "unknown"} ${flow.trafficDirection}`;
    case eventTypes.capture:
      return flow.debugCapturePoint;
    case eventTypes.traceSock:
      return socketPoints[flow.sockXlatePoint] ?? flow.sockXlatePoint;
    default:
      return "UNKNOWN";
  }
}

function layer7Text({ type, record }: NonNullable<Flow["l7"]>): string {
  const kind = type.toLowerCase();
  switch (record?.protocol) {
    case "http":
    case "kafka":
      return `${record.protocol}-${kind}`;
    case "dns":
      return `dns-${kind} ${record.observationSource}`;
    case undefined:
      return `l7-${kind}`;
  }
}

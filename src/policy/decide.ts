import type { Endpoint, Layer4Protocol } from "../flows/flow.ts";
import type { Decision } from "./decision.ts";
import type { PolicySet } from "./policySet.ts";

/** One connection as one side's node sees it: INGRESS is decided for the destination, EGRESS for the source. */
export interface Connection {
  readonly direction: "ingress" | "egress";
  readonly source: Endpoint;
  readonly destination: Endpoint;
  /** Empty when not known. */
  readonly sourceIp: string;
  readonly destinationIp: string;
  /** The destination port after service translation, or the ICMP type. */
  readonly l4?: { readonly protocol: Layer4Protocol; readonly port: number };
}

/** What the policies say about a connection: deny before allow before default. */
export function decide(_set: PolicySet, _connection: Connection): Decision {
  return {
    enforced: false,
    verdict: "allowed",
    reason: "not-enforced",
    redirected: false,
    rules: [],
    selecting: [],
  };
}

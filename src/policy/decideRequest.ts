import type { Layer7 } from "../flows/flow.ts";
import type { Connection } from "./decide.ts";
import type { RequestDecision } from "./decision.ts";
import type { PolicySet } from "./policySet.ts";

/** What the policies say about one request of a connection that they allow. */
export function decideRequest(
  _set: PolicySet,
  _connection: Connection,
  _record: Layer7["record"],
): RequestDecision {
  return { verdict: "allowed", entries: [], undecidable: [], l7Rules: [], openRules: [] };
}

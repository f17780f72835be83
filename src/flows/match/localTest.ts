import { eventTypes, type Flow, l7Types, type Notice, type PolicyName, verdicts } from "../flow.ts";
import type { LocalFilter } from "../flowFilter.ts";
import type { Attribution } from "../flowDictionaries.ts";

/** What of a flow tells whether a policy let it through. */
export interface Decided {
  /** Numbers of `flow.ts`. */
  readonly eventType: number;
  readonly verdict: number;
  readonly l7Type: number;
  readonly dropReason: string;
}

const policyDrops: ReadonlySet<string> = new Set(["POLICY_DENIED", "POLICY_DENY", "AUTH_REQUIRED"]);

/**
 * What a flow says that policy decided. Policy verdicts decide, requests that a proxy saw, and drops whose reason is a
 * policy; replies, traces and what was only audited decide nothing.
 */
export function decisionOf({
  eventType,
  verdict,
  l7Type,
  dropReason,
}: Decided): "allowed" | "denied" | undefined {
  const word = verdicts[verdict];
  const decides =
    eventType === eventTypes.policyVerdict ||
    (eventType === eventTypes.l7 && l7Type === l7Types.indexOf("REQUEST"));
  if (word === "DROPPED") return decides || policyDrops.has(dropReason) ? "denied" : undefined;
  return decides && (word === "FORWARDED" || word === "REDIRECTED") ? "allowed" : undefined;
}

/** Is one of these policies, as `name` or `namespace/name`, among those that Hubble named? */
export function namesPolicy(names: readonly string[], { allowedBy, deniedBy }: Attribution): boolean {
  const isMeant = ({ namespace, name }: PolicyName) =>
    name !== "" && names.some((wanted) => wanted === name || wanted === `${namespace}/${name}`);
  return allowedBy.some(isMeant) || deniedBy.some(isMeant);
}

/** Does a local question hold for a flow? */
export function localFlowTest(filter: LocalFilter): (flow: Flow) => boolean {
  return (flow) => holds(filter, flow) !== filter.negated;
}

/** Does a local question let a notice be shown? Only that about lost events speaks of notices. */
export function localNoticeTest(filter: LocalFilter): (notice: Notice) => boolean {
  if (filter.kind !== "lost") return () => true;
  return ({ kind }) => (kind === "lost-events" || kind === "gap") !== filter.negated;
}

function holds(filter: LocalFilter, flow: Flow): boolean {
  switch (filter.kind) {
    case "policy":
      return namesPolicy(filter.names, {
        allowedBy: [...flow.ingressAllowedBy, ...flow.egressAllowedBy],
        deniedBy: [...flow.ingressDeniedBy, ...flow.egressDeniedBy],
      });
    case "decision": {
      const decided = decisionOf({
        eventType: flow.eventType,
        verdict: verdicts.indexOf(flow.verdict),
        l7Type: flow.l7 ? l7Types.indexOf(flow.l7.type) : 0,
        dropReason: flow.dropReasonDesc ?? "",
      });
      return decided === filter.decision;
    }
    case "lost":
      return false;
  }
}

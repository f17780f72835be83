import { eventTypes, type Flow, type PolicyName } from "./flow.ts";

type Policies = readonly PolicyName[];

/**
 * A flow's verdict as the `hubble` CLI prints it; on policy verdicts that is `ALLOWED`, `DENIED` or `AUDITED`, and with
 * `policyNames` also which policies decided: `DENIED BY rule1 (CiliumNetworkPolicy)`.
 */
export function verdictText(flow: Flow, policyNames: boolean): string {
  if (flow.eventType !== eventTypes.policyVerdict) return flow.verdict;
  switch (flow.verdict) {
    case "FORWARDED":
    case "REDIRECTED":
      if (!policyNames) return "ALLOWED";
      return `ALLOWED${byText(directed(flow, flow.ingressAllowedBy, flow.egressAllowedBy))}`;
    case "DROPPED":
    case "ERROR":
      if (!policyNames) return "DENIED";
      return `DENIED${byText(directed(flow, flow.ingressDeniedBy, flow.egressDeniedBy))}`;
    case "AUDIT":
      return "AUDITED";
    case "VERDICT_UNKNOWN":
    case "TRACED":
    case "TRANSLATED":
      return flow.verdict;
  }
}

/** The policies of the side whose rules the flow met. */
function directed({ trafficDirection }: Flow, ingress: Policies, egress: Policies): Policies {
  if (trafficDirection === "INGRESS") return ingress;
  return trafficDirection === "EGRESS" ? egress : [];
}

/** What the agent made up itself has no name or no kind, and is not printed. */
function byText(policies: Policies): string {
  const named = policies.filter((policy) => policy.name && policy.kind);
  if (named.length === 0) return "";
  return ` BY ${named.map((policy) => `${policy.name} (${policy.kind})`).join(", ")}`;
}

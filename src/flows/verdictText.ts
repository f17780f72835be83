import { eventTypes, type Flow, type PolicyName } from "./flow.ts";

/**
 * A flow's verdict as the `hubble` CLI prints it; on policy verdicts that is `ALLOWED`, `DENIED` or `AUDITED`, and with
 * `policyNames` also which policies decided: `DENIED BY rule1 (CiliumNetworkPolicy)`.
 */
export function verdictText(flow: Flow, policyNames: boolean): string {
  if (flow.eventType !== eventTypes.policyVerdict) return flow.verdict;
  const ingress = flow.trafficDirection === "INGRESS";
  const egress = flow.trafficDirection === "EGRESS";
  switch (flow.verdict) {
    case "FORWARDED":
    case "REDIRECTED": {
      const allowedBy = ingress ? flow.ingressAllowedBy : egress ? flow.egressAllowedBy : [];
      return `ALLOWED${policyNames ? byText(allowedBy) : ""}`;
    }
    case "DROPPED":
    case "ERROR": {
      const deniedBy = ingress ? flow.ingressDeniedBy : egress ? flow.egressDeniedBy : [];
      return `DENIED${policyNames ? byText(deniedBy) : ""}`;
    }
    case "AUDIT":
      return "AUDITED";
    case "VERDICT_UNKNOWN":
    case "TRACED":
    case "TRANSLATED":
      return flow.verdict;
  }
}

/** What the agent made up itself has no name or no kind, and is not printed. */
function byText(policies: readonly PolicyName[]): string {
  const named = policies.filter((policy) => policy.name && policy.kind);
  if (named.length === 0) return "";
  return ` BY ${named.map((policy) => `${policy.name} (${policy.kind})`).join(", ")}`;
}

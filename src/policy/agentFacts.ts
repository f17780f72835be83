import type { ClusterContext } from "./clusterContext.ts";
import { ciliumVersions, type JudgeOptions } from "./policyProblem.ts";

/** What agents are and how they are set, as far as it was said or learned: what is missing is not known. */
export interface AgentFacts
  extends Pick<
      ClusterContext,
      | "clusterName"
      | "agentVersion"
      | "enforcementMode"
      | "defaultLocalCluster"
      | "cidrMatchesNodes"
      | "nodeSelectorLabels"
      | "urlQueryRedacted"
      | "hostFirewall"
      | "allowLocalhost"
      | "nonDefaultDenyPolicies"
    >,
    Pick<JudgeOptions, "extendedIpProtocols" | "icmpRules" | "l7Proxy"> {}

/** What the validity of policies is judged by, of all that is known of the agents. */
export function judgeOptionsOf(facts: AgentFacts): JudgeOptions {
  const { agentVersion, nodeSelectorLabels, extendedIpProtocols, icmpRules, l7Proxy } = facts;
  const named = agentVersion && `${agentVersion.major}.${agentVersion.minor}`;
  // What versions refuse that are not among these is not known: by them nothing is refused that others take.
  const ciliumVersion = ciliumVersions.find((version) => version === named);
  return {
    ...(ciliumVersion !== undefined && { ciliumVersion }),
    ...(nodeSelectorLabels !== undefined && { nodeSelectorLabels }),
    ...(extendedIpProtocols !== undefined && { extendedIpProtocols }),
    ...(icmpRules !== undefined && { icmpRules }),
    ...(l7Proxy !== undefined && { l7Proxy }),
  };
}

const versionText = /(?:^|[^\d.])(\d{1,3})\.(\d{1,3})(?![\d])/;

/** The version in a text such as `cilium v1.18.2+g4d9f3c` or `1.18`, if there is one. */
export function readAgentVersion(text: string): AgentFacts["agentVersion"] {
  const [, major, minor] = versionText.exec(text) ?? [];
  if (major === undefined || minor === undefined) return undefined;
  return { major: Number(major), minor: Number(minor) };
}

import { type AgentFacts, judgeOptionsOf, readAgentVersion } from "../policy/agentFacts.ts";
import { clusterName } from "./peer.ts";

/** The version of Cilium that the demo cluster says it has. */
export const demoVersion = "1.19.4";

const agentVersion = readAgentVersion(demoVersion);

/** What the demo cluster's agents are: set as they come. */
export const demoAgents: AgentFacts = {
  clusterName,
  ...(agentVersion && { agentVersion }),
  cidrMatchesNodes: false,
  hostFirewall: false,
  nodeSelectorLabels: false,
};

/** What they refuse. */
export const demoJudge = judgeOptionsOf(demoAgents);

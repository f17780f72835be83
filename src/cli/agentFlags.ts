import { type AgentFacts, readAgentVersion } from "../policy/agentFacts.ts";
import { readAgentOption } from "../policy/agentOptions.ts";
import { ciliumVersions } from "../policy/policyProblem.ts";
import { ArgumentError } from "./argumentError.ts";

/** The flags, for `parseArgs`, that say what only the cluster knows of its agents. */
export const agentFlags = {
  "cilium-version": { type: "string" },
  "cluster-name": { type: "string" },
  "agent-option": { type: "string", multiple: true },
} as const;

/** What these flags say; throws an {@link ArgumentError} for what no agent can be. */
export function agentFactsOf(values: {
  readonly "cilium-version"?: string | undefined;
  readonly "cluster-name"?: string | undefined;
  readonly "agent-option"?: readonly string[] | undefined;
}): AgentFacts {
  const { "cilium-version": version, "cluster-name": clusterName, "agent-option": options = [] } = values;
  if (version !== undefined && !ciliumVersions.some((known) => known === version)) {
    throw new ArgumentError(`--cilium-version takes ${ciliumVersions.join(", ")}, not “${version}”`);
  }
  const agentVersion = version === undefined ? undefined : readAgentVersion(version);
  const facts = options.map((option) => {
    const read = readAgentOption(option);
    if ("error" in read) throw new ArgumentError(`--agent-option ${read.error}`);
    return read;
  });
  return Object.assign(
    { ...(agentVersion && { agentVersion }), ...(clusterName !== undefined && { clusterName }) },
    ...facts,
  ) as AgentFacts;
}

import { type AgentFacts, readAgentVersion } from "../../policy/agentFacts.ts";
import type { SettingKey, SettingValue } from "./settingTable.ts";

/** The settings that {@link agentFacts} reads. */
export const agentFactKeys = [
  "cilium.version",
  "cilium.enforcementMode",
  "cilium.defaultLocalCluster",
  "cilium.cidrMatchesNodes",
  "cilium.nodeSelectorLabels",
  "cilium.hostFirewall",
  "cilium.allowLocalhost",
  "cilium.nonDefaultDenyPolicies",
  "cilium.urlQueryRedacted",
] as const satisfies readonly SettingKey[];

/** What the settings say of the agents; what they leave open is not among it. */
export function agentFacts(
  read: <Key extends (typeof agentFactKeys)[number]>(key: Key) => SettingValue<Key>,
): AgentFacts {
  const version = readAgentVersion(read("cilium.version"));
  const mode = read("cilium.enforcementMode");
  const allowLocalhost = read("cilium.allowLocalhost");
  return {
    ...(version && { agentVersion: version }),
    ...(mode !== "unknown" && { enforcementMode: mode }),
    ...(allowLocalhost !== "unknown" && { allowLocalhost }),
    ...switched("defaultLocalCluster", read("cilium.defaultLocalCluster")),
    ...switched("cidrMatchesNodes", read("cilium.cidrMatchesNodes")),
    ...switched("nodeSelectorLabels", read("cilium.nodeSelectorLabels")),
    ...switched("hostFirewall", read("cilium.hostFirewall")),
    ...switched("nonDefaultDenyPolicies", read("cilium.nonDefaultDenyPolicies")),
    ...switched("urlQueryRedacted", read("cilium.urlQueryRedacted")),
  };
}

function switched(name: keyof AgentFacts, value: "unknown" | "on" | "off"): AgentFacts {
  return value === "unknown" ? {} : { [name]: value === "on" };
}

import type { AgentFacts } from "./agentFacts.ts";

interface AgentOption {
  readonly fact: Exclude<keyof AgentFacts, "agentVersion" | "clusterName">;
  /** What the option's values say. */
  readonly values: Readonly<Record<string, string | boolean>>;
}

const onOff = { true: true, false: false };

/** The options of Cilium's agents that facts are known by, as the ConfigMap `cilium-config` names them. */
export const agentOptions: Readonly<Record<string, AgentOption>> = {
  "enable-policy": {
    fact: "enforcementMode",
    values: { default: "default", always: "always", never: "never" },
  },
  "policy-default-local-cluster": { fact: "defaultLocalCluster", values: onOff },
  "policy-cidr-match-mode": { fact: "cidrMatchesNodes", values: { nodes: true, "": false } },
  "enable-node-selector-labels": { fact: "nodeSelectorLabels", values: onOff },
  "enable-host-firewall": { fact: "hostFirewall", values: onOff },
  // In Kubernetes agents make `always` of `auto`.
  "allow-localhost": {
    fact: "allowLocalhost",
    values: { auto: "always", always: "always", policy: "policy" },
  },
  "enable-non-default-deny-policies": { fact: "nonDefaultDenyPolicies", values: onOff },
  "hubble-redact-http-urlquery": { fact: "urlQueryRedacted", values: onOff },
  "enable-extended-ip-protocols": { fact: "extendedIpProtocols", values: onOff },
  "enable-icmp-rules": { fact: "icmpRules", values: onOff },
  "enable-l7-proxy": { fact: "l7Proxy", values: onOff },
};

/** The fact in a setting such as `enable-policy=always`; else what is wrong with it, in words for people. */
export function readAgentOption(text: string): AgentFacts | { readonly error: string } {
  const at = text.indexOf("=");
  const name = at === -1 ? text : text.slice(0, at);
  const option = Object.hasOwn(agentOptions, name) ? agentOptions[name] : undefined;
  if (!option) return { error: `takes one of ${Object.keys(agentOptions).join(", ")}, not “${name}”` };
  const given = at === -1 ? "true" : text.slice(at + 1);
  const value = Object.hasOwn(option.values, given) ? option.values[given] : undefined;
  if (value === undefined) {
    const words = Object.keys(option.values).map((word) => (word === "" ? "nothing" : word));
    return { error: `${name} is ${words.join(" or ")}, not “${given}”` };
  }
  return { [option.fact]: value };
}

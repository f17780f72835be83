/** Where a setting's value may come from, as package.json says it. */
type Scope = "machine-overridable" | "window";

interface Setting<T> {
  readonly scope: Scope;
  readonly default: T;
  /** Of a number, which is always a whole one: both bounds are values it may have. */
  readonly range?: { readonly minimum: number; readonly maximum: number };
  /** The only values that a text may have. */
  readonly words?: readonly T[];
}

function setting<T>(scope: Scope, fallback: T): Setting<T> {
  return { scope, default: fallback };
}

function wholeNumber(fallback: number, minimum: number, maximum: number): Setting<number> {
  return { scope: "window", default: fallback, range: { minimum, maximum } };
}

function oneOf<const T extends string>(fallback: T, ...others: T[]): Setting<T> {
  return { scope: "window", default: fallback, words: [fallback, ...others] };
}

/** Something of the agents that the cluster does not tell by itself. */
function agentSwitch(): Setting<"unknown" | "on" | "off"> {
  return oneOf("unknown", "on", "off");
}

/** Every setting of the extension, by its key after `hubbleLens.`; a test compares this with package.json. */
export const settingTable = {
  kubeconfig: setting<readonly string[]>("machine-overridable", []),
  context: setting<string>("window", ""),
  "relay.namespace": setting<string>("window", "kube-system"),
  "relay.service": setting<string>("window", "hubble-relay"),
  "relay.address": setting<string>("machine-overridable", ""),
  clusterName: setting<string>("window", ""),
  "history.flowsPerNode": wholeNumber(1000, 0, 100_000),
  "store.maxFlows": wholeNumber(100_000, 1000, 2_000_000),
  "store.maxMegabytes": wholeNumber(256, 16, 2048),
  "recording.maxMegabytes": wholeNumber(256, 0, 100_000),
  "recording.maxFiles": wholeNumber(10, 0, 10_000),
  "codeLens.enabled": setting<boolean>("window", true),
  "diagnostics.enabled": setting<boolean>("window", true),
  "completion.enabled": setting<boolean>("window", true),
  "demo.autoStart": setting<boolean>("window", false),
  "demo.flowsPerSecond": wholeNumber(0, 0, 20_000),
  "cilium.version": setting<string>("window", ""),
  "cilium.enforcementMode": oneOf("unknown", "default", "always", "never"),
  "cilium.defaultLocalCluster": agentSwitch(),
  "cilium.cidrMatchesNodes": agentSwitch(),
  "cilium.nodeSelectorLabels": agentSwitch(),
  "cilium.hostFirewall": agentSwitch(),
  "cilium.allowLocalhost": oneOf("unknown", "always", "policy"),
  "cilium.nonDefaultDenyPolicies": agentSwitch(),
  "cilium.urlQueryRedacted": agentSwitch(),
  savedFilters: setting<Readonly<Record<string, string>>>("window", {}),
} as const;

export type SettingKey = keyof typeof settingTable;

export type SettingValue<Key extends SettingKey> = (typeof settingTable)[Key]["default"];

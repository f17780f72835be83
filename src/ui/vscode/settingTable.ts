/** Where a setting's value may come from, as package.json says it. */
type Scope = "machine-overridable" | "window";

interface Setting<T> {
  readonly scope: Scope;
  readonly default: T;
}

function setting<T>(scope: Scope, fallback: T): Setting<T> {
  return { scope, default: fallback };
}

/** Every setting of the extension, by its key after `hubbleLens.`; a test compares this with package.json. */
export const settingTable = {
  kubeconfig: setting<readonly string[]>("machine-overridable", []),
  context: setting<string>("window", ""),
  "relay.namespace": setting<string>("window", "kube-system"),
  "relay.service": setting<string>("window", "hubble-relay"),
  "relay.address": setting<string>("machine-overridable", ""),
  clusterName: setting<string>("window", "default"),
  "history.flowsPerNode": setting<number>("window", 1000),
  "store.maxFlows": setting<number>("window", 100_000),
  "store.maxMegabytes": setting<number>("window", 256),
  "codeLens.enabled": setting<boolean>("window", true),
  "demo.autoStart": setting<boolean>("window", false),
  "demo.flowsPerSecond": setting<number>("window", 0),
} as const;

export type SettingKey = keyof typeof settingTable;

export type SettingValue<Key extends SettingKey> = (typeof settingTable)[Key]["default"];

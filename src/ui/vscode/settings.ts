import { workspace, type ConfigurationChangeEvent } from "vscode";
import type { Disposable } from "../../base/disposable.ts";
import type { EngineSettings } from "../../protocol/engine.ts";
import { agentFactKeys, agentFacts } from "./agentFactSettings.ts";
import type { SettingKey, SettingValue } from "./settingTable.ts";
import { settingValue } from "./settingValue.ts";

const section = "hubbleLens";

/** The value of a setting now, made to fit what the setting takes. */
export function readSetting<Key extends SettingKey>(key: Key): SettingValue<Key> {
  return settingValue(key, workspace.getConfiguration(section).get<unknown>(key));
}

/** Calls the listener after one of the settings changed. */
export function onSettingsChange(keys: readonly SettingKey[], listener: () => void): Disposable {
  return workspace.onDidChangeConfiguration((change: ConfigurationChangeEvent) => {
    if (keys.some((key) => change.affectsConfiguration(`${section}.${key}`))) listener();
  });
}

/** The settings that {@link engineSettings} reads. */
export const engineSettingKeys: readonly SettingKey[] = [
  "store.maxFlows",
  "store.maxMegabytes",
  "history.flowsPerNode",
  "clusterName",
  ...agentFactKeys,
];

/** What the engine is configured with. */
export function engineSettings(): EngineSettings {
  return {
    maxFlows: readSetting("store.maxFlows"),
    maxBytes: readSetting("store.maxMegabytes") * 1024 * 1024,
    historyPerNode: readSetting("history.flowsPerNode"),
    clusterName: readSetting("clusterName"),
    facts: agentFacts(readSetting),
  };
}

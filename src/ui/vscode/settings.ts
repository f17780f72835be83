import { workspace, type ConfigurationChangeEvent } from "vscode";
import type { Disposable } from "../../base/disposable.ts";
import type { EngineSettings } from "../../protocol/engine.ts";
import { type SettingKey, type SettingValue, settingTable } from "./settingTable.ts";

const section = "hubbleLens";

/** The value of a setting now; a value of another type than the setting's is as good as none. */
export function readSetting<Key extends SettingKey>(key: Key): SettingValue<Key> {
  const value = workspace.getConfiguration(section).get<unknown>(key);
  const fallback: SettingValue<Key> = settingTable[key].default;
  return isLike(value, fallback) ? value : fallback;
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
];

/** What the engine is configured with. */
export function engineSettings(): EngineSettings {
  return {
    maxFlows: readSetting("store.maxFlows"),
    maxBytes: readSetting("store.maxMegabytes") * 1024 * 1024,
    historyPerNode: readSetting("history.flowsPerNode"),
    clusterName: readSetting("clusterName"),
  };
}

function isLike<T>(value: unknown, sample: T): value is T {
  if (Array.isArray(sample)) {
    return Array.isArray(value) && value.every((item) => typeof item === "string");
  }
  return typeof value === typeof sample;
}

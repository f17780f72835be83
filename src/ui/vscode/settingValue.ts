import { type SettingKey, type SettingValue, settingTable } from "./settingTable.ts";

interface Range {
  readonly minimum: number;
  readonly maximum: number;
}

/**
 * What a setting means that has this value: VS Code marks a value that breaks the manifest's rules, but hands it out all
 * the same. One of another type is as good as none; a number is cut to a whole one and to its range.
 */
export function settingValue<Key extends SettingKey>(key: Key, value: unknown): SettingValue<Key> {
  const { range, words }: { range?: Range; words?: readonly unknown[] } = settingTable[key];
  const fallback: SettingValue<Key> = settingTable[key].default;
  if (words && !words.includes(value)) return fallback;
  const cut = range && typeof value === "number" ? clamp(Math.trunc(value), range) : value;
  return isLike(cut, fallback) ? cut : fallback;
}

function clamp(value: number, { minimum, maximum }: Range): number {
  return Math.max(minimum, Math.min(value, maximum));
}

function isLike<T>(value: unknown, sample: T): value is T {
  if (Array.isArray(sample)) {
    return Array.isArray(value) && value.every((item) => typeof item === "string");
  }
  if (typeof sample !== "object") return typeof value === typeof sample;
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((item) => typeof item === "string")
  );
}

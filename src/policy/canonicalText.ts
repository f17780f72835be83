import type { Steps } from "../base/steps.ts";
import type { YamlValue } from "./yamlValue.ts";

/** Deeper than any policy: what aliases wind into themselves ends here. */
const maxDepth = 64;

/** Rules stand no deeper than this (`specs[0].ingress[0]`): what they hold is written in one step. */
const stepDepth = 4;

/** What a value says in one line of text that does not depend on formatting, nulls left out. */
export function* canonicalText(value: YamlValue, depth = 0): Steps<string> {
  if (depth >= stepDepth) {
    yield;
    return written(value, depth);
  }
  if (value.isMap) {
    const parts: string[] = [];
    for (const [key, member] of members(value)) {
      parts.push(`${quoted(key)}:${yield* canonicalText(member, depth + 1)}`);
    }
    return `{${parts.join()}}`;
  }
  const items = value.asList();
  if (!items) return written(value, depth);
  const parts: string[] = [];
  for (const item of items) parts.push(yield* canonicalText(item, depth + 1));
  return `[${parts.join()}]`;
}

function written(value: YamlValue, depth: number): string {
  if (depth > maxDepth) return "…";
  if (value.isMap) {
    let text = "";
    for (const [key, member] of members(value)) {
      text += `${text === "" ? "" : ","}${quoted(key)}:${written(member, depth + 1)}`;
    }
    return `{${text}}`;
  }
  const items = value.asList();
  if (items) {
    let text = "";
    for (const item of items) text += `${text === "" ? "" : ","}${written(item, depth + 1)}`;
    return `[${text}]`;
  }
  return value.isNull ? "null" : quoted(value.words ?? "");
}

/** By their keys, without those that say nothing. */
function members(value: YamlValue): readonly (readonly [string, YamlValue])[] {
  const all = (value.asMap()?.all() ?? []).filter(([, member]) => !member.isNull);
  return all.length < 2 ? all : all.sort(([one], [other]) => (one < other ? -1 : 1));
}

function quoted(text: string): string {
  return /^[\w/.:-]*$/.test(text) ? `"${text}"` : JSON.stringify(text);
}

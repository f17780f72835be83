import { assertNever } from "../base/assertNever.ts";
import type { Steps } from "../base/steps.ts";
import type { YamlNode, YamlPair } from "./yamlNode.ts";
import { scalarType } from "./yamlScalar.ts";
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
  const simple = value.reading.document.hasAliases ? undefined : nodeText(value.node, depth);
  if (simple !== undefined) return simple;
  if (value.isMap) {
    const parts = members(value).map(([key, member]) => `${quoted(key)}:${written(member, depth + 1)}`);
    return `{${parts.join()}}`;
  }
  const items = value.asList();
  if (items) return `[${items.map((item) => written(item, depth + 1)).join()}]`;
  return value.isNull ? "null" : quoted(value.words ?? "");
}

/** The same of a node that may be taken as it is written, as most may; `undefined`: it may not. */
function nodeText(node: YamlNode | null, depth: number): string | undefined {
  if (depth > maxDepth) return "…";
  if (node === null || scalarType(node) === "null") return "null";
  let text = "";
  switch (node.kind) {
    case "scalar":
      return quoted(node.text);
    case "alias":
      return undefined;
    case "list":
      for (const item of node.items) {
        const part = nodeText(item, depth + 1);
        if (part === undefined) return undefined;
        text += text === "" ? part : `,${part}`;
      }
      return `[${text}]`;
    case "map": {
      if (!node.isSimple) return undefined;
      const said = node.pairs.filter(({ value }) => scalarType(value) !== "null");
      if (said.length > 1) said.sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
      for (const pair of said) {
        const part = nodeText(pair.value, depth + 1);
        if (part === undefined) return undefined;
        text += `${text === "" ? "" : ","}${quoted(keyOf(pair))}:${part}`;
      }
      return `{${text}}`;
    }
    default:
      return assertNever(node);
  }
}

function keyOf({ key }: YamlPair): string {
  return key?.kind === "scalar" ? key.text : "";
}

/** By their keys, without those that say nothing. */
function members(value: YamlValue): readonly (readonly [string, YamlValue])[] {
  const all = (value.asMap()?.all() ?? []).filter(([, member]) => !member.isNull);
  return all.length < 2 ? all : all.sort(([one], [other]) => (one < other ? -1 : 1));
}

function quoted(text: string): string {
  return /^[\w/.:-]*$/.test(text) ? `"${text}"` : JSON.stringify(text);
}

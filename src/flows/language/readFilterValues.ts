import type { FlowFilter } from "../flowFilter.ts";
import { filterFromJson } from "./filterJson.ts";
import type { JsonValue } from "./protoJson.ts";

/** Reads the filters of one value of `--allowlist` or `--denylist`: JSON objects, one after another. */
export function readFilterValues(text: string): readonly FlowFilter[] | { readonly error: string } {
  const filters: FlowFilter[] = [];
  for (let at = skipSpace(text, 0); at < text.length; ) {
    const end = endOfValue(text, at);
    let json: JsonValue;
    try {
      json = JSON.parse(text.slice(at, end)) as JsonValue;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return { error: `it is no JSON (${error.message})` };
    }
    const filter = filterFromJson(json);
    if ("error" in filter) return { error: filter.error };
    filters.push(filter);
    at = skipSpace(text, end);
  }
  return filters;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && " \t\r\n".includes(text.charAt(at))) at++;
  return at;
}

/** Where the object or list that begins here ends; of anything else, the end of the text. */
function endOfValue(text: string, start: number): number {
  if (!"{[".includes(text.charAt(start))) return text.length;
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '"') at = endOfString(text, at);
    else if (character === "{" || character === "[") depth++;
    else if ((character === "}" || character === "]") && --depth === 0) return at + 1;
  }
  return text.length;
}

/** Where the string that begins here has its closing quote; without one, the end of the text. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text.charAt(at) === "\\") at++;
    else if (text.charAt(at) === '"') return at;
  }
  return text.length;
}

import type { FlowFilter, FlowFilterField, FlowSelection } from "../flowFilter.ts";
import { type JsonField, jsonFields } from "./jsonFields.ts";
import {
  camelCase,
  isObject,
  type JsonObject,
  type JsonValue,
  jsonText,
  NotAccepted,
  objectOf,
  readString,
  within,
} from "./protoJson.ts";

/** A filter as proto3's JSON of `flow.FlowFilter`, with the names of the API (`source_pod`). */
export function filterToJson(filter: FlowFilter): JsonObject {
  const json: Record<string, JsonValue> = {};
  for (const { field, apiName, write } of jsonFields) {
    const items: readonly unknown[] = filter[field] ?? [];
    if (items.length > 0) json[apiName] = items.map((item) => write(item as never));
  }
  const expressions = filter.celExpression ?? [];
  if (expressions.length > 0) json["experimental"] = { cel_expression: expressions };
  return json;
}

const fieldsByName = new Map<string, JsonField>(
  jsonFields.flatMap((field) => [
    [field.apiName, field],
    [camelCase(field.apiName), field],
  ]),
);

/** Reads proto3's JSON of `flow.FlowFilter`, with the names of the API or those of JSON (`sourcePod`), or says what is wrong. */
export function filterFromJson(json: JsonValue): FlowFilter | { readonly error: string } {
  try {
    return readFilter(json);
  } catch (error) {
    if (error instanceof NotAccepted) return { error: error.message };
    throw error;
  }
}

function readFilter(json: JsonValue): FlowFilter {
  if (!isObject(json))
    throw new NotAccepted(`${jsonText(json)} is no filter: it has the form {"source_pod":["default/web"]}`);
  const filter: Partial<Record<FlowFilterField, readonly unknown[]>> = {};
  for (const [key, value] of Object.entries(json)) {
    if (key === "experimental") {
      if (value !== null) Object.assign(filter, readExperimental(value));
      continue;
    }
    const known = fieldsByName.get(key);
    if (!known) throw new NotAccepted(`a filter has no field “${key}”`);
    const { field, read, apiName } = known;
    if (filter[field] !== undefined) throw new NotAccepted(`the field “${apiName}” is given twice`);
    const items = within(apiName, () => listOf(value, read));
    if (items.length > 0) filter[field] = items;
  }
  return filter as FlowFilter;
}

function readExperimental(json: JsonValue): FlowFilter {
  const { cel_expression: expressions = [] } = within("experimental", () =>
    objectOf(json, { cel_expression: (value: JsonValue) => listOf(value, readString) }),
  );
  return expressions.length === 0 ? {} : { celExpression: expressions };
}

/** The items of a list; `null` stands for no list. */
function listOf<T>(json: JsonValue, read: (item: JsonValue) => T): readonly T[] {
  if (json === null) return [];
  if (!Array.isArray(json)) throw new NotAccepted(`${jsonText(json)} is no list`);
  return (json as readonly JsonValue[]).map(read);
}

/**
 * What `hubble observe --print-raw-filters` prints: YAML with one line of JSON for each filter, `{}` where there is none.
 * Ends with a line end. What no relay can be asked is not in it.
 */
export function rawFiltersText(selection: Pick<FlowSelection, "whitelist" | "blacklist">): string {
  const text = listText("allowlist", selection.whitelist) + listText("denylist", selection.blacklist);
  return text === "" ? "{}\n" : text;
}

function listText(name: string, filters: readonly FlowFilter[]): string {
  if (filters.length === 0) return "";
  const lines = filters.map((filter) => `    - '${plainJson(filterToJson(filter)).replaceAll("'", "''")}'\n`);
  return `${name}:\n${lines.join("")}`;
}

/** JSON without the characters that YAML does not take within quotes. */
function plainJson(json: JsonObject): string {
  return JSON.stringify(json).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

import type { DescField, DescMessage, JsonObject, JsonValue } from "@bufbuild/protobuf";

/**
 * A message's JSON with its fields in the order in which the API declares them, as Go writes it; what the schema does not
 * know comes last. Only fields named as in the API are known.
 */
export function inDeclaredOrder(schema: DescMessage, json: JsonObject): JsonObject {
  const ordered: JsonObject = {};
  for (const field of schema.fields) {
    const value = json[field.name];
    if (value !== undefined) ordered[field.name] = orderedValue(field, value);
  }
  for (const [name, value] of Object.entries(json)) if (!Object.hasOwn(ordered, name)) ordered[name] = value;
  return ordered;
}

function orderedValue({ message }: DescField, value: JsonValue): JsonValue {
  if (!message || typeof value !== "object" || value === null) return value;
  if (!Array.isArray(value)) return inDeclaredOrder(message, value);
  return value.map((item) => (isObject(item) ? inDeclaredOrder(message, item) : item));
}

function isObject(json: JsonValue): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

const escapes: Readonly<Record<string, string>> = {
  "<": String.raw`\u003c`,
  ">": String.raw`\u003e`,
  "&": String.raw`\u0026`,
  "\u2028": String.raw`\u2028`,
  "\u2029": String.raw`\u2029`,
};

/** JSON on one line with the escapes that Go's encoder adds, so that it can stand within HTML. */
export function goJsonText(json: JsonValue): string {
  return JSON.stringify(json).replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => escapes[character] ?? character,
  );
}

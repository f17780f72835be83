/** What JSON can say. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** JSON that is none of what is asked for; caught where reading began. */
export class NotAccepted extends Error {}

/** JSON to show in a message: short. */
export function jsonText(json: JsonValue): string {
  const text = JSON.stringify(json);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

/** Is it an object, not a list? */
export function isObject(json: JsonValue): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

type Readers = Readonly<Record<string, (json: JsonValue) => unknown>>;
type ReadObject<R extends Readers> = { readonly [K in keyof R]?: ReturnType<R[K]> };

/**
 * Reads an object by the readers of its fields, which are named as in the API; the JSON name in camelCase is taken, too.
 * `null` stands for a field that is absent.
 */
export function objectOf<R extends Readers>(json: JsonValue, readers: R): ReadObject<R> {
  if (!isObject(json)) throw new NotAccepted(`${jsonText(json)} is no object`);
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(json)) {
    const name = Object.keys(readers).find((each) => each === key || camelCase(each) === key);
    const read = name === undefined ? undefined : readers[name];
    if (name === undefined || read === undefined) {
      throw new NotAccepted(`there is no field “${key}”; there are ${Object.keys(readers).join(", ")}`);
    }
    if (name in result) throw new NotAccepted(`the field “${name}” is given twice`);
    if (value !== null) result[name] = within(name, () => read(value));
  }
  return result as ReadObject<R>;
}

/** Runs a reader; what it does not accept is said with the place. */
export function within<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof NotAccepted) throw new NotAccepted(`${place}: ${error.message}`);
    throw error;
  }
}

/** `source_pod` → `sourcePod`, as proto3's JSON names fields. */
export function camelCase(apiName: string): string {
  return apiName.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** A text. */
export function readString(json: JsonValue): string {
  if (typeof json === "string") return json;
  throw new NotAccepted(`${jsonText(json)} is no text; write it in quotes`);
}

/** `true` or `false`. */
export function readTruth(json: JsonValue): boolean {
  if (typeof json === "boolean") return json;
  throw new NotAccepted(`${jsonText(json)} is neither true nor false`);
}

/** An integer, written as a number or as text. */
export function readInteger(json: JsonValue, min: bigint, max: bigint): bigint {
  const text = typeof json === "string" ? json : typeof json === "number" ? numberText(json) : "";
  if (/^-?(0|[1-9]\d{0,38})$/.test(text)) {
    const integer = BigInt(text);
    if (integer >= min && integer <= max) return integer;
  }
  throw new NotAccepted(`${jsonText(json)} is no whole number from ${min} to ${max}`);
}

/** Digits also of a number that JavaScript writes with an exponent. */
function numberText(number: number): string {
  return Number.isInteger(number) ? String(BigInt(number)) : "";
}

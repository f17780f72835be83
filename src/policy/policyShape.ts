import type { CiliumVersion } from "./policyProblem.ts";

/** The shape that a value must have: what the API server's schema says of it, as far as it matters to policies. */
export type Shape = MapShape | ListShape | TextShape | IntegerShape | PlainShape;

export interface MapShape {
  readonly kind: "map";
  readonly fields: Readonly<Record<string, Field>>;
  readonly required?: readonly string[];
  /** Exactly one of these fields must be written. */
  readonly oneOf?: readonly string[];
  /** At least one of these fields must be written. */
  readonly anyOf?: readonly string[];
  readonly anyOfCode?: string;
  /** What `oneOf` and `required` are reported as. */
  readonly code?: string;
  /** The agent reads it by a reader of its own, which takes no number or boolean for a text. */
  readonly strict?: true;
}

/** A field with the versions of Cilium that know it. */
export interface Field {
  readonly shape: Shape;
  readonly since?: CiliumVersion;
  readonly until?: CiliumVersion;
}

export interface ListShape {
  readonly kind: "list";
  readonly items: Shape;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly code?: string;
}

export interface TextShape {
  readonly kind: "text";
  /** What it may be, where that is one of some words; those that versions differ in are left out. */
  readonly words?: readonly string[];
  /** Answers why the API server refuses a text, if it does. */
  readonly check?: (text: string, version: CiliumVersion) => string | undefined;
  readonly code?: string;
}

export interface IntegerShape {
  readonly kind: "integer";
  readonly minimum: number;
  readonly maximum: number;
  readonly code?: string;
}

/** `labels`: texts by any key. `number-or-text`: either. `anything`: is not looked at. */
export interface PlainShape {
  readonly kind: "boolean" | "labels" | "number-or-text" | "anything";
  /** The names that there are for a number. */
  readonly words?: readonly string[];
  /** Of the values of `labels`, or of a text. */
  readonly check?: (text: string) => string | undefined;
  readonly code?: string;
}

/** A text without further rules. */
export const text: TextShape = { kind: "text" };

/** A list of items of one shape. */
export function listOf(items: Shape, rest: Partial<ListShape> = {}): ListShape {
  return { kind: "list", items, ...rest };
}

/** A mapping with fields that every version knows. */
export function mapOf(
  shapes: Readonly<Record<string, Shape | Field>>,
  rest: Partial<MapShape> = {},
): MapShape {
  const fields = Object.entries(shapes).map(
    ([name, given]) => [name, "shape" in given ? given : { shape: given }] as const,
  );
  return { kind: "map", fields: Object.fromEntries(fields), ...rest };
}

/** A text that is one of some words. */
export function oneOfWords(words: readonly string[], code: string): TextShape {
  return {
    kind: "text",
    code,
    words,
    check: (written) => (words.includes(written) ? undefined : `Write one of ${words.join(", ")}.`),
  };
}

/** A text of at least one character. */
export const someText: TextShape = {
  kind: "text",
  code: "missing-value",
  check: (written) => (written === "" ? "This must not be empty." : undefined),
};

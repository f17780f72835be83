import { assertNever } from "../base/assertNever.ts";
import type { Steps } from "../base/steps.ts";
import { cidrMend } from "./cidrMend.ts";
import { nearestWord } from "../base/nearestWord.ts";
import { type CiliumVersion, isSince, type Refuser } from "./policyProblem.ts";
import { keyMend, listMend, type Mend, plainMend, quotedMend, wordMend } from "./mend.ts";
import type { Field, ListShape, MapShape, Shape, TextShape } from "./policyShape.ts";
import type { YamlFields, YamlValue } from "./yamlValue.ts";

/** How a shape is held against a value. */
export interface ShapeCheck {
  readonly version: CiliumVersion;
  /** Do agents read the value by themselves, and take numbers and booleans for texts where it is not `strict`? */
  readonly agents: boolean;
  /** Says what a rule means without a misspelt field. */
  readonly without: (fields: YamlFields, likely: string) => string;
}

/** Holds a value against its shape, as the API server does: unknown fields, types, and what a schema can say. */
export function checkShape(value: YamlValue, shape: Shape, check: ShapeCheck): Steps {
  return holdInSteps({ value, shape }, { ...check, strict: false }, stepDepth);
}

interface Holding extends ShapeCheck {
  readonly strict: boolean;
}

/** A value with the shape that it must have. */
interface Part {
  readonly value: YamlValue;
  readonly shape: Shape;
}

/** Rules stand no deeper than this (`specs[0].ingress[0]`): each is one step. */
const stepDepth = 5;

function* holdInSteps({ value, shape }: Part, check: Holding, depth: number): Steps {
  const fields = shape.kind === "map" ? value.asMap() : undefined;
  const items = shape.kind === "list" ? value.asList() : undefined;
  if (depth > 0 && shape.kind === "map" && fields) {
    const within = shape.strict ? { ...check, strict: true } : check;
    const parts = knownParts(fields, shape, within);
    for (const part of parts) yield* holdInSteps(part, within, depth - 1);
    holdChoices(fields, { shape, check: within, written: parts });
  } else if (depth > 0 && shape.kind === "list" && items) {
    for (const item of listedItems(value, items, shape)) {
      yield* holdInSteps({ value: item, shape: shape.items }, check, depth - 1);
    }
  } else {
    hold(value, shape, check);
    yield;
  }
}

function hold(value: YamlValue, shape: Shape, check: Holding): void {
  switch (shape.kind) {
    case "map": {
      const fields = value.asMap();
      if (fields) holdFields(fields, shape, shape.strict ? { ...check, strict: true } : check);
      else wrongType(value, "a mapping", both(check));
      return;
    }
    case "list": {
      const items = value.asList();
      if (items) for (const item of listedItems(value, items, shape)) hold(item, shape.items, check);
      else
        wrongType(
          value,
          "a list",
          both(check),
          listMend(value, shape.items.kind === "text" ? "words" : "mappings"),
        );
      return;
    }
    case "labels": {
      const fields = value.asMap();
      if (!fields) wrongType(value, "a mapping", both(check));
      for (const [, item] of fields?.all() ?? []) {
        if (item.isNull || !holdText(item, check)) continue;
        refuse(item, shape.code, shape.check?.(item.words ?? ""));
      }
      return;
    }
    case "text":
      if (holdText(value, check)) refuseText(value, shape, shape.check?.(value.words ?? "", check.version));
      return;
    case "integer": {
      const number = value.scalarType === "number" ? value.asInteger() : undefined;
      if (number === undefined) wrongType(value, wholeNumber(value), both(check), numberMend(value));
      else if (number < shape.minimum || number > shape.maximum) {
        refuse(value, shape.code, `This lies between ${shape.minimum} and ${shape.maximum}.`);
      }
      return;
    }
    case "number-or-text": {
      const type = value.scalarType;
      const isNumber = type === "number" && value.isWrittenNumber;
      if (type !== "text" && !isNumber) wrongType(value, "a number or a text", both(check));
      else if (!isNumber) refuseText(value, shape, shape.check?.(value.words ?? ""));
      return;
    }
    case "boolean":
      if (value.scalarType !== "boolean") {
        wrongType(value, "true or false, without quotes", both(check), booleanMend(value));
      }
      return;
    case "anything":
      return;
    default:
      assertNever(shape);
  }
}

function numberMend(value: YamlValue): Mend {
  return value.asInteger() === undefined ? {} : plainMend(value, value.words ?? "");
}

function booleanMend(value: YamlValue): Mend {
  const words = value.words ?? "";
  if (/^(y|yes|true|on)$/i.test(words)) return plainMend(value, "true");
  return /^(n|no|false|off)$/i.test(words) ? plainMend(value, "false") : {};
}

function wholeNumber(value: YamlValue): string {
  return value.asInteger() === undefined ? "a whole number" : "a number: leave out the quotes";
}

function holdText(value: YamlValue, check: Holding): boolean {
  const type = value.scalarType;
  if (type === "text") return true;
  if (type === undefined || type === "null") {
    wrongType(value, "a text", type === "null" ? ["apiserver"] : both(check));
    return false;
  }
  // The agent's own reader of YAML takes any scalar for a text, but where a selector reads itself.
  reportUnquoted(value, check.strict ? both(check) : ["apiserver"]);
  return true;
}

function both(check: Holding): readonly Refuser[] {
  return check.agents ? ["apiserver", "agent"] : ["apiserver"];
}

/** Says that a value is of a type that it must not have. */
export function wrongType(
  value: YamlValue,
  expected: string,
  refusedBy: readonly Refuser[],
  mend: Mend = {},
): void {
  value.report({ code: "wrong-type", message: `This must be ${expected}.`, refusedBy, ...mend });
}

/** Says that a text is read as a number or a boolean for want of quotes. */
export function reportUnquoted(value: YamlValue, refusedBy: readonly Refuser[]): void {
  const words = value.words ?? "";
  const message = `Kubernetes reads ${words} as a ${value.scalarType ?? ""}, and needs a text here: write "${words}".`;
  const code = /^[yn]$/i.test(words) ? unquotedLetter : "unquoted-text";
  value.report({ code, message, refusedBy, ...quotedMend(value) });
}

/** The code of a plain `y` or `n`: a boolean in YAML 1.1, which not every reader makes of it. */
export const unquotedLetter = "unquoted-letter";

function refuse(
  value: YamlValue,
  code: string | undefined,
  fault: string | undefined,
  mend: Mend = {},
): void {
  if (fault !== undefined) {
    value.report({ code: code ?? "invalid-value", message: fault, refusedBy: ["apiserver"], ...mend });
  }
}

function refuseText(
  value: YamlValue,
  { code, words }: Pick<TextShape, "code" | "words">,
  fault: string | undefined,
): void {
  if (fault !== undefined)
    refuse(value, code, fault, code === "invalid-cidr" ? cidrMend(value) : wordMend(value, words ?? []));
}

/** The items of a list that are any, once their number is judged. */
function listedItems(list: YamlValue, items: readonly YamlValue[], shape: ListShape): readonly YamlValue[] {
  const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = shape;
  if (items.length < minItems) refuse(list, shape.code, `This list needs at least ${minItems} item.`);
  if (items.length > maxItems) refuse(list, shape.code, `This list has at most ${maxItems} items.`);
  return items.filter((item) => {
    if (item.isNull) wrongType(item, "an item, not nothing", ["apiserver"]);
    return !item.isNull;
  });
}

function holdFields(fields: YamlFields, shape: MapShape, check: Holding): void {
  const parts = knownParts(fields, shape, check);
  for (const { value, shape: partShape } of parts) hold(value, partShape, check);
  holdChoices(fields, { shape, check, written: parts });
}

interface NamedPart extends Part {
  readonly name: string;
}

/** The fields that are known and written, once the others are judged. */
function knownParts(fields: YamlFields, shape: MapShape, check: Holding): readonly NamedPart[] {
  const parts: NamedPart[] = [];
  for (const [name, value] of fields.all()) {
    const field = Object.hasOwn(shape.fields, name) ? shape.fields[name] : undefined;
    if (!field || !isKnown(field, check.version)) reportUnknown(fields, name, { field, shape, check });
    // The API server drops a field that is written as nothing.
    else if (!value.isNull) parts.push({ name, value, shape: field.shape });
  }
  return parts;
}

/** Judges which fields stand together, and which must stand there. */
function holdChoices(
  fields: YamlFields,
  it: { readonly shape: MapShape; readonly check: Holding; readonly written: readonly NamedPart[] },
): void {
  const { shape, check } = it;
  const isWritten = (name: string): boolean => it.written.some((part) => part.name === name);
  const code = shape.code ?? "missing-value";
  for (const name of shape.required ?? []) {
    if (!isWritten(name)) refuse(fields.owner, code, `The field ${name} is missing.`);
  }
  const { oneOf, anyOf } = shape;
  const chosen = oneOf?.filter(isWritten) ?? [];
  const known = (oneOf ?? []).filter((name) => {
    const field = shape.fields[name];
    return field !== undefined && isKnown(field, check.version);
  });
  if (oneOf && chosen.length !== 1) {
    const both = chosen.length > 1 ? `, not both ${chosen.slice(0, 2).join(" and ")}` : "";
    // Where the one that is written belongs to another version, that has been said.
    const isOther = oneOf.some((name) => !known.includes(name) && fields.get(name) !== undefined);
    if (!isOther) refuse(fields.owner, code, `Write one of ${known.join(", ")}${both}.`);
  }
  if (anyOf && !anyOf.some(isWritten)) {
    refuse(fields.owner, shape.anyOfCode, `Write at least one of ${anyOf.join(", ")}.`);
  }
}

function isKnown(field: Field, version: CiliumVersion): boolean {
  if (field.since !== undefined && !isSince(version, field.since)) return false;
  return field.until === undefined || !isSince(version, field.until) || version === field.until;
}

function reportUnknown(
  fields: YamlFields,
  name: string,
  about: { readonly field: Field | undefined; readonly shape: MapShape; readonly check: Holding },
): void {
  const { field, shape, check } = about;
  const place = { range: fields.keyRange(name) ?? fields.owner.range, path: pathOf(fields, name) };
  const { owner } = fields;
  if (field) {
    const versions = field.since === undefined ? `up to ${field.until ?? ""}` : `from ${field.since} on`;
    const message = `Cilium ${check.version} knows no field ${name}, which versions ${versions} have: it is ignored.`;
    const others = (shape.oneOf ?? []).filter((other) => other !== name && fields.get(other) !== undefined);
    const isLacking = shape.oneOf?.includes(name) === true && others.length === 0;
    owner.report({
      ...place,
      severity: isLacking ? "error" : "warning",
      code: "version-dependent",
      message,
      refusedBy: isLacking ? ["apiserver"] : [],
      versionDependent: true,
    });
    return;
  }
  const known = Object.keys(shape.fields).filter((other) => fields.get(other) === undefined);
  const likely = nearestWord(name, known);
  const hint = likely === undefined ? "" : ` Did you mean ${likely}? ${check.without(fields, likely)}`;
  const message = `There is no field ${name} here: it is ignored.${hint}`.trimEnd();
  const mend = likely === undefined ? {} : keyMend(fields, name, likely);
  owner.report({ ...place, severity: "warning", code: "unknown-field", message, ...mend });
}

function pathOf(fields: YamlFields, name: string): string {
  return fields.owner.path === "" ? name : `${fields.owner.path}.${name}`;
}

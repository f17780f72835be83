import type { parse } from "@bufbuild/cel";
import type { DescEnum, DescMessage, Registry } from "@bufbuild/protobuf";
import { callType, celFunctions } from "./celOverloads.ts";
import {
  type CelType,
  fieldType,
  isAssignable,
  messageType,
  scalar,
  type ScalarKind,
  typeText,
} from "./celType.ts";

/** A parsed expression. */
export type CelExpression = ReturnType<typeof parse>["expr"];

/** What is wrong with an expression: `id` names the part of it that is meant. */
export class CelFault extends Error {
  readonly id: bigint;

  constructor(message: string, id: bigint) {
    super(message);
    this.id = id;
  }
}

/** What an expression may speak of. */
export interface CelScope {
  /** The package whose messages and enumerations need no qualified name. */
  readonly package: string;
  readonly registry: Registry;
  readonly variables: ReadonlyMap<string, CelType>;
}

/** The type of an expression; throws a {@link CelFault} where Hubble's server would not take it. */
export function celTypeOf(expression: CelExpression, scope: CelScope): CelType {
  const { exprKind: node, id } = expression;
  switch (node.case) {
    case "constExpr":
      return constantType(node.value.constantKind.case);
    case "identExpr":
      return namedType(node.value.name, scope) ?? undeclared(node.value.name, id);
    case "selectExpr":
      return selectedType(expression, node.value, scope);
    case "callExpr":
      return calledType(node.value, id, scope);
    case "listExpr": {
      const types = node.value.elements.map((each) => celTypeOf(each, scope));
      return { kind: "list", of: commonType(types) };
    }
    case "structExpr":
      return structType(node.value, id, scope);
    case "comprehensionExpr":
      return comprehensionType(node.value, id, scope);
    case undefined:
      throw new CelFault("Here something is missing.", id);
  }
}

type Node<Case extends string> =
  Extract<CelExpression["exprKind"], { readonly case: Case }> extends {
    readonly value: infer Value;
  }
    ? Value
    : never;

function constantType(kind: string | undefined): CelType {
  return scalar((kind === undefined ? undefined : constantKinds[kind]) ?? "dyn");
}

const constantKinds: Readonly<Record<string, ScalarKind>> = {
  boolValue: "bool",
  int64Value: "int",
  uint64Value: "uint",
  doubleValue: "double",
  stringValue: "string",
  bytesValue: "bytes",
  nullValue: "null",
};

/** A variable, a type, or a value of an enumeration such as `Verdict.DROPPED`. */
function namedType(name: string, scope: CelScope): CelType | undefined {
  const variable = scope.variables.get(name);
  if (variable) return variable;
  if (typeNames.has(name)) return scalar("type");
  const full = name.startsWith(".") ? name.slice(1) : name;
  for (const candidate of [`${scope.package}.${full}`, full]) {
    if (scope.registry.getMessage(candidate)) return scalar("type");
    const dot = candidate.lastIndexOf(".");
    const enumeration = scope.registry.getEnum(candidate.slice(0, Math.max(dot, 0)));
    if (enumeration && hasValue(enumeration, candidate.slice(dot + 1))) return scalar("int");
  }
  return undefined;
}

const typeNames = new Set([
  "bool",
  "int",
  "uint",
  "double",
  "string",
  "bytes",
  "list",
  "map",
  "null_type",
  "type",
]);

function hasValue(enumeration: DescEnum, name: string): boolean {
  return enumeration.values.some((value) => value.name === name);
}

function selectedType(expression: CelExpression, node: Node<"selectExpr">, scope: CelScope): CelType {
  const qualified = qualifiedName(expression);
  const named =
    qualified !== undefined && !startsWithVariable(qualified, scope) && namedType(qualified, scope);
  if (named) return named;
  const { operand, field, testOnly } = node;
  if (!operand) throw new CelFault("Here something is missing.", expression.id);
  if (qualified !== undefined && !startsWithVariable(qualified, scope)) undeclared(qualified, expression.id);
  const type = celTypeOf(operand, scope);
  const found = memberType(type, field, expression.id);
  return testOnly ? scalar("bool") : found;
}

function memberType(type: CelType, name: string, id: bigint): CelType {
  if (type.kind === "dyn") return type;
  if (type.kind === "map") return type.of;
  if (type.kind !== "message") {
    throw new CelFault(`A value of type ${typeText(type)} has no field "${name}".`, id);
  }
  const field = type.message.fields.find((each) => each.name === name);
  if (field) return fieldType(field);
  throw new CelFault(`${type.message.typeName} has no field "${name}".${suggestion(type.message, name)}`, id);
}

/** Names of JSON instead of those of the API are the usual slip. */
function suggestion(message: DescMessage, name: string): string {
  const plain = (text: string) => text.replaceAll("_", "").toLowerCase();
  const near = message.fields.find((each) => plain(each.name) === plain(name));
  return near ? ` It is written "${near.name}".` : "";
}

function calledType(node: Node<"callExpr">, id: bigint, scope: CelScope): CelType {
  const { function: name, target, args } = node;
  if (!celFunctions.has(name)) throw new CelFault(`There is no function "${name}".`, id);
  const types = [...(target ? [target] : []), ...args].map((each) => celTypeOf(each, scope));
  const type = callType(name, types);
  if (type) return type;
  const given = types.map(typeText).join(", ");
  const numbers = types.some(({ kind }) => kind === "uint") && types.some(({ kind }) => kind === "int");
  const hint = numbers ? ' Numbers of flows are unsigned: write "80u".' : "";
  throw new CelFault(`"${operatorText(name)}" cannot be applied to (${given}).${hint}`, id);
}

function operatorText(name: string): string {
  return name === "@in" ? "in" : name.replaceAll("_", "") || name;
}

function structType(node: Node<"structExpr">, id: bigint, scope: CelScope): CelType {
  const values = node.entries.map(({ value }) => (value ? celTypeOf(value, scope) : scalar("dyn")));
  if (node.messageName === "") {
    const keys = node.entries.map(({ keyKind }) =>
      keyKind.case === "mapKey" ? celTypeOf(keyKind.value, scope) : scalar("dyn"),
    );
    return { kind: "map", key: commonType(keys), of: commonType(values) };
  }
  const { registry } = scope;
  const message =
    registry.getMessage(`${scope.package}.${node.messageName}`) ?? registry.getMessage(node.messageName);
  if (!message) return undeclared(node.messageName, id);
  node.entries.forEach(({ keyKind, id: entry }, index) => {
    const type = memberType(
      { kind: "message", message },
      keyKind.case === "fieldKey" ? keyKind.value : "",
      entry,
    );
    const value = values[index];
    if (value && !isAssignable(type, value)) {
      throw new CelFault(`Here a value of type ${typeText(type)} is expected.`, entry);
    }
  });
  return messageType(message);
}

function comprehensionType(node: Node<"comprehensionExpr">, id: bigint, scope: CelScope): CelType {
  const { iterRange, accuInit, loopCondition, loopStep, result } = node;
  if (!iterRange || !accuInit || !loopCondition || !loopStep || !result) {
    throw new CelFault("Here something is missing.", id);
  }
  const range = celTypeOf(iterRange, scope);
  const item =
    range.kind === "list"
      ? range.of
      : range.kind === "map"
        ? range.key
        : range.kind === "dyn"
          ? range
          : undefined;
  if (!item)
    throw new CelFault(`A value of type ${typeText(range)} has no elements to go through.`, iterRange.id);
  const first = celTypeOf(accuInit, scope);
  const inner = (accumulated: CelType): CelScope => ({
    ...scope,
    variables: new Map([...scope.variables, [node.accuVar, accumulated], [node.iterVar, item]]),
  });
  const step = celTypeOf(loopStep, inner(first));
  if (!isAssignable(first, step)) {
    throw new CelFault(`Here a condition is expected, not a value of type ${typeText(step)}.`, loopStep.id);
  }
  celTypeOf(loopCondition, inner(step));
  return celTypeOf(result, inner(step));
}

function commonType(types: readonly CelType[]): CelType {
  const [first = scalar("dyn"), ...others] = types;
  return others.every((other) => isAssignable(first, other)) ? first : scalar("dyn");
}

/** `a.b.c` of identifiers alone. */
function qualifiedName({ exprKind: node }: CelExpression): string | undefined {
  if (node.case === "identExpr") return node.value.name;
  if (node.case !== "selectExpr" || node.value.testOnly || !node.value.operand) return undefined;
  const before = qualifiedName(node.value.operand);
  return before === undefined ? undefined : `${before}.${node.value.field}`;
}

function startsWithVariable(name: string, { variables }: CelScope): boolean {
  return variables.has(name.split(".", 1)[0] ?? "");
}

function undeclared(name: string, id: bigint): never {
  throw new CelFault(`There is nothing named "${name}"; the flow is "_flow".`, id);
}

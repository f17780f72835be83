import { type CelType, isAssignable, scalar, type ScalarKind } from "./celType.ts";

/** What a function makes of arguments of these types (a method's own value first); `undefined`: it does not take them. */
export type CelFunction = (args: readonly CelType[]) => CelType | undefined;

/** The functions and operators of the language that filters can use, by the name that a parsed expression has for them. */
export const celFunctions: ReadonlyMap<string, CelFunction> = new Map<string, CelFunction>([
  ["_==_", equality],
  ["_!=_", equality],
  ...["_<_", "_<=_", "_>_", "_>=_"].map((name): [string, CelFunction] => [name, ordering]),
  ["_&&_", all("bool", "bool")],
  ["_||_", all("bool", "bool")],
  ["!_", all("bool", "bool")],
  ["@not_strictly_false", all("bool", "bool")],
  ["_+_", firstOf(same("int", "uint", "double", "string", "bytes"), joinedLists, addedTimes)],
  ["_-_", firstOf(same("int", "uint", "double"), subtractedTimes)],
  ["_*_", same("int", "uint", "double")],
  ["_/_", same("int", "uint", "double")],
  ["_%_", same("int", "uint")],
  ["-_", same("int", "double")],
  ["_?_:_", conditional],
  ["_[_]", element],
  ["@in", membership],
  ["size", sized],
  ["contains", all("string", "bool")],
  ["startsWith", all("string", "bool")],
  ["endsWith", all("string", "bool")],
  ["matches", all("string", "bool")],
  ["int", converted("int", "int", "uint", "double", "string", "timestamp")],
  ["uint", converted("uint", "int", "uint", "double", "string")],
  ["double", converted("double", "int", "uint", "double", "string")],
  [
    "string",
    converted("string", "bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration"),
  ],
  ["bytes", converted("bytes", "string", "bytes")],
  ["bool", converted("bool", "bool", "string")],
  ["timestamp", converted("timestamp", "string", "int", "timestamp")],
  ["duration", converted("duration", "string", "duration")],
  ["type", (args) => (args.length === 1 ? scalar("type") : undefined)],
  ["dyn", (args) => (args.length === 1 ? scalar("dyn") : undefined)],
  ...["FullYear", "Month", "DayOfYear", "DayOfMonth", "Date", "DayOfWeek"].map(
    (name): [string, CelFunction] => [`get${name}`, (args) => partOfTime(args, "timestamp")],
  ),
  ...["Hours", "Minutes", "Seconds", "Milliseconds"].map((name): [string, CelFunction] => [
    `get${name}`,
    (args) => partOfTime(args, "timestamp") ?? (args.length === 1 ? partOfTime(args, "duration") : undefined),
  ]),
]);

/** How many arguments each function has, where its types alone do not tell. */
const twoArguments: ReadonlySet<string> = new Set(["contains", "startsWith", "endsWith", "matches"]);

/** The type of a call; `undefined`: there is such a function, but not for these arguments. */
export function callType(name: string, args: readonly CelType[]): CelType | undefined {
  if (twoArguments.has(name) && args.length !== 2) return undefined;
  return celFunctions.get(name)?.(args);
}

function is(type: CelType | undefined, kind: ScalarKind): boolean {
  return type !== undefined && isAssignable(type, scalar(kind)) && type.kind !== "null";
}

/** All arguments are of one kind. */
function all(kind: ScalarKind, result: ScalarKind): CelFunction {
  return (args) => (args.every((arg) => is(arg, kind)) ? scalar(result) : undefined);
}

/** All arguments are of the same kind, one of these, and so is the result. */
function same(...kinds: readonly ScalarKind[]): CelFunction {
  return (args) => {
    const kind = kinds.find((each) => args.every((arg) => is(arg, each)));
    if (kind === undefined) return undefined;
    return args.every((arg) => arg.kind === "dyn") ? scalar("dyn") : scalar(kind);
  };
}

function firstOf(...functions: readonly CelFunction[]): CelFunction {
  return (args) => {
    for (const each of functions) {
      const type = each(args);
      if (type) return type;
    }
    return undefined;
  };
}

function converted(result: ScalarKind, ...kinds: readonly ScalarKind[]): CelFunction {
  return ([arg, ...others]) =>
    others.length === 0 && kinds.some((kind) => is(arg, kind)) ? scalar(result) : undefined;
}

function equality([left, right]: readonly CelType[]): CelType | undefined {
  return left && right && isAssignable(left, right) ? scalar("bool") : undefined;
}

const ordered: readonly ScalarKind[] = [
  "bool",
  "int",
  "uint",
  "double",
  "string",
  "bytes",
  "timestamp",
  "duration",
];

/** Numbers of different kinds are not compared: `80u`, not `80`, for a port. */
function ordering(args: readonly CelType[]): CelType | undefined {
  return ordered.some((kind) => args.every((arg) => is(arg, kind))) ? scalar("bool") : undefined;
}

function conditional([test, left, right]: readonly CelType[]): CelType | undefined {
  if (!is(test, "bool") || !left || !right || !isAssignable(left, right)) return undefined;
  return left.kind === "null" || left.kind === "dyn" ? right : left;
}

function element([from, index]: readonly CelType[]): CelType | undefined {
  if (from?.kind === "dyn") return from;
  if (from?.kind === "list") return is(index, "int") ? from.of : undefined;
  if (from?.kind === "map") return index && isAssignable(from.key, index) ? from.of : undefined;
  return undefined;
}

function membership([value, within]: readonly CelType[]): CelType | undefined {
  if (!value || !within) return undefined;
  const members = within.kind === "list" ? within.of : within.kind === "map" ? within.key : within;
  const isWithin = within.kind === "dyn" || (within !== members && isAssignable(members, value));
  return isWithin ? scalar("bool") : undefined;
}

function sized([value, ...others]: readonly CelType[]): CelType | undefined {
  if (!value || others.length > 0) return undefined;
  const hasSize = value.kind === "list" || value.kind === "map" || is(value, "string") || is(value, "bytes");
  return hasSize ? scalar("int") : undefined;
}

function joinedLists([left, right]: readonly CelType[]): CelType | undefined {
  if (left?.kind !== "list" || right?.kind !== "list" || !isAssignable(left, right)) return undefined;
  return left.of.kind === "dyn" ? right : left;
}

function addedTimes([left, right]: readonly CelType[]): CelType | undefined {
  if (is(left, "duration") && is(right, "duration")) return scalar("duration");
  const isMoved =
    (is(left, "timestamp") && is(right, "duration")) || (is(left, "duration") && is(right, "timestamp"));
  return isMoved ? scalar("timestamp") : undefined;
}

function subtractedTimes([left, right]: readonly CelType[]): CelType | undefined {
  if (is(left, "timestamp") && is(right, "timestamp")) return scalar("duration");
  if (is(left, "timestamp") && is(right, "duration")) return scalar("timestamp");
  return is(left, "duration") && is(right, "duration") ? scalar("duration") : undefined;
}

function partOfTime([time, zone, ...others]: readonly CelType[], kind: ScalarKind): CelType | undefined {
  const isTaken = is(time, kind) && others.length === 0 && (zone === undefined || is(zone, "string"));
  return isTaken ? scalar("int") : undefined;
}

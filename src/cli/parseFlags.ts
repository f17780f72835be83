import { parseArgs } from "node:util";
import { ArgumentError } from "./argumentError.ts";

/** What a flag takes: any text, a whole number, one of some words, or nothing (`--flag`, `--flag=false`). */
export type Flag =
  | { readonly kind: "text"; readonly short?: string }
  | { readonly kind: "count"; readonly short?: string }
  | { readonly kind: "switch"; readonly short?: string }
  | { readonly kind: "choice"; readonly short?: string; readonly choices: readonly string[] };

/** The flags of a command by name, without the dashes. */
export type Flags = Readonly<Record<string, Flag>>;

/** What was given of some flags; the last one counts where a flag is repeated. */
export type FlagValues<F extends Flags> = { readonly [Name in keyof F]?: FlagValue<F[Name]> };

type FlagValue<F extends Flag> = F extends { readonly choices: readonly (infer Choice)[] }
  ? Choice
  : F["kind"] extends "text"
    ? string
    : F["kind"] extends "count"
      ? number
      : boolean;

/** Reads a command's arguments; throws an {@link ArgumentError} for an unknown flag, a bad value, or anything else. */
export function parseFlags<F extends Flags>(args: readonly string[], flags: F): FlagValues<F> {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => {
      const type = flag.kind === "switch" ? ("boolean" as const) : ("string" as const);
      return [name, { type, ...(flag.short !== undefined && { short: flag.short }) }];
    }),
  );
  const { tokens } = parseArgs({
    args: [...args],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values: Record<string, string | number | boolean> = {};
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") throw new ArgumentError(`“${token.value}” is not expected here`);
    const flag = Object.hasOwn(flags, token.name) ? flags[token.name] : undefined;
    if (!flag) throw new ArgumentError(`unknown flag ${token.rawName}; there are ${namesOf(flags)}`);
    values[token.name] = readValue(token.rawName, flag, token.value);
  }
  return values as FlagValues<F>;
}

function readValue(name: string, flag: Flag, value: string | undefined): string | number | boolean {
  if (flag.kind === "switch") {
    if (value === undefined || value === "true") return true;
    if (value === "false") return false;
    throw new ArgumentError(`${name} takes true or false, not “${value}”`);
  }
  if (value === undefined) throw new ArgumentError(`${name} needs ${describe(flag)} after it`);
  const good =
    flag.kind === "text" ||
    (flag.kind === "count" && /^\d{1,15}$/.test(value)) ||
    (flag.kind === "choice" && flag.choices.includes(value));
  if (!good) throw new ArgumentError(`${name} takes ${describe(flag)}, not “${value}”`);
  return flag.kind === "count" ? Number(value) : value;
}

function describe(flag: Exclude<Flag, { readonly kind: "switch" }>): string {
  switch (flag.kind) {
    case "text":
      return "a value";
    case "count":
      return "a whole number";
    case "choice":
      return flag.choices.join(", ");
  }
}

function namesOf(flags: Flags): string {
  return Object.keys(flags)
    .map((name) => `--${name}`)
    .join(", ");
}

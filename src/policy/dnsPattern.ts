import { compilePattern, type Pattern } from "../base/pattern.ts";
import type { DnsName } from "./policy.ts";

/** Answers whether a DNS name fits a `matchName` or `matchPattern`; `undefined`: that depends on the agents' version. */
export type DnsMatcher = (name: string) => boolean | undefined;

const letters = "[-a-zA-Z0-9_]";

/**
 * Compiles a name or pattern. Names are compared in lower case and with their final dot. `*` stands for any letters
 * within one label, alone for every name; a leading `**.` stands for one or more labels from 1.19 on, before that
 * for what `*.` does.
 */
export function compileDnsName(
  name: DnsName,
  version: { readonly major: number; readonly minor: number } | undefined,
): DnsMatcher {
  const text = absolute(name.text);
  if (name.type === "matchName") return (asked) => absolute(asked) === text;
  if (text === "*." || text === "**.") return (asked) => /^([-a-z0-9_]+\.)+$|^\.$/.test(absolute(asked));
  const narrow = compile(text.replace(/\*+/g, "*"), "");
  if (!text.startsWith("**.")) return (asked) => fits(narrow, asked);
  const wide = compile(text.slice(3).replace(/\*+/g, "*"), `${letters}+([.]${letters}+){0,}[.]`);
  if (version) {
    const chosen = version.major > 1 || version.minor >= 19 ? wide : narrow;
    return (asked) => fits(chosen, asked);
  }
  return (asked) => {
    const both = fits(wide, asked);
    return both === fits(narrow, asked) ? both : undefined;
  };
}

function compile(text: string, prefix: string): Pattern | undefined {
  const body = text.replaceAll(".", "[.]").replaceAll("*", `${letters}*`);
  const pattern = compilePattern(`^${prefix}${body}$`);
  return "error" in pattern ? undefined : pattern;
}

function fits(pattern: Pattern | undefined, asked: string): boolean {
  return pattern?.matches(absolute(asked)) ?? false;
}

/** In lower case, with the dot that ends a complete name. */
function absolute(name: string): string {
  const lower = name.trim().toLowerCase();
  return lower.endsWith(".") ? lower : `${lower}.`;
}

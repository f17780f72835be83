import { compilePattern, type Pattern } from "../base/pattern.ts";
import type { DnsName } from "./policy.ts";

/** Answers whether a DNS name fits a `matchName` or `matchPattern`; `undefined`: that depends on the agents' version. */
export type DnsMatcher = (name: string) => boolean | undefined;

const letters = "[-a-zA-Z0-9_]";

/**
 * Compiles a name or pattern. Names are compared in lower case and with their final dot. `*` stands for any letters
 * within one label, alone for every name. From 1.19 on a leading `**.` stands for one or more labels, and stars alone
 * for every name, however many; before that several stars are what one within a name is.
 */
export function compileDnsName(
  name: DnsName,
  version: { readonly major: number; readonly minor: number } | undefined,
): DnsMatcher {
  const text = absolute(name.text);
  if (name.type === "matchName") return (asked) => absolute(asked) === text;
  if (name.text.trim() === "*") return isName;
  const narrow = compile(text.replace(/\*+/g, "*"), "");
  const old = (asked: string): boolean => fits(narrow, asked);
  const recent = recentMatcher(text) ?? old;
  if (recent === old) return old;
  if (version) return version.major > 1 || version.minor >= 19 ? recent : old;
  return (asked) => {
    const both = recent(asked);
    return both === old(asked) ? both : undefined;
  };
}

/** What agents from 1.19 on take several stars at the beginning for; `undefined`: there are none. */
function recentMatcher(text: string): ((asked: string) => boolean) | undefined {
  if (/^\*+\.$/.test(text)) return isName;
  const stars = /^\*{2,}\./.exec(text)?.[0];
  if (stars === undefined) return undefined;
  const wide = compile(text.slice(stars.length).replace(/\*+/g, "*"), `${letters}+([.]${letters}+){0,}[.]`);
  return (asked) => fits(wide, asked);
}

function isName(asked: string): boolean {
  return /^([-a-z0-9_]+\.)+$|^\.$/.test(absolute(asked));
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

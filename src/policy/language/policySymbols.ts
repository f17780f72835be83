import type { TextRange } from "../../base/textRange.ts";
import { type Policy, policyName, type PolicyRule, type PolicySection, type PolicySpec } from "../policy.ts";
import type { ReadPolicies } from "../readPolicies.ts";
import { requestName, ruleName, subjectName } from "./ruleNames.ts";

/** A part of a policy document as an outline shows it. Its range holds `selection` and the ranges of its children. */
export interface PolicySymbol {
  readonly kind: "policy" | "spec" | "section" | "rule" | "request";
  /** Never empty. */
  readonly name: string;
  readonly detail: string;
  readonly range: TextRange;
  /** What is selected when somebody goes there: the beginning of the part. */
  readonly selection: TextRange;
  readonly children: readonly PolicySymbol[];
  /** So many more parts it has that are left out, because there are too many; absent: none. */
  readonly unlisted?: number;
}

/** What an outline shows of a text: policies, their directions, rules and requests, in the order of the text. */
export interface PolicyOutline {
  readonly symbols: readonly PolicySymbol[];
}

/** How many parts an outline has room for. */
class Room {
  left: number;

  constructor(most: number) {
    this.left = most;
  }

  /** As many of the parts as there is room for. */
  take<Part>(parts: readonly Part[]): readonly Part[] {
    const taken = parts.slice(0, Math.max(0, this.left));
    this.left -= taken.length;
    return taken;
  }
}

/** The outline of a text that was read, with at most so many rules and requests: those of a long one's end are left out. */
export function policyOutline({ policies, pieces }: ReadPolicies, most: number): PolicyOutline {
  const room = new Room(most);
  const symbols = policies.map((policy) => {
    const piece = pieces?.find(
      ({ offset, text }) => offset <= policy.range.start && policy.range.start < offset + text.length,
    );
    // Of a document that is one policy all is that policy's.
    const whole = piece?.policies.length === 1 ? contentRange(piece.text, piece.offset) : undefined;
    return policySymbol(policy, whole, room);
  });
  return { symbols };
}

function policySymbol(policy: Policy, whole: TextRange | undefined, room: Room): PolicySymbol {
  const [only, ...others] = policy.specs;
  const children =
    only && others.length === 0 && only.path === "spec"
      ? only.sections.map((section) => sectionSymbol(section, room))
      : policy.specs.map((spec) => specSymbol(spec, room));
  return symbol({
    kind: "policy",
    name: policy.name === "" ? "(no name)" : policyName(policy),
    detail: policy.kind,
    range: whole ?? policy.range,
    selection: policy.range,
    children,
  });
}

function specSymbol(spec: PolicySpec, room: Room): PolicySymbol {
  const { path: name, range, subject } = spec;
  const children = spec.sections.map((section) => sectionSymbol(section, room));
  return symbol({ kind: "spec", name, detail: subjectName(subject), range, selection: range, children });
}

function sectionSymbol({ name, range, rules }: PolicySection, room: Room): PolicySymbol {
  const detail = rules.length === 1 ? "1 rule" : `${rules.length} rules`;
  const children = room.take(rules).map((rule) => ruleSymbol(rule, room));
  const selection = { start: range.start, end: Math.min(range.end, range.start + name.length) };
  const unlisted = rules.length - children.length;
  const section = { kind: "section", name, detail, range, selection, children } as const;
  return symbol(unlisted > 0 ? { ...section, unlisted } : section);
}

function ruleSymbol(rule: PolicyRule, room: Room): PolicySymbol {
  const entries = rule.ports === "any" ? [] : rule.ports.flatMap(({ l7 }) => l7?.entries ?? []);
  const children = room.take(entries).map((entry) => {
    const { range } = entry;
    return symbol({
      kind: "request",
      name: requestName(entry),
      detail: "",
      range,
      selection: range,
      children: [],
    });
  });
  const { range } = rule;
  const unlisted = entries.length - children.length;
  const made = { kind: "rule", name: ruleName(rule), detail: "", range, selection: range, children } as const;
  return symbol(unlisted > 0 ? { ...made, unlisted } : made);
}

/** Aliases and merge keys may put a part outside of what holds it: the range is widened to hold all. */
function symbol(made: PolicySymbol): PolicySymbol {
  const parts = [made.range, made.selection, ...made.children.map(({ range }) => range)];
  return {
    ...made,
    range: {
      start: parts.reduce((least, { start }) => Math.min(least, start), made.range.start),
      end: parts.reduce((most, { end }) => Math.max(most, end), made.range.end),
    },
  };
}

/** From the first to the last character of a document that is neither white space nor a comment before it. */
function contentRange(text: string, offset: number): TextRange {
  const first = /^[ \t]*[^#\s]/m.exec(text)?.index ?? 0;
  return { start: offset + first, end: offset + Math.max(first, text.trimEnd().length) };
}

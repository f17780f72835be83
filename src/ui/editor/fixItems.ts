import type { Problem } from "../../base/problem.ts";
import type { TextRange } from "../../base/textRange.ts";
import { shortText } from "../shortText.ts";
import type { Translate } from "../translate.ts";

/** One replacement in a text. */
export interface FixEdit {
  readonly range: TextRange;
  readonly text: string;
}

/** A mend that a person is offered. */
export interface FixItem {
  readonly title: string;
  /** What it mends. */
  readonly problems: readonly Problem[];
  readonly edits: readonly FixEdit[];
}

/** What is mended without asking, on save: what can mean one thing only. */
const plainCodes: ReadonlySet<string> = new Set([
  "unquoted-text",
  "unquoted-letter",
  "wrong-type",
  "invalid-operator",
  "invalid-policy-type",
  "unknown-protocol",
]);

/** The mends of the problems that touch a stretch of the text; after them, of kinds that the text has more of, of all at once. */
export function fixItems(
  problems: readonly Problem[],
  { text, within }: { readonly text: (range: TextRange) => string; readonly within: TextRange },
  t: Translate,
): readonly FixItem[] {
  const touched = problems
    .filter(({ fix, range }) => fix !== undefined && range.start <= within.end && within.start <= range.end)
    // What is said of little is meant most.
    .sort((one, other) => lengthOf(one) - lengthOf(other));
  const single = touched.map((problem) => {
    const edit = editOf(problem);
    return { title: titleOf(edit, text, t), problems: [problem], edits: [edit] };
  });
  const codes = [...new Set(touched.map(({ code }) => code))];
  const several = codes.flatMap((code) => {
    const alike = problems.filter((problem) => problem.code === code && problem.fix !== undefined);
    if (alike.length < 2) return [];
    const title = t("Mend all {0} of this kind in the file ({1})", alike.length, code);
    return [{ title, problems: alike, edits: apart(alike.map(editOf)) }];
  });
  return [...single, ...several];
}

/** All that can mean one thing only, mended at once. */
export function plainEdits(problems: readonly Problem[]): readonly FixEdit[] {
  return apart(problems.filter(({ code, fix }) => fix !== undefined && plainCodes.has(code)).map(editOf));
}

function lengthOf({ range }: Problem): number {
  return range.end - range.start;
}

function editOf({ range, fix = "", fixRange = range }: Problem): FixEdit {
  return { range: fixRange, text: fix };
}

/** Those that do not touch one before them. */
function apart(edits: readonly FixEdit[]): readonly FixEdit[] {
  const sorted = [...edits].sort((one, other) => one.range.start - other.range.start);
  let end = -1;
  return sorted.filter(({ range }) => {
    if (range.start <= end) return false;
    end = range.end;
    return true;
  });
}

function titleOf(edit: FixEdit, text: (range: TextRange) => string, t: Translate): string {
  const { start, end } = edit.range;
  if (edit.text === "") return t("Remove {0}", words(text(edit.range)));
  if (start === end) return t("Add {0}", words(edit.text));
  return t("Change to {0}", words(edit.text));
}

/** What is written, without what joins it to the rest. */
function words(written: string): string {
  const line = shortText(written).replace(/^[,-] ?|,$/g, "");
  return line.length <= longestWords ? line : `${line.slice(0, longestWords)}…`;
}

/** As much of a text as has room in a title. */
const longestWords = 60;

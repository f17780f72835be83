import {
  CodeAction,
  type CodeActionContext,
  CodeActionKind,
  type CodeActionProvider,
  languages,
  type Range,
  type TextDocument,
  WorkspaceEdit,
} from "vscode";
import type { Disposable } from "../../base/disposable.ts";
import type { TextRange } from "../../base/textRange.ts";
import { localize } from "../vscode/localize.ts";
import { offsetRange } from "../vscode/offsetRange.ts";
import { diagnosticSource, type PolicyDiagnostics } from "./diagnostics.ts";
import { type FixEdit, type FixItem, fixItems, plainEdits } from "./fixItems.ts";
import { policySelector } from "./policyDocuments.ts";

const fixAll = CodeActionKind.SourceFixAll.append("hubbleLens");

/** Offers to mend what the diagnostics mark, each time in one step that is undone as one. */
export function registerQuickFixes(diagnostics: PolicyDiagnostics): Disposable {
  return languages.registerCodeActionsProvider(policySelector, new QuickFixes(diagnostics), {
    providedCodeActionKinds: [CodeActionKind.QuickFix, fixAll],
  });
}

class QuickFixes implements CodeActionProvider {
  readonly #diagnostics: PolicyDiagnostics;

  constructor(diagnostics: PolicyDiagnostics) {
    this.#diagnostics = diagnostics;
  }

  async provideCodeActions(
    document: TextDocument,
    range: Range,
    { only, diagnostics }: CodeActionContext,
  ): Promise<CodeAction[]> {
    const wantsAll = only?.contains(fixAll) === true;
    const wantsSingle = only === undefined || only.contains(CodeActionKind.QuickFix);
    const isMarked = diagnostics.some(({ source }) => source === diagnosticSource);
    if (!wantsAll && !(wantsSingle && isMarked)) return [];
    const problems = await this.#diagnostics.problemsOf(document);
    if (wantsAll) return fixAllActions(document, plainEdits(problems));
    const within = { start: document.offsetAt(range.start), end: document.offsetAt(range.end) };
    const text = (part: TextRange): string => document.getText(offsetRange(document, part));
    const items = fixItems(problems, { text, within }, localize);
    const single = items.filter((item) => item.problems.length === 1);
    return items.map((item) => {
      const action = new CodeAction(item.title, CodeActionKind.QuickFix);
      action.edit = editOf(document, item.edits);
      action.diagnostics = diagnostics.filter((diagnostic) => mends(item, diagnostic, document));
      action.isPreferred = single.length === 1 && item === single[0];
      return action;
    });
  }
}

function mends(
  { problems }: FixItem,
  { source, code, range }: CodeActionContext["diagnostics"][number],
  document: TextDocument,
): boolean {
  const value = typeof code === "object" ? code.value : code;
  return (
    source === diagnosticSource &&
    problems.some((problem) => problem.code === value && offsetRange(document, problem.range).isEqual(range))
  );
}

function fixAllActions(document: TextDocument, edits: readonly FixEdit[]): CodeAction[] {
  if (edits.length === 0) return [];
  const action = new CodeAction(localize("Mend what can mean one thing only"), fixAll);
  action.edit = editOf(document, edits);
  return [action];
}

function editOf(document: TextDocument, edits: readonly FixEdit[]): WorkspaceEdit {
  const edit = new WorkspaceEdit();
  for (const { range, text } of edits) edit.replace(document.uri, offsetRange(document, range), text);
  return edit;
}

import { Range, type TextDocument } from "vscode";
import type { TextRange } from "../../base/textRange.ts";

/** A stretch of offsets as VS Code's range; offsets past the end mean the end. */
export function offsetRange(document: TextDocument, range: TextRange): Range {
  return new Range(document.positionAt(range.start), document.positionAt(range.end));
}

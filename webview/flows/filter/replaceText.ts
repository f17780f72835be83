/**
 * Gives a field another text as if a person had written it: undo takes it back, and an `input` event tells of it. One that
 * nobody writes in just gets it.
 */
export function replaceText(input: HTMLInputElement, text: string): void {
  const { value } = input;
  if (value === text) return;
  if (document.activeElement !== input) {
    input.value = text;
    return;
  }
  const { start, end, put } = changedPart(value, text);
  input.setSelectionRange(start, end);
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing else writes in a way that undo knows of
  const isDone = document.execCommand(put === "" ? "delete" : "insertText", false, put);
  if (!isDone) input.value = text;
}

/** The stretch of a text in whose place another has to stand to make it the second one. */
export function changedPart(
  before: string,
  after: string,
): { readonly start: number; readonly end: number; readonly put: string } {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let tail = 0;
  while (tail < shorter - start && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  return { start, end: before.length - tail, put: after.slice(start, after.length - tail) };
}

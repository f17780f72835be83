/** Puts arguments in the places `{0}`, `{1}` … of a text. */
export function fillText(text: string, ...args: readonly (string | number)[]): string {
  return text.replace(/\{(\d+)\}/g, (whole, index: string) => String(args[Number(index)] ?? whole));
}

/** Gives a text in the person's language; `{0}`, `{1}` … stand for the arguments. */
export type Translate = (message: string, ...args: readonly (string | number)[]) => string;

/** Leaves texts in English and only fills the arguments in: for what runs without an editor. */
export function untranslated(message: string, ...args: readonly (string | number)[]): string {
  return message.replace(/\{(\d+)\}/g, (whole, index: string) => String(args[Number(index)] ?? whole));
}

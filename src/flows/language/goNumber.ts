/** Largest values of Go's unsigned integers. */
export const maxUint16 = 0xffffn;
export const maxUint32 = 0xffff_ffffn;
export const maxUint64 = 0xffff_ffff_ffff_ffffn;

/** Reads an unsigned integer in decimal digits, or `undefined` when it is none or over `max`. */
export function readDecimal(text: string, max: bigint): bigint | undefined {
  if (!/^\d{1,40}$/.test(text)) return undefined;
  const number = BigInt(text);
  return number <= max ? number : undefined;
}

const bases = [
  /^(0x)(_?[\da-f]+)+$/i,
  /^(0b)(_?[01]+)+$/i,
  /^(0o)(_?[0-7]+)+$/i,
  /^(0)(_?[0-7]+)+$/,
  /^()(0|[1-9](_?\d)*)$/,
] as const;
const prefixes = ["0x", "0b", "0o", "0o", ""];

/**
 * Reads an unsigned integer as Go's literals are written (`1_000`, `0x10`, `0b11`, `0o17`, and `017`, which is octal),
 * or `undefined` when it is none or over `max`.
 */
export function readLiteral(text: string, max: bigint): bigint | undefined {
  if (text.length > 128) return undefined;
  const index = bases.findIndex((pattern) => pattern.test(text));
  if (index === -1) return undefined;
  const written = bases[index]?.exec(text)?.[1] ?? "";
  const number = BigInt((prefixes[index] ?? "") + text.slice(written.length).replaceAll("_", ""));
  return number <= max ? number : undefined;
}

/** Reads a truth value as Go does: `true`, `T`, `1`, … */
export function readBoolean(text: string): boolean | undefined {
  if (["1", "t", "T", "TRUE", "true", "True"].includes(text)) return true;
  if (["0", "f", "F", "FALSE", "false", "False"].includes(text)) return false;
  return undefined;
}

/** What is coloured of a printed flow, each with its colour as a terminal numbers them. */
const colors = {
  host: 36,
  port: 33,
  identity: 35,
  allowed: 32,
  denied: 31,
  undecided: 33,
} as const;

export type PaintedPart = keyof typeof colors;

/** Colours a part of a line, as `hubble observe --color always` does. */
export function paint(part: PaintedPart, text: string): string {
  return `\x1b[${colors[part]}m${text}\x1b[0m`;
}

/**
 * Names and URLs come from strangers: what would steer a terminal is made visible instead. With `keepColors` the
 * sequences that {@link paint} writes stay, wherever they come from.
 */
export function withoutEscapes(text: string, keepColors = false): string {
  // Several times as fast as one expression for both; it is asked of every line.
  if (!text.includes("\x1b") && !text.includes("\r")) return text;
  return text.replaceAll(keepColors ? /\x1b(?!\[(?:3[1-6]|0)m)/g : /\x1b/g, "^[").replaceAll("\r", "\\r");
}

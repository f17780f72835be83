/** The most that a message beside other things says of a cause. */
const longest = 300;

/** A text for where there is little room: on one line, its first 300 characters; what is cut off ends in an ellipsis. */
export function shortText(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  const characters = Array.from(line.slice(0, 2 * longest + 2));
  return characters.length <= longest ? line : `${characters.slice(0, longest).join("").trimEnd()}…`;
}

/** The documents of a YAML text, as they are written; a line that starts with `---` starts the next one. */
export function splitDocuments(text: string): readonly string[] {
  const documents: string[][] = [[]];
  for (const line of text.split(/(?<=\n)/)) {
    // At the start of a line these three characters cannot be anything else, not even in a block of text.
    if (/^---(\s|$)/.test(line)) documents.push([]);
    else documents.at(-1)?.push(line);
  }
  return documents.map((lines) => lines.join("")).filter((document) => document.trim() !== "");
}

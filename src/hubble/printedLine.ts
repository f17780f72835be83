import { isJsonLine, lineText, responseToJson } from "./jsonpb.ts";

/** What `hubble` writes never has: space between the parts, names in camelCase (but one), fields without a value. */
const otherForm = /":\s|,\s"|[{[]\s|"(?!ipVersion")[a-z]+[A-Z]\w*":|:null/;

/**
 * One event as `hubble observe -o jsonpb` prints it. A flow's line that has this form already, as captures of `hubble` and
 * of Cilium's exporter do, is answered as it is, with fields that only a newer version knows. Throws as `responseToJson`.
 */
export function printedLine(raw: Uint8Array): string {
  if (!isJsonLine(raw)) return responseToJson(raw);
  const text = lineText(raw);
  return text.startsWith('{"flow":{"') && text.endsWith("}") && !otherForm.test(text)
    ? text
    : responseToJson(raw);
}

import { addressBytes } from "../../base/addressBytes.ts";
import { blockTest } from "./addressTest.ts";

/** A label with where it comes from: `k8s`, `reserved`, `cidr`, …; in a selector `any` is every source. */
export interface LabelKey {
  readonly source: string;
  readonly key: string;
}

export interface Label extends LabelKey {
  readonly value: string;
}

/** The key in a selector: `source:key`, or `key` of any source. A source ends at its first dot. */
export function labelKey(text: string): LabelKey {
  const extended = text.includes(":") ? text.replace(":", ".") : `any.${text}`;
  const dot = extended.indexOf(".");
  const source = extended.slice(0, dot);
  return { source: source === "unspec" ? "any" : source, key: extended.slice(dot + 1) };
}

/** A label as flows have it: `source:key=value`; without a source it is of none, `$key` is reserved. */
export function parseLabel(text: string): Label {
  const { source, rest } = sourceOf(text);
  const equals = rest.indexOf("=");
  if (equals === -1) return { source, key: rest, value: "" };
  if (equals === 0 && source === "reserved") return { source, key: rest.slice(1), value: "" };
  return { source, key: rest.slice(0, equals), value: rest.slice(equals + 1) };
}

/** Is this the label that a selector's key asks for? A key `cidr:10.0.0.0/8` also asks for every block within. */
export function hasKey(label: Label, wanted: LabelKey): boolean {
  if (wanted.source !== "any" && wanted.source !== label.source) return false;
  return wanted.key === label.key || (wanted.source === "cidr" && isWithin(label.key, wanted.key));
}

const colon = 0x3a;
const equals = 0x3d;

/** Is a label as flows have it worth parsing to ask {@link hasKey}? Tells most that have another key, at little cost. */
export function mayHaveKey(text: string, { source, key }: LabelKey): boolean {
  let start = 0;
  while (start < text.length && text.charCodeAt(start) !== colon) start += 1;
  if (start === text.length || source === "cidr" || text.startsWith("$")) return true;
  const first = text.charCodeAt(start + 1);
  const end = start + 1 + key.length;
  return (
    first === equals ||
    (first === key.charCodeAt(0) && (end === text.length || text.charCodeAt(end) === equals))
  );
}

function sourceOf(text: string): { readonly source: string; readonly rest: string } {
  if (text.startsWith("$")) return { source: "reserved", rest: text.slice(1) };
  const colon = text.indexOf(":");
  if (colon !== -1) return { source: text.slice(0, colon) || "unspec", rest: text.slice(colon + 1) };
  return text.startsWith("reserved.")
    ? { source: "reserved", rest: text.slice("reserved.".length) }
    : { source: "unspec", rest: text };
}

/** Labels write `-` for the colons of an address. */
function isWithin(narrow: string, wide: string): boolean {
  const [network = "", length = ""] = wide.replaceAll("-", ":").split("/");
  const [address = "", bits = ""] = narrow.replaceAll("-", ":").split("/");
  const bytes = addressBytes(address);
  return (
    bytes !== undefined && Number(bits) >= Number(length) && blockTest(network, length)?.(bytes) === true
  );
}

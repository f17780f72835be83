import { parseAddressBlock } from "../base/ipAddress.ts";

/** Does a set of labels (`source:key=value`, or `key=value`) meet a selector? */
export type LabelPredicate = (labels: readonly string[]) => boolean;

interface Label {
  readonly source: string;
  readonly key: string;
  readonly value: string;
}

/**
 * Reads a Kubernetes selector (`a=b,c!=d,e in (f,g),h,!i,j>5`) whose keys may have a source in front (`k8s:app`), as
 * Hubble's label filters take it; a key without one (or with `any:`) fits every source.
 */
export function labelPredicate(selector: string): LabelPredicate | { readonly error: string } {
  if (selector === "") return () => true;
  const tests: ((labels: readonly Label[]) => boolean)[] = [];
  for (const part of selector.split(/,(?![^(]*\))/)) {
    const test = requirement(part.trim());
    if (!test) return { error: `invalid label selector ${selector}` };
    tests.push(test);
  }
  return (labels) => {
    const parsed = labels.map(parseLabel);
    return tests.every((test) => test(parsed));
  };
}

const keyPattern = String.raw`(?<key>[^\s=!<>(),]+)`;
const existsPattern = new RegExp(`^(?<not>!?)\\s*${keyPattern}$`);
const equalsPattern = new RegExp(`^${keyPattern}\\s*(?<operator>==|=|!=)\\s*(?<value>[^\\s=!<>(),]*)$`);
const orderPattern = new RegExp(`^${keyPattern}\\s*(?<operator>[<>])\\s*(?<value>[0-9]+)$`);
const setPattern = new RegExp(`^${keyPattern}\\s+(?<operator>in|notin)\\s*\\((?<values>[^()=!<>]*)\\)$`);

function requirement(text: string): ((labels: readonly Label[]) => boolean) | undefined {
  const patterns = [existsPattern, equalsPattern, orderPattern, setPattern];
  const parts = patterns.map((pattern) => pattern.exec(text)?.groups).find((groups) => groups !== undefined);
  const find = parts && finder(parts.key ?? "");
  if (!find) return undefined;
  const { not, operator, value = "", values } = parts;
  if (not !== undefined) {
    return not === "!" ? (labels) => !find(labels) : (labels) => find(labels) !== undefined;
  }
  if (operator === "<" || operator === ">") return ordered(find, operator, value);
  const wanted = values === undefined ? [value] : values.split(",").map((each) => each.trim());
  if (!wanted.every(isValue)) return undefined;
  const isWithin = (labels: readonly Label[]) => {
    const found = find(labels);
    return found !== undefined && wanted.includes(found.value);
  };
  return operator === "!=" || operator === "notin" ? (labels) => !isWithin(labels) : isWithin;
}

type Finder = (labels: readonly Label[]) => Label | undefined;

function ordered(find: Finder, operator: string, value: string) {
  const largest = 2n ** 63n;
  if (value.length > 63 || BigInt(value) >= largest) return undefined;
  return (labels: readonly Label[]) => {
    const text = find(labels)?.value ?? "";
    if (!/^[+-]?[0-9]+$/.test(text)) return false;
    const number = BigInt(text.replace("+", ""));
    if (number >= largest || number < -largest) return false;
    return operator === ">" ? number > BigInt(value) : number < BigInt(value);
  };
}

/** Letters, digits, `-`, `_` and `.`, the last three not at the ends: up to 63. */
function isValue(text: string): boolean {
  return text === "" || /^(?=.{1,63}$)[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?$/.test(text);
}

/** Source and key are one name for Kubernetes, `source.key`, and must make a good one. */
function finder(text: string): Finder | undefined {
  const name = text.includes(":") ? text.replace(":", ".") : `any.${text}`;
  const slash = name.indexOf("/");
  const domain = slash === -1 ? undefined : name.slice(0, slash);
  if (!isValue(name.slice(slash + 1)) || name.slice(slash + 1) === "") return undefined;
  if (
    domain !== undefined &&
    !/^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(domain)
  ) {
    return undefined;
  }
  const [, source = "", key = ""] = /^([^.]*)\.(.*)$/s.exec(name) ?? [];
  const isAny = source === "any" || source === "unspec";
  return (labels) =>
    labels.find(
      (label) =>
        (isAny || label.source === source) && (label.key === key || isWiderBlock(source, key, label)),
    );
}

/** A selector `cidr:10.0.0.0/8` also takes labels of the blocks in it. */
function isWiderBlock(source: string, key: string, label: Label): boolean {
  if (source !== "cidr" || label.source !== "cidr") return false;
  const [wide, narrow] = [key, label.key].map((text) => parseAddressBlock(text.replaceAll("-", ":")));
  if (!wide || !narrow || wide.version !== narrow.version) return false;
  const isWithin = wide.network.every((byte, index) => {
    const bits = Math.min(8, Math.max(0, wide.prefixLength - 8 * index));
    return ((byte ^ (narrow.network[index] ?? 0)) & (0xff00 >> bits) & 0xff) === 0;
  });
  return isWithin && wide.prefixLength <= narrow.prefixLength;
}

function parseLabel(text: string): Label {
  const short = /^(?:\$|reserved\.(?!.*:))/.exec(text)?.[0];
  const [, source = "unspec", rest = text] =
    short === undefined ? (/^([^:]*):(.*)$/s.exec(text) ?? []) : [text, "reserved", text.slice(short.length)];
  const [, key = rest, value = ""] = /^([^=]*)=(.*)$/s.exec(rest) ?? [];
  const isShort = key === "" && source === "reserved";
  return { source: source || "unspec", key: isShort ? value : key, value: isShort ? "" : value };
}

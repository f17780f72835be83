/** Does a set of labels (`source:key=value`, or `key=value`) meet a selector? */
export type LabelPredicate = (labels: readonly string[]) => boolean;

interface Label {
  readonly source: string;
  readonly key: string;
  readonly value: string;
}

/**
 * Reads a Kubernetes selector (`a=b,c!=d,e in (f,g),h,!i`) whose keys may have a source in front (`k8s:app`), as
 * Hubble's label filters take it; a key without one (or with `any:`) fits every source.
 */
export function labelPredicate(selector: string): LabelPredicate | { readonly error: string } {
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

const keyPattern = String.raw`(?:(?<source>[A-Za-z0-9_-]+):)?(?<key>[A-Za-z0-9][A-Za-z0-9._/-]*)`;
const existsPattern = new RegExp(`^(?<not>!?)\\s*${keyPattern}$`);
const equalsPattern = new RegExp(`^${keyPattern}\\s*(?<operator>==|=|!=)\\s*(?<value>[^=!\\s]*)$`);
const setPattern = new RegExp(`^${keyPattern}\\s+(?<operator>in|notin)\\s*\\((?<values>[^()]*)\\)$`);

function requirement(text: string): ((labels: readonly Label[]) => boolean) | undefined {
  const exists = existsPattern.exec(text)?.groups;
  if (exists) {
    const has = finder(exists);
    return exists.not === "!" ? (labels) => !has(labels) : (labels) => has(labels) !== undefined;
  }
  const equals = equalsPattern.exec(text)?.groups;
  if (equals) {
    const find = finder(equals);
    const { value = "" } = equals;
    return equals.operator === "!="
      ? (labels) => find(labels)?.value !== value
      : (labels) => find(labels)?.value === value;
  }
  const set = setPattern.exec(text)?.groups;
  if (!set) return undefined;
  const find = finder(set);
  const values = new Set((set.values ?? "").split(",").map((value) => value.trim()));
  return (labels) => {
    const found = find(labels);
    const within = found !== undefined && values.has(found.value);
    return set.operator === "in" ? within : !within;
  };
}

function finder({ source = "any", key = "" }: Readonly<Record<string, string | undefined>>) {
  return (labels: readonly Label[]) =>
    labels.find((label) => label.key === key && (source === "any" || label.source === source));
}

function parseLabel(text: string): Label {
  const equals = text.indexOf("=");
  const name = equals === -1 ? text : text.slice(0, equals);
  const value = equals === -1 ? "" : text.slice(equals + 1);
  const colon = name.indexOf(":");
  return colon === -1
    ? { source: "", key: name, value }
    : { source: name.slice(0, colon), key: name.slice(colon + 1), value };
}

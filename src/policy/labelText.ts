const labelName = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Why a text is no label value for Kubernetes; `undefined`: it is one. */
export function labelValueFault(value: string): string | undefined {
  if (value.length > 63) return "A label value has at most 63 characters.";
  if (value === "" || labelName.test(value)) return undefined;
  return `“${value}” is no label value: it is made of letters and digits, with -, _ and . only between them.`;
}

/** Why a text is no label key (`name` or `prefix/name`) for Kubernetes; `undefined`: it is one. */
export function labelKeyFault(key: string): string | undefined {
  const slash = key.indexOf("/");
  const prefix = slash === -1 ? undefined : key.slice(0, slash);
  const name = key.slice(slash + 1);
  if (prefix !== undefined && (prefix.length > 253 || !subdomain.test(prefix))) {
    return `The prefix “${prefix}” of a label key is a DNS name in lower case.`;
  }
  if (name.length > 63) return "The name in a label key has at most 63 characters, its source included.";
  if (labelName.test(name)) return undefined;
  return `“${name}” is no name of a label: it is made of letters and digits, with -, _ and . only between them.`;
}

/** Why a text cannot name an object of Kubernetes; `undefined`: it can. */
export function objectNameFault(name: string): string | undefined {
  if (name.length > 253) return "A name has at most 253 characters.";
  if (subdomain.test(name)) return undefined;
  return `“${name}” is no name: it is made of lower case letters and digits, with - and . only between them.`;
}

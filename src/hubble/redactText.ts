import { addressBytes } from "../base/addressBytes.ts";
import type { NameCipher } from "./nameCipher.ts";

/** Parts of DNS names that say what kind of name it is. */
const keptHostParts: ReadonlySet<string> = new Set(["svc", "cluster", "local", "in-addr", "ip6", "arpa"]);
/** Domains of label keys that everybody has. */
const knownDomain = /(?:^|\.)(?:kubernetes\.io|k8s\.io|cilium\.io)$/;
const namespaceLabel = "io.cilium.k8s.namespace.labels.";

/** The letters and digits that Kubernetes makes up names with. */
const madeUp = "[bcdfghjklmnpqrstvwxz2456789]";
const replicaPod = new RegExp(`^(.+)-(${madeUp}{1,10}-${madeUp}{5})$`);
const loosePod = new RegExp(`^(.+)-(${madeUp}{5}|\\d{1,4})$`);

/** A pod by its workload's name, as its own name has it, and the rest: pods of a workload are still seen to be such. */
export function redactPodName(name: string, cipher: NameCipher): string {
  const [, workload, rest = ""] = replicaPod.exec(name) ?? loosePod.exec(name) ?? [];
  return workload === undefined ? cipher.name(name) : `${cipher.name(workload)}-${cipher.name(rest)}`;
}

/** `cluster/node` and `node`, each part by itself. */
export function redactNodeName(name: string, cipher: NameCipher): string {
  return name
    .split("/")
    .map((part) => cipher.name(part))
    .join("/");
}

/** A DNS name part by part, so that names of one domain are still seen to be such; case and a last dot do not matter. */
export function redactHostName(name: string, cipher: NameCipher): string {
  if (addressBytes(name)) return cipher.address(name);
  return name
    .split(".")
    .map((part) => (keptHostParts.has(part.toLowerCase()) ? part : cipher.name(part.toLowerCase())))
    .join(".");
}

/**
 * `source:key=value`: the value, and of the key the domain, unless it is Kubernetes' or Cilium's own. What is reserved
 * stays; CIDR and FQDN labels are addresses and names.
 */
export function redactLabel(label: string, cipher: NameCipher): string {
  const colon = label.indexOf(":");
  const equals = label.indexOf("=");
  const hasSource = colon !== -1 && (equals === -1 || colon < equals);
  const source = hasSource ? label.slice(0, colon + 1) : "";
  const key = label.slice(source.length, equals === -1 ? undefined : equals);
  const value = equals === -1 ? "" : `=${cipher.name(label.slice(equals + 1))}`;
  switch (source) {
    case "reserved:":
      return label;
    case "cidr:":
      return `${source}${redactCidr(key, cipher)}${value}`;
    case "fqdn:":
      return `${source}${redactHostName(key, cipher)}${value}`;
    default:
      return `${source}${redactKey(key, cipher)}${value}`;
  }
}

/** In labels, IPv6 addresses are written with dashes, as a colon means something else there. */
function redactCidr(cidr: string, cipher: NameCipher): string {
  const slash = cidr.lastIndexOf("/");
  const written = slash === -1 ? cidr : cidr.slice(0, slash);
  const length = slash === -1 ? "" : cidr.slice(slash);
  // All addresses there are: nothing to hide.
  if (length === "/0") return cidr;
  const address = cipher.address(written.replaceAll("-", ":"));
  return `${written.includes("-") ? address.replaceAll(":", "-") : address}${length}`;
}

function redactKey(key: string, cipher: NameCipher): string {
  if (key.startsWith(namespaceLabel)) {
    return namespaceLabel + redactKey(key.slice(namespaceLabel.length), cipher);
  }
  const slash = key.indexOf("/");
  if (slash === -1) return key;
  const domain = key.slice(0, slash);
  return knownDomain.test(domain) ? key : `${redactHostName(domain, cipher)}${key.slice(slash)}`;
}

/**
 * The host's name replaced; user name, query and fragment removed. Parts of the path stay, but for those that are an
 * address or a name that was replaced elsewhere.
 */
export function redactUrl(url: string, cipher: NameCipher): string {
  const [, scheme = "", authority = "", path = ""] =
    /^((?:[A-Za-z][A-Za-z0-9+.-]*:)?\/\/)?([^/?#]*)([^?#]*)/.exec(url) ?? [];
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  const parts = path.split("/").map((part) => redactPathPart(part, cipher));
  return `${scheme}${redactHost(host, cipher)}${parts.join("/")}`;
}

function redactHost(host: string, cipher: NameCipher): string {
  const [, bracketed, name = "", port = ""] = /^(?:\[([^\]]*)\]|([^:]*))(:\d*)?/.exec(host) ?? [];
  return bracketed === undefined
    ? `${redactHostName(name, cipher)}${port}`
    : `[${cipher.address(bracketed)}]${port}`;
}

function redactPathPart(part: string, cipher: NameCipher): string {
  if (addressBytes(part)) return cipher.address(part);
  return cipher.knows(part) ? cipher.name(part) : part;
}

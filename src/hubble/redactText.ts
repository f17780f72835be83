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

/** Keys that Kubernetes and Cilium make themselves. */
const knownKey = /^io\.(?:cilium|kubernetes)\./;
/** Parts of paths that are words or versions: no number, address, token or name of a host is among them. */
const pathWord =
  /^(?:v\d{1,2}(?:(?:alpha|beta)\d{1,2})?|[._]?[A-Za-z]{1,20}(?:[-_][A-Za-z]{1,20}){0,4}(?:\.(?:css|gif|html?|ico|jpe?g|js|json|php|png|svg|txt|xml|ya?ml))?)$/;

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
 * stays; labels of CIDRs, of their groups and of FQDNs are addresses and names.
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
    case "cidrgroup:":
      return `${source}${redactGroup(key, cipher)}${value}`;
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

/** `io.cilium.policy.cidrgroupname/NAME` */
function redactGroup(key: string, cipher: NameCipher): string {
  const slash = key.lastIndexOf("/") + 1;
  return `${key.slice(0, slash)}${cipher.name(key.slice(slash))}`;
}

function redactKey(key: string, cipher: NameCipher): string {
  if (key.startsWith(namespaceLabel)) {
    return namespaceLabel + redactKey(key.slice(namespaceLabel.length), cipher);
  }
  const slash = key.indexOf("/");
  // Before domains came before a slash they were written backwards: `com.example.team`.
  if (slash === -1) return key.includes(".") && !knownKey.test(key) ? redactHostName(key, cipher) : key;
  const domain = key.slice(0, slash);
  return knownDomain.test(domain) ? key : `${redactHostName(domain, cipher)}${key.slice(slash)}`;
}

/**
 * The host's name replaced; user name, query and fragment removed. Of the path, words and versions stay, unless they are
 * a name that was replaced elsewhere; numbers, addresses, tokens and whatever else are replaced.
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
  if (cipher.knows(part) || !pathWord.test(part)) return redactPodName(part, cipher);
  return replicaPod.test(part) || loosePod.test(part) ? redactPodName(part, cipher) : part;
}

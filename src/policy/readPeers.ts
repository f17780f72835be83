import { type AddressBlock, parseAddress, parseAddressBlock } from "../base/ipAddress.ts";
import { warnOfUnknownFields } from "./knownFields.ts";
import type { Direction, DnsName, Peer } from "./policy.ts";
import { readLabelSelector } from "./readLabelSelector.ts";
import type { YamlFields, YamlValue } from "./yamlValue.ts";

const entities = [
  "all",
  "world",
  "world-ipv4",
  "world-ipv6",
  "cluster",
  "host",
  "init",
  "ingress",
  "unmanaged",
  "remote-node",
  "health",
  "none",
  "kube-apiserver",
];

type ReadPeer = (value: YamlValue) => Peer;

const peerFields: Readonly<Record<Direction, Readonly<Record<string, ReadPeer>>>> = {
  ingress: {
    fromEndpoints: readEndpointPeer,
    fromEntities: readEntity,
    fromCIDR: readCidr,
    fromCIDRSet: readCidrSet,
    fromNodes: readNodePeer,
    fromGroups: readGroup,
  },
  egress: {
    toEndpoints: readEndpointPeer,
    toEntities: readEntity,
    toCIDR: readCidr,
    toCIDRSet: readCidrSet,
    toNodes: readNodePeer,
    toFQDNs: readFqdn,
    toServices: readService,
    toGroups: readGroup,
  },
};

/** The names of the fields that hold the peers of a Cilium rule. */
export function peerFieldNames(direction: Direction): readonly string[] {
  return Object.keys(peerFields[direction]);
}

/**
 * Reads the peers of a rule of Cilium's kinds. `undefined`: none is written. A list that is there but empty is a list
 * of nobody; kinds that cannot stand together make one peer that cannot be judged.
 */
export function readCiliumPeers(
  fields: YamlFields,
  section: { readonly direction: Direction; readonly effect: "allow" | "deny" },
): readonly Peer[] | undefined {
  const written = Object.entries(peerFields[section.direction]).filter(([name]) => fields.get(name));
  if (written.length === 0) return undefined;
  const peers: Peer[] = [];
  const kinds: string[] = [];
  for (const [name, read] of written) {
    const value = fields.get(name);
    if (!value) continue;
    if (name === "toFQDNs" && section.effect === "deny") {
      value.report("warning", "unknown-field", "Deny rules have no toFQDNs: the agent ignores it.");
      if (written.length === 1) return undefined;
      continue;
    }
    const items = value.asList();
    if (!items) peers.push(unknownPeer(value, name, `a list under ${name}`));
    else if (items.length > 0) kinds.push(name);
    for (const item of items ?? []) peers.push(read(item));
  }
  if (kinds.length < 2) return peers;
  const message = `Combining ${kinds.slice(0, 2).join(" and ")} is not supported yet: the agent refuses the policy.`;
  fields.owner.report("error", "combined-peers", message);
  return [unknownPeer(fields.owner, kinds.join("+"), `a rule without ${kinds.join(" and ")} together`)];
}

/** Reads `fromRequires` or `toRequires`, which constrain the peers of all rules. */
export function readRequires(fields: YamlFields, direction: Direction): readonly Peer[] {
  const value = fields.get(direction === "ingress" ? "fromRequires" : "toRequires");
  if (!value) return [];
  value.report(
    "warning",
    "version-dependent",
    "Agents from Cilium 1.19 on refuse a policy with fromRequires or toRequires.",
  );
  return (value.asList() ?? []).map(readEndpointPeer);
}

function readEndpointPeer(value: YamlValue): Peer {
  const selector = readLabelSelector(value, "any");
  if (!selector) return unknownPeer(value, "selector", "a valid selector");
  return { type: "endpoints", selector, path: value.path, range: value.range };
}

function readNodePeer(value: YamlValue): Peer {
  const selector = readLabelSelector(value, "any");
  if (!selector) return unknownPeer(value, "selector", "a valid selector");
  return { type: "nodes", selector, path: value.path, range: value.range };
}

function readEntity(value: YamlValue): Peer {
  const entity = value.asText();
  if (entity === undefined || !entities.includes(entity)) {
    value.report("error", "unknown-entity", `Cilium knows these entities: ${entities.join(", ")}.`);
    return unknownPeer(value, "entity", "a known entity");
  }
  return { type: "entity", entity, path: value.path, range: value.range };
}

/** In a plain list the agent takes a bare address for the block of itself; the API server does not. */
function readCidr(value: YamlValue): Peer {
  const address = parseAddress(value.words ?? "");
  const length = address?.kind() === "ipv6" ? 128 : 32;
  if (address)
    value.report("warning", "bare-address", `The API server refuses an address without "/${length}".`);
  const block = address ? parseAddressBlock(`${value.words ?? ""}/${length}`) : readBlock(value);
  if (!block) return unknownPeer(value, "cidr", "a valid CIDR");
  return { type: "cidr", block, except: [], path: value.path, range: value.range };
}

/** Reads `address/length`. */
export function readBlock(value: YamlValue): AddressBlock | undefined {
  const text = value.asText();
  if (text === undefined) return undefined;
  const block = parseAddressBlock(text);
  if (!block) {
    value.report("error", "invalid-cidr", `${text} is no CIDR: write an address and a prefix length.`);
  }
  return block;
}

/** Reads `except`, blocks that must lie within the block they are taken from; `undefined`: one cannot be read. */
export function readExcept(
  fields: YamlFields,
  within: AddressBlock | undefined,
): readonly AddressBlock[] | undefined {
  const except: AddressBlock[] = [];
  for (const item of fields.get("except")?.asList() ?? []) {
    const block = readBlock(item);
    if (!block) return undefined;
    const address = parseAddress((item.words ?? "").replace(/\/.*/, ""));
    if (within && address && !(within.contains(address) && block.prefixLength >= within.prefixLength)) {
      item.report("error", "except-outside", "What is excepted must lie within the CIDR.");
    }
    except.push(block);
  }
  return except;
}

function readCidrSet(value: YamlValue): Peer {
  const fields = value.asMap();
  if (!fields) return unknownPeer(value, "cidr", "a valid CIDR set");
  warnOfUnknownFields(fields, ["cidr", "except", "cidrGroupRef", "cidrGroupSelector"]);
  const place = { path: value.path, range: value.range };
  const cidr = fields.get("cidr");
  const reference = fields.get("cidrGroupRef");
  const groupSelector = fields.get("cidrGroupSelector");
  if ([cidr, reference, groupSelector].filter((field) => field).length !== 1) {
    value.report("error", "invalid-cidr-set", "Write one of cidr, cidrGroupRef and cidrGroupSelector.");
    return unknownPeer(value, "cidr", "a valid CIDR set");
  }
  const block = cidr && readBlock(cidr);
  const except = readExcept(fields, block);
  if (!except) return unknownPeer(value, "cidr", "a valid CIDR under except");
  if (cidr) {
    if (!block) return unknownPeer(value, "cidr", "a valid CIDR");
    return { type: "cidr", block, except, ...place };
  }
  const name = reference?.asText();
  if (name !== undefined) return { type: "cidr-group", group: { name }, except, ...place };
  const selector = groupSelector && readLabelSelector(groupSelector, "any");
  if (!selector) return unknownPeer(value, "cidr", "a valid CIDR group");
  return { type: "cidr-group", group: { selector }, except, ...place };
}

function readFqdn(value: YamlValue): Peer {
  const name = readDnsName(value);
  if (!name) return unknownPeer(value, "toFQDNs", "a valid matchName or matchPattern");
  return { type: "fqdn", name, path: value.path, range: value.range };
}

/** Reads `{ matchName }` or `{ matchPattern }`. */
export function readDnsName(value: YamlValue): DnsName | undefined {
  const fields = value.asMap();
  if (!fields) return undefined;
  warnOfUnknownFields(fields, ["matchName", "matchPattern"]);
  for (const type of ["matchName", "matchPattern"] as const) {
    const text = fields.get(type)?.asText();
    if (text === undefined) continue;
    const allowed = type === "matchName" ? /^[-a-zA-Z0-9_.]+$/ : /^[-a-zA-Z0-9_.*]+$/;
    if (allowed.test(text)) return { type, text };
    fields.get(type)?.report("error", "invalid-dns-name", `${text} is no DNS name that Cilium takes here.`);
    return undefined;
  }
  value.report("error", "invalid-dns-name", "Write matchName or matchPattern.");
  return undefined;
}

function readService(value: YamlValue): Peer {
  const fields = value.asMap();
  const place = { path: value.path, range: value.range };
  const named = fields?.get("k8sService")?.asMap();
  if (named) {
    const name = named.get("serviceName")?.asText() ?? "";
    return {
      type: "service",
      service: { name, namespace: named.get("namespace")?.asText() ?? "" },
      ...place,
    };
  }
  const selected = fields?.get("k8sServiceSelector")?.asMap();
  const selectorValue = selected?.get("selector");
  const selector = selectorValue && readLabelSelector(selectorValue, "k8s");
  if (!selected || !selector) return unknownPeer(value, "toServices", "a valid Service");
  return {
    type: "service",
    service: { selector, namespace: selected.get("namespace")?.asText() ?? "" },
    ...place,
  };
}

function readGroup(value: YamlValue): Peer {
  const field = value.path.includes(".toGroups") ? "toGroups" : "fromGroups";
  return unknownPeer(value, field, "the derivative policy that the operator writes for it");
}

/** A peer of which nothing can be said but what is missing to say it. */
export function unknownPeer(value: YamlValue, field: string, needs: string): Peer {
  return { type: "unknown", field, needs, path: value.path, range: value.range };
}

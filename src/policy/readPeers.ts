import { type AddressBlock, parseAddress, parseAddressBlock } from "../base/ipAddress.ts";
import { agentEntities } from "./entities.ts";
import type { Direction, DnsName, Peer } from "./policy.ts";
import { readLabelSelector } from "./readLabelSelector.ts";
import type { YamlFields, YamlValue } from "./yamlValue.ts";

type ReadPeer = (value: YamlValue) => Peer;

const peerReaders: Readonly<Record<Direction, readonly (readonly [field: string, read: ReadPeer])[]>> = {
  ingress: [
    ["fromEndpoints", readEndpointPeer],
    ["fromEntities", readEntity],
    ["fromCIDR", readCidr],
    ["fromCIDRSet", readCidrSet],
    ["fromNodes", readNodePeer],
    ["fromGroups", readGroup],
  ],
  egress: [
    ["toEndpoints", readEndpointPeer],
    ["toEntities", readEntity],
    ["toCIDR", readCidr],
    ["toCIDRSet", readCidrSet],
    ["toNodes", readNodePeer],
    ["toFQDNs", readFqdn],
    ["toServices", readService],
    ["toGroups", readGroup],
  ],
};

/** Agents take an empty list of these for none at all. */
const saysNothingEmpty: readonly string[] = ["toFQDNs", "toServices", "toGroups", "fromGroups"];

/** Does an empty list of this field name nobody, so that its rule matches nothing? */
export function namesNobodyEmpty(name: string): boolean {
  return !saysNothingEmpty.includes(name);
}

/**
 * Reads the peers of a rule of Cilium's kinds. `undefined`: none is written. A list that is there but empty is for the
 * most part a list of nobody; kinds that cannot stand together make one peer that cannot be judged.
 */
export function readCiliumPeers(
  fields: YamlFields,
  section: { readonly direction: Direction; readonly effect: "allow" | "deny" },
): readonly Peer[] | undefined {
  const peers: Peer[] = [];
  const kinds: string[] = [];
  let isWritten = false;
  for (const [name, read] of peerReaders[section.direction]) {
    // A deny rule has no toFQDNs: the field is unknown there, and ignored.
    if (name === "toFQDNs" && section.effect === "deny") continue;
    const value = fields.get(name);
    if (!value) continue;
    const items = value.asList();
    if (items?.length === 0 && !namesNobodyEmpty(name)) continue;
    isWritten = true;
    if (!items) peers.push(unknownPeer(value, name, `a list under ${name}`));
    else if (items.length > 0) kinds.push(name);
    for (const item of items ?? []) peers.push(read(item));
  }
  if (!isWritten) return undefined;
  if (kinds.length < 2) return peers;
  return [unknownPeer(fields.owner, kinds.join("+"), `a rule without ${kinds.join(" and ")} together`)];
}

/** Reads `fromRequires` or `toRequires`, which constrain the peers of all rules. */
export function readRequires(fields: YamlFields, direction: Direction): readonly Peer[] {
  const value = fields.get(direction === "ingress" ? "fromRequires" : "toRequires");
  if (!value) return [];
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
  const entity = value.words;
  if (entity === undefined || !agentEntities.includes(entity)) {
    return unknownPeer(value, "entity", "a known entity");
  }
  return { type: "entity", entity, path: value.path, range: value.range };
}

/** In a plain list the agent takes a bare address for the block of itself; the API server does not. */
function readCidr(value: YamlValue): Peer {
  const address = parseAddress(value.words ?? "");
  const length = address?.kind() === "ipv6" ? 128 : 32;
  const block = address ? parseAddressBlock(`${value.words ?? ""}/${length}`) : readBlock(value);
  if (!block) return unknownPeer(value, "cidr", "a valid CIDR");
  return { type: "cidr", block, except: [], path: value.path, range: value.range };
}

/** Reads `address/length`. */
export function readBlock(value: YamlValue): AddressBlock | undefined {
  return parseAddressBlock(value.words ?? "");
}

/** Reads `except`, blocks that are taken from another one; `undefined`: one cannot be read. */
export function readExcept(fields: YamlFields): readonly AddressBlock[] | undefined {
  const except: AddressBlock[] = [];
  for (const item of fields.get("except")?.asList() ?? []) {
    const block = readBlock(item);
    if (!block) return undefined;
    except.push(block);
  }
  return except;
}

function readCidrSet(value: YamlValue): Peer {
  const fields = value.asMap();
  if (!fields) return unknownPeer(value, "cidr", "a valid CIDR set");
  const place = { path: value.path, range: value.range };
  const cidr = fields.get("cidr");
  const reference = fields.get("cidrGroupRef");
  const groupSelector = fields.get("cidrGroupSelector");
  if ([cidr, reference, groupSelector].filter((field) => field).length !== 1) {
    return unknownPeer(value, "cidr", "a valid CIDR set");
  }
  const block = cidr && readBlock(cidr);
  const except = readExcept(fields);
  if (!except) return unknownPeer(value, "cidr", "a valid CIDR under except");
  if (cidr) {
    if (!block) return unknownPeer(value, "cidr", "a valid CIDR");
    return { type: "cidr", block, except, ...place };
  }
  const name = reference?.words;
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
  for (const type of ["matchName", "matchPattern"] as const) {
    const text = fields.get(type)?.words;
    if (text === undefined) continue;
    const allowed = type === "matchName" ? /^[-a-zA-Z0-9_.]+$/ : /^[-a-zA-Z0-9_.*]+$/;
    return allowed.test(text) ? { type, text } : undefined;
  }
  return undefined;
}

function readService(value: YamlValue): Peer {
  const fields = value.asMap();
  const place = { path: value.path, range: value.range };
  const named = fields?.get("k8sService")?.asMap();
  if (named) {
    const name = named.get("serviceName")?.words ?? "";
    return {
      type: "service",
      service: { name, namespace: named.get("namespace")?.words ?? "" },
      ...place,
    };
  }
  const selected = fields?.get("k8sServiceSelector")?.asMap();
  const selectorValue = selected?.get("selector");
  const selector = selectorValue && readLabelSelector(selectorValue, "any");
  if (!selected || !selector) return unknownPeer(value, "toServices", "a valid Service");
  return {
    type: "service",
    service: { selector, namespace: selected.get("namespace")?.words ?? "" },
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

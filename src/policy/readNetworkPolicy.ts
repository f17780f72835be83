import type { Steps } from "../base/steps.ts";
import type {
  Direction,
  Peer,
  PolicyRule,
  PolicySection,
  PolicySpec,
  PortItem,
  PortMatch,
  PortProtocol,
} from "./policy.ts";
import { everything, readLabelSelector } from "./readLabelSelector.ts";
import { readBlock, readExcept, unknownPeer } from "./readPeers.ts";
import { unknownPort } from "./readPorts.ts";
import type { YamlFields, YamlValue } from "./yamlValue.ts";

/** Reads the spec of a Kubernetes NetworkPolicy as Cilium understands it. */
export function* readNetworkPolicySpecs(fields: YamlFields): Steps<readonly PolicySpec[]> {
  const value = fields.get("spec");
  const spec = value?.asMap();
  if (!value || !spec) return [];
  const sections = [...(yield* readSection(spec, "ingress")), ...(yield* readSection(spec, "egress"))];
  sections.sort((one, other) => one.range.start - other.range.start);
  const types = readPolicyTypes(spec);
  const typesValue = spec.get("policyTypes");
  const has = (direction: Direction): boolean =>
    sections.some((section) => section.direction === direction && section.rules.length > 0);
  // Ingress is denied by default unless only Egress is asked for; a section with rules counts either way.
  const enforces = {
    ingress: has("ingress") || types.includes("Ingress") || !types.includes("Egress"),
    egress: has("egress") || types.includes("Egress"),
  };
  const selectorValue = spec.get("podSelector");
  const selector = selectorValue ? readLabelSelector(selectorValue, "k8s") : everything;
  return [
    {
      path: value.path,
      index: 0,
      range: fields.fieldRange("spec"),
      subject: { type: selector ? "endpoints" : "unknown", selector: selector ?? everything },
      sections,
      ...(typesValue
        ? { policyTypes: { path: typesValue.path, range: spec.fieldRange("policyTypes") } }
        : {}),
      enforces,
      defaultDenies: enforces,
    },
  ];
}

function readPolicyTypes(spec: YamlFields): readonly string[] {
  const types: string[] = [];
  for (const item of spec.get("policyTypes")?.asList() ?? []) {
    const text = item.words;
    if (text === "Ingress" || text === "Egress") types.push(text);
  }
  return types;
}

function* readSection(spec: YamlFields, direction: Direction): Steps<readonly PolicySection[]> {
  const value = spec.get(direction);
  const items = value?.asList();
  if (!value || !items) return [];
  const rules: PolicyRule[] = [];
  for (const [index, item] of items.entries()) {
    rules.push(readRule(item, direction, index));
    yield;
  }
  return [
    {
      name: direction,
      direction,
      effect: "allow",
      path: value.path,
      range: spec.fieldRange(direction),
      rules,
    },
  ];
}

function readRule(value: YamlValue, direction: Direction, index: number): PolicyRule {
  const base = { section: direction, index, path: value.path, range: value.itemRange, requires: [] };
  if (value.isNull) return { ...base, peers: "any", ports: "any" };
  const fields = value.asMap();
  if (!fields) return { ...base, peers: [unknownPeer(value, "rule", "a valid rule")], ports: "any" };
  const peersField = direction === "ingress" ? "from" : "to";
  return { ...base, peers: readPeers(fields, peersField), ports: readPorts(fields) };
}

/** An empty list means every peer here: the opposite of Cilium's own kinds. */
function readPeers(fields: YamlFields, name: string): "any" | readonly Peer[] {
  const value = fields.get(name);
  if (!value) return "any";
  const items = value.asList();
  if (!items) return [unknownPeer(value, name, `a list under ${name}`)];
  return items.length === 0 ? "any" : items.map(readPeer);
}

function readPeer(value: YamlValue): Peer {
  const fields = value.asMap();
  if (!fields) return unknownPeer(value, "peer", "a valid peer");
  const place = { path: value.path, range: value.range };
  const podValue = fields.get("podSelector");
  const namespaceValue = fields.get("namespaceSelector");
  const ipBlock = fields.get("ipBlock");
  if (ipBlock) {
    if (podValue || namespaceValue) return unknownPeer(value, "ipBlock", "an ipBlock without selectors");
    return readIpBlock(value, ipBlock);
  }
  if (!podValue && !namespaceValue) return unknownPeer(value, "peer", "a valid peer");
  const pods = podValue && readLabelSelector(podValue, "k8s");
  const namespaces = namespaceValue && readLabelSelector(namespaceValue, "k8s");
  if ((podValue && !pods) || (namespaceValue && !namespaces)) {
    return unknownPeer(value, "selector", "a valid selector");
  }
  return { type: "pods", ...(pods ? { pods } : {}), ...(namespaces ? { namespaces } : {}), ...place };
}

function readIpBlock(peer: YamlValue, value: YamlValue): Peer {
  const fields = value.asMap();
  const cidr = fields?.get("cidr");
  const block = cidr && readBlock(cidr);
  if (!fields || !block) return unknownPeer(peer, "ipBlock", "a valid CIDR");
  const except = readExcept(fields);
  if (!except) return unknownPeer(peer, "ipBlock", "a valid CIDR under except");
  return { type: "cidr", block, except, path: peer.path, range: peer.range };
}

function readPorts(fields: YamlFields): "any" | readonly PortItem[] {
  const value = fields.get("ports");
  if (!value) return "any";
  const items = value.asList();
  const place = { path: value.path, range: value.range, proxied: false };
  if (!items) return [{ ports: [unknownPort(value, "ports", "a list under ports")], ...place }];
  return items.length === 0 ? "any" : [{ ports: items.map(readPort), ...place }];
}

const protocols: readonly PortProtocol[] = ["TCP", "UDP", "SCTP"];

/** A port without a number is every port of its protocol; a quoted number is a name. */
function readPort(value: YamlValue): PortMatch {
  const fields = value.asMap();
  if (!fields) return unknownPort(value, "port", "a valid port");
  const place = { path: value.path, range: value.range };
  const protocolText = fields.get("protocol")?.words ?? "TCP";
  const protocol = protocols.find((known) => known === protocolText);
  if (!protocol) return unknownPort(value, "protocol", "a known protocol");
  const portValue = fields.get("port");
  if (!portValue) return { type: "range", protocol, first: 0, last: 65535, ...place };
  const words = portValue.words ?? "";
  if (portValue.isWrittenNumber) {
    const first = Number(words);
    const end = fields.get("endPort")?.asInteger();
    if (first < 1 || first > 65535) return unknownPort(value, "port", "a valid port");
    return { type: "range", protocol, first, last: end !== undefined && end > first ? end : first, ...place };
  }
  if (words === "") return unknownPort(value, "port", "a valid port");
  return { type: "named", protocol, name: words.toLowerCase(), ...place };
}

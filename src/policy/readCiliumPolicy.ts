import type { Steps } from "../base/steps.ts";
import type { TextRange } from "../base/textRange.ts";
import type {
  Direction,
  Peer,
  PolicyKind,
  PolicyRule,
  PolicySection,
  PolicySpec,
  PortItem,
  SectionName,
  Subject,
} from "./policy.ts";
import { everything, readLabelSelector } from "./readLabelSelector.ts";
import { readCiliumPeers, readRequires, unknownPeer } from "./readPeers.ts";
import { readCiliumPorts } from "./readPorts.ts";
import type { YamlFields, YamlValue } from "./yamlValue.ts";

/** What each section of a spec decides. */
export const sections: Readonly<
  Record<SectionName, { readonly direction: Direction; readonly effect: "allow" | "deny" }>
> = {
  ingress: { direction: "ingress", effect: "allow" },
  ingressDeny: { direction: "ingress", effect: "deny" },
  egress: { direction: "egress", effect: "allow" },
  egressDeny: { direction: "egress", effect: "deny" },
};

/** Reads `spec` and `specs` of a CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy. */
export function* readCiliumSpecs(fields: YamlFields, kind: PolicyKind): Steps<readonly PolicySpec[]> {
  const specs: PolicySpec[] = [];
  const spec = fields.get("spec");
  if (spec) specs.push(...(yield* readSpec(spec, { kind, index: 0, range: fields.fieldRange("spec") })));
  for (const [index, item] of (fields.get("specs")?.asList() ?? []).entries()) {
    specs.push(...(yield* readSpec(item, { kind, index, range: item.itemRange })));
  }
  return specs;
}

function* readSpec(
  value: YamlValue,
  place: { readonly kind: PolicyKind; readonly index: number; readonly range: TextRange },
): Steps<readonly PolicySpec[]> {
  const fields = value.asMap();
  if (!fields) return [];
  const read: PolicySection[] = [];
  for (const [name] of fields.all()) {
    const section = isSectionName(name) ? yield* readSection(fields, name) : undefined;
    if (section) read.push(section);
  }
  const has = (direction: Direction): boolean =>
    read.some((section) => section.direction === direction && section.rules.length > 0);
  const defaultDeny = fields.get("enableDefaultDeny")?.asMap();
  const denies = (direction: Direction): boolean =>
    has(direction) && defaultDeny?.get(direction)?.asBoolean() !== false;
  return [
    {
      path: value.path,
      index: place.index,
      range: place.range,
      subject: readSubject(fields, place.kind),
      sections: read,
      enforces: { ingress: has("ingress"), egress: has("egress") },
      defaultDenies: { ingress: denies("ingress"), egress: denies("egress") },
    },
  ];
}

function isSectionName(name: string): name is SectionName {
  return Object.hasOwn(sections, name);
}

function readSubject(fields: YamlFields, kind: PolicyKind): Subject {
  const endpoints = fields.get("endpointSelector");
  const nodes = fields.get("nodeSelector");
  const isValid = endpoints ? !nodes : nodes !== undefined && kind !== "CiliumNetworkPolicy";
  const chosen = isValid ? (endpoints ?? nodes) : undefined;
  const selector = chosen && readLabelSelector(chosen, "any");
  if (!selector) return { type: "unknown", selector: everything };
  return { type: endpoints ? "endpoints" : "nodes", selector };
}

function* readSection(fields: YamlFields, name: SectionName): Steps<PolicySection | undefined> {
  const value = fields.get(name);
  const items = value?.asList();
  if (!value || !items) return undefined;
  const rules: PolicyRule[] = [];
  for (const [index, item] of items.entries()) {
    rules.push(readRule(item, name, index));
    yield;
  }
  return { name, ...sections[name], path: value.path, range: fields.fieldRange(name), rules };
}

function readRule(value: YamlValue, section: SectionName, index: number): PolicyRule {
  const { direction, effect } = sections[section];
  const base = { section, index, path: value.path, range: value.itemRange };
  if (value.isNull) return { ...base, peers: [], requires: [], ports: "any" };
  const fields = value.asMap();
  if (!fields) {
    return { ...base, peers: [unknownPeer(value, "rule", "a valid rule")], requires: [], ports: "any" };
  }
  const ports = readCiliumPorts(fields, effect);
  const mode = effect === "deny" ? undefined : fields.get("authentication")?.asMap()?.get("mode")?.words;
  return {
    ...base,
    peers: readPeersOf(fields, section, ports),
    requires: readRequires(fields, direction),
    ports,
    ...(mode === undefined ? {} : { authentication: mode }),
  };
}

/** A rule that names neither peers nor ports matches nothing; one that names ports only is open to every peer. */
function readPeersOf(
  fields: YamlFields,
  section: SectionName,
  ports: "any" | readonly PortItem[],
): "any" | readonly Peer[] {
  return readCiliumPeers(fields, sections[section]) ?? (ports === "any" ? [] : "any");
}

import type { Steps } from "../base/steps.ts";
import type { Peer, Policy, PolicyRule, PolicySpec, PortItem, PortMatch } from "./policy.ts";
import type { YamlReading } from "./yamlReading.ts";

/**
 * Warns of HTTP rules that have no effect: where another rule admits the same connections without looking into them,
 * every request passes.
 */
export function* checkMasking(policy: Policy, reading: YamlReading): Steps {
  for (const spec of policy.specs) {
    for (const section of spec.sections) {
      if (section.effect === "allow") yield* checkSection(section.rules, reading);
    }
  }
}

/** An item of `toPorts` of a rule that admits its connections without L7 rules; without an item: all of them. */
interface Opening {
  readonly rule: PolicyRule;
  readonly item?: PortItem;
  readonly path: string;
}

function* checkSection(rules: PolicySpec["sections"][number]["rules"], reading: YamlReading): Steps {
  const guarded = rules.filter(({ ports }) => ports !== "any" && ports.some(hasHttp));
  if (guarded.length === 0) return;
  const openings = rules.flatMap(openingsOf);
  const keysOf = new Map<PolicyRule, readonly string[]>();
  const byPeers = new Map<string, Opening[]>();
  for (const opening of openings) {
    yield;
    const keys = keysOf.get(opening.rule) ?? peerKeys(opening.rule, reading);
    keysOf.set(opening.rule, keys);
    for (const key of keys) {
      const others = byPeers.get(key);
      if (!others) byPeers.set(key, [opening]);
      else if (others.length < mostOpenings) others.push(opening);
    }
  }
  for (const rule of guarded) {
    yield;
    for (const item of rule.ports === "any" ? [] : rule.ports) {
      const keys = keysOf.get(rule) ?? peerKeys(rule, reading);
      keysOf.set(rule, keys);
      const opening = hasHttp(item) && widerThan({ keys, item }, byPeers, keysOf);
      if (!opening) continue;
      const [first] = item.l7?.entries ?? [];
      const last = item.l7?.entries.at(-1);
      if (!first || !last) continue;
      reading.report({
        severity: "warning",
        code: "l7-without-effect",
        message: `${opening.path} admits the same connections without L7 rules: every request passes.`,
        path: first.path,
        range: { start: first.range.start, end: Math.max(first.range.end, last.range.end) },
      });
    }
  }
}

function hasHttp(item: PortItem): boolean {
  return item.l7?.protocol === "http" && item.l7.entries.length > 0;
}

function openingsOf(rule: PolicyRule): readonly Opening[] {
  if (rule.requires.length > 0 || (rule.peers !== "any" && rule.peers.length === 0)) return [];
  if (rule.ports === "any") return [{ rule, path: rule.path }];
  return rule.ports
    .filter((item) => !item.l7 && !item.proxied && item.ports.length > 0)
    .map((item) => ({ rule, item, path: item.path }));
}

const everyPeer = "*";
/** Rules for the same peer that are looked at: with more of them, a warning may be missed. */
const mostOpenings = 100;

function peerKeys(rule: PolicyRule, reading: YamlReading): readonly string[] {
  return rule.peers === "any" ? [everyPeer] : rule.peers.map((peer) => peerKey(peer, reading));
}

/** What a peer says, without where it says it. Blocks are known by their text. */
function peerKey(peer: Peer, reading: YamlReading): string {
  const { range } = peer;
  if (peer.type !== "cidr") return JSON.stringify({ ...peer, path: "", range: 0 });
  const { text, offset } = reading.document;
  return `cidr ${text.slice(range.start - offset, range.end - offset).replace(/["'\s]/g, "")}`;
}

/** An opening that takes in every peer and every port of an item. */
function widerThan(
  { keys, item }: { readonly keys: readonly string[]; readonly item: PortItem },
  byPeers: ReadonlyMap<string, readonly Opening[]>,
  keysOf: ReadonlyMap<PolicyRule, readonly string[]>,
): Opening | undefined {
  const covers = (opening: Opening): boolean =>
    opening.item !== item && item.ports.length > 0 && item.ports.every((port) => takesIn(opening, port));
  const forAll = byPeers.get(everyPeer)?.find(covers);
  const [first, ...others] = keys;
  if (forAll || first === undefined || first === everyPeer) return forAll;
  return byPeers.get(first)?.find((opening) => {
    const wider = keysOf.get(opening.rule) ?? [];
    return covers(opening) && others.every((key) => wider.includes(key));
  });
}

function takesIn(opening: Opening, port: PortMatch): boolean {
  if (!opening.item) return true;
  return opening.item.ports.some((other) => {
    if (port.type === "named" && other.type === "named") {
      return other.name === port.name && sameProtocol(other.protocol);
    }
    if (other.type !== "range" || !sameProtocol(other.protocol)) return false;
    if (other.first === 0 && other.last === 65535) return true;
    return port.type === "range" && other.first <= port.first && other.last >= port.last;
  });
}

/** L7 rules speak of TCP. */
function sameProtocol(protocol: string): boolean {
  return protocol === "TCP" || protocol === "ANY";
}

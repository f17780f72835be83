import type { Connection } from "./connection.ts";
import type { Decision, RuleMatch } from "./decision.ts";
import type { Policy, PolicyRule, PortItem, PortMatch } from "./policy.ts";
import { fitsProtocol } from "./portMatcher.ts";

/** A rule of a decision, as an entry of the datapath's policy map. */
interface MapEntry {
  readonly rule: RuleMatch;
  /** Made from the same protocol and ports, entries know of each other. */
  readonly filter: string;
  /** How much of protocol and port the entry fixes, in bits: 0 is every port of every protocol. */
  readonly prefix: number;
  readonly anyPeer: boolean;
  readonly redirects: boolean;
  /** The proxy that it leads to, if any; what else tells entries apart. */
  readonly proxy: string;
}

/**
 * The policies that Hubble names for a decision, in the order of the set: those behind the winning entry of the
 * datapath's map, which are not all that match. Default decisions stand on no policy.
 */
export function namedPolicies(decision: Decision, connection: Connection): readonly Policy[] {
  const effect = decision.reason === "explicit-deny" ? "deny" : "allow";
  if (effect === "allow" && decision.reason !== "allow-rule") return [];
  const matching = decision.rules.filter(
    ({ section, decides }) => section.effect === effect && decides === "yes",
  );
  const entries = matching.flatMap((rule) => entriesOf(rule, connection));
  const winners = effect === "deny" ? winningDenies(entries) : winningAllows(withoutElided(entries));
  return [...new Set(winners.map(({ rule }) => rule.policy))];
}

function entriesOf(rule: RuleMatch, { l4 }: Connection): readonly MapEntry[] {
  const { ports, peers, authentication } = rule.rule;
  const anyPeer = peers === "any" || peers.some((peer) => peer.type === "entity" && peer.entity === "all");
  const common = { rule, anyPeer, redirects: false };
  if (ports === "any" || !l4) return [{ ...common, filter: "any", prefix: 0, proxy: authentication ?? "" }];
  return ports.flatMap((item) =>
    item.ports.flatMap((port) => {
      const prefix = prefixOf(port, l4);
      if (prefix === undefined) return [];
      const filter = port.type === "range" ? `${port.first}-${port.last}` : "one";
      const proxy = proxyOf(item);
      return [
        { ...common, redirects: proxy !== "", filter, prefix, proxy: `${proxy} ${authentication ?? ""}` },
      ];
    }),
  );
}

/** How narrowly a rule chooses its ports around a connection's, in bits: 0 is every port of every protocol. */
export function portBitsOf({ ports }: PolicyRule, l4: Connection["l4"]): number {
  if (ports === "any" || !l4) return 0;
  return Math.max(0, ...ports.flatMap((item) => item.ports.map((port) => prefixOf(port, l4) ?? 0)));
}

function proxyOf({ l7, proxied }: PortItem): string {
  return l7 ? l7.protocol : proxied ? "tls" : "";
}

const protocolBits = 8;
const portBits = 16;

/** A range of ports becomes blocks as address ranges do; the one that holds the port counts. */
function prefixOf(port: PortMatch, l4: NonNullable<Connection["l4"]>): number | undefined {
  switch (port.type) {
    case "unknown":
      return undefined;
    case "named":
      return fitsProtocol(port.protocol, l4.protocol) ? protocolBits + portBits : undefined;
    case "icmp":
      return l4.protocol.startsWith("ICMP") ? protocolBits + (port.icmpType === 0 ? 0 : portBits) : undefined;
    case "range": {
      const { first, last, protocol } = port;
      if (!fitsProtocol(protocol, l4.protocol) || l4.port < first || l4.port > last) return undefined;
      if (first === 0 && last === 65535) return protocolBits;
      for (let bits = 0; bits < portBits; bits++) {
        const size = 2 ** (portBits - bits);
        const start = l4.port - (l4.port % size);
        if (start >= first && start + size - 1 <= last) return protocolBits + bits;
      }
      return protocolBits + portBits;
    }
  }
}

/** Where every peer may pass alike, entries for single peers are not made; not so where all ports are meant. */
function withoutElided(entries: readonly MapEntry[]): readonly MapEntry[] {
  return entries.filter(
    ({ anyPeer, filter, prefix, proxy }) =>
      anyPeer ||
      prefix <= protocolBits ||
      !entries.some((other) => other.anyPeer && other.filter === filter && other.proxy === proxy),
  );
}

/** A proxy wins, then the narrowest ports, then the single peer. */
function winningAllows(entries: readonly MapEntry[]): readonly MapEntry[] {
  const rank = ({ redirects, prefix, anyPeer }: MapEntry): number =>
    (redirects ? 1000 : 0) + prefix * 2 + (anyPeer ? 0 : 1);
  const best = Math.max(...entries.map(rank));
  return entries.filter((entry) => rank(entry) === best);
}

/** The widest denial makes narrower ones needless; what single peers are denied is looked up first. */
function winningDenies(entries: readonly MapEntry[]): readonly MapEntry[] {
  const widest = (ones: readonly MapEntry[]): readonly MapEntry[] => {
    const prefix = Math.min(...ones.map((one) => one.prefix));
    return ones.filter((one) => one.prefix === prefix);
  };
  const all = widest(entries.filter(({ anyPeer }) => anyPeer));
  const single = widest(entries.filter(({ anyPeer }) => !anyPeer));
  const isCovered = (all[0]?.prefix ?? Infinity) <= (single[0]?.prefix ?? Infinity);
  return isCovered ? all : single;
}

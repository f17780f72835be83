import type { Layer4Protocol } from "../flows/flow.ts";
import type { CompiledRule } from "./compiledPolicy.ts";
import type { PortMatch } from "./policy.ts";
import { fitsProtocol } from "./portMatcher.ts";
import { addBit, emptyBits, type RuleBits, type RuleSet, ruleSetOf } from "./ruleSet.ts";

/** Ports of one protocol that a rule asks for; both inclusive. */
interface Range {
  readonly rule: number;
  readonly first: number;
  readonly last: number;
}

/** The rules of one protocol. */
interface ProtocolIndex {
  readonly ranges: readonly Range[];
  /** Where ranges begin or have just ended: between two of these every port is answered alike. */
  readonly edges: readonly number[];
  /** Rules that may fit any port: by a name, or by something that could not be read. */
  readonly open: readonly number[];
  readonly bySegment: Map<number, RuleSet>;
}

/** Finds the rules whose ports a port is; each stretch of ports that are answered alike is worked out once. */
export class PortIndex {
  readonly #rules: readonly CompiledRule[];
  readonly #always: RuleBits;
  readonly #byProtocol = new Map<Layer4Protocol, ProtocolIndex>();
  #withoutPort: RuleSet | undefined;

  constructor(rules: readonly CompiledRule[]) {
    this.#rules = rules;
    this.#always = emptyBits(rules.length);
    for (const [number, { rule }] of rules.entries()) if (rule.ports === "any") addBit(this.#always, number);
  }

  find(l4: { readonly protocol: Layer4Protocol; readonly port: number } | undefined): RuleSet {
    if (!l4) return (this.#withoutPort ??= this.#findWithoutPort());
    const index = this.#indexOf(l4.protocol);
    const segment = segmentOf(index.edges, l4.port);
    let made = index.bySegment.get(segment);
    if (!made) {
      const fitting = index.ranges.filter(({ first, last }) => first <= l4.port && l4.port <= last);
      made = this.#make(
        fitting.map(({ rule }) => rule),
        index.open,
      );
      index.bySegment.set(segment, made);
    }
    return made;
  }

  #findWithoutPort(): RuleSet {
    const asking = [...this.#rules.keys()].filter((number) => portsOf(this.#rules[number]).length > 0);
    return this.#make([], asking);
  }

  #indexOf(protocol: Layer4Protocol): ProtocolIndex {
    const known = this.#byProtocol.get(protocol);
    if (known) return known;
    const ranges: Range[] = [];
    const open: number[] = [];
    for (const [rule, compiled] of this.#rules.entries()) {
      for (const port of portsOf(compiled)) {
        const range = rangeOf(port, protocol);
        if (range === "open") open.push(rule);
        else if (range) ranges.push({ rule, ...range });
      }
    }
    const edges = [...new Set(ranges.flatMap(({ first, last }) => [first, last + 1]))];
    edges.sort((one, other) => one - other);
    const made = { ranges, edges, open, bySegment: new Map<number, RuleSet>() };
    this.#byProtocol.set(protocol, made);
    return made;
  }

  #make(fitting: readonly number[], open: readonly number[]): RuleSet {
    const yes = emptyBits(this.#rules.length);
    yes.set(this.#always);
    for (const rule of fitting) addBit(yes, rule);
    const may = emptyBits(this.#rules.length);
    may.set(yes);
    for (const rule of open) addBit(may, rule);
    return ruleSetOf(yes, may);
  }
}

function portsOf(compiled: CompiledRule | undefined): readonly PortMatch[] {
  if (!compiled || compiled.rule.ports === "any") return [];
  return compiled.rule.ports.flatMap(({ ports }) => ports);
}

function rangeOf(
  port: PortMatch,
  protocol: Layer4Protocol,
): { readonly first: number; readonly last: number } | "open" | undefined {
  switch (port.type) {
    case "unknown":
      return "open";
    case "named":
      return fitsProtocol(port.protocol, protocol) ? "open" : undefined;
    case "range":
      return fitsProtocol(port.protocol, protocol) ? { first: port.first, last: port.last } : undefined;
    case "icmp": {
      if (protocol !== `ICMP${port.family === "IPv4" ? "v4" : "v6"}`) return undefined;
      // Type 0 stands for every type.
      return port.icmpType === 0 ? { first: 0, last: 65535 } : { first: port.icmpType, last: port.icmpType };
    }
  }
}

/** How many edges lie at or below a port. */
function segmentOf(edges: readonly number[], port: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((edges[middle] ?? 0) <= port) low = middle + 1;
    else high = middle;
  }
  return low;
}

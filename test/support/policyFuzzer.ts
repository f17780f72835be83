import type { TextRange } from "../../src/base/textRange.ts";
import { SeededRandom } from "../../src/demo/seededRandom.ts";
import type { Connection } from "../../src/policy/connection.ts";
import { decide } from "../../src/policy/decide.ts";
import { ciliumVersions } from "../../src/policy/policyProblem.ts";
import { createPolicySet } from "../../src/policy/policySet.ts";
import { readPolicies } from "../../src/policy/readPolicies.ts";
import { makeEndpoint } from "./makeFlow.ts";

/** A mutated text for which something did not hold. */
export interface FuzzFailure {
  /** The number of the case: seed and number make the same text again. */
  readonly index: number;
  readonly reason: string;
  readonly text: string;
}

/** A text may take this long: a hundred times what the slowest of this size take. */
export const limitMs = 2000;

/** The text of a case: one of the seeds with a few small changes. */
export function fuzzedText(seeds: readonly string[], seed: number, index: number): string {
  const random = new SeededRandom(seed * 2 ** 32 + index);
  let text = random.pick(seeds);
  for (let left = random.integer(1, 4); left > 0; left--) text = random.pick(mutations)(text, random, seeds);
  return text.slice(0, 8000);
}

/** Reads, judges and decides by the text of a case; answers what did not hold. */
export function fuzzOnce(seeds: readonly string[], seed: number, index: number): FuzzFailure | undefined {
  const text = fuzzedText(seeds, seed, index);
  const start = performance.now();
  try {
    const ciliumVersion = ciliumVersions[index % (ciliumVersions.length + 1)];
    const options = ciliumVersion === undefined ? {} : { ciliumVersion };
    const { policies, problems } = readPolicies(text, options);
    for (const { range, code } of problems) checkRange(range, text, code);
    for (const policy of policies) checkRanges(policy, text);
    const set = createPolicySet(policies, {});
    for (const connection of connections) decide(set, connection);
  } catch (error) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { index, reason, text };
  }
  const tookMs = performance.now() - start;
  return tookMs > limitMs ? { index, reason: `took ${Math.round(tookMs)} ms`, text } : undefined;
}

function checkRange({ start, end }: TextRange, text: string, what: string): void {
  if (!(start >= 0 && start <= end && end <= text.length)) {
    throw new Error(`${what} lies at ${start} to ${end} of ${text.length}`);
  }
}

/** Every part of a policy that knows its place knows one within the text. */
function checkRanges(part: unknown, text: string): void {
  if (typeof part !== "object" || part === null) return;
  if ("range" in part)
    checkRange(part.range as TextRange, text, "path" in part ? String(part.path) : "a policy");
  for (const value of Object.values(part)) {
    // Compiled patterns hold a great deal, and no places.
    if (typeof value === "object" && value !== null && !("matchesWhole" in value)) checkRanges(value, text);
  }
}

type Mutation = (text: string, random: SeededRandom, seeds: readonly string[]) => string;

const mutations: readonly Mutation[] = [
  // A stretch is lost.
  (text, random) => {
    const start = place(text, random);
    return text.slice(0, start) + text.slice(start + random.integer(1, 12));
  },
  // The text breaks off.
  (text, random) => text.slice(0, place(text, random)),
  // A character turns into another one.
  (text, random) => {
    const at = place(text, random);
    return text.slice(0, at) + random.pick(characters) + text.slice(at + 1);
  },
  // Words slip in.
  (text, random) => {
    const at = place(text, random);
    return text.slice(0, at) + random.pick(words) + text.slice(at);
  },
  // A value is another one.
  (text, random) => {
    const at = place(text, random);
    const colon = text.indexOf(": ", at);
    if (colon === -1) return text;
    const end = text.indexOf("\n", colon);
    return `${text.slice(0, colon + 2)}${random.pick(words)}${end === -1 ? "" : text.slice(end)}`;
  },
  // A line comes twice, elsewhere, or not at all.
  (text, random) => {
    const lines = text.split("\n");
    const from = random.integer(0, lines.length - 1);
    const taken = random.percent(50) ? lines.splice(from, 1) : lines.slice(from, from + random.integer(1, 4));
    if (random.percent(70)) lines.splice(random.integer(0, lines.length), 0, ...taken);
    return lines.join("\n");
  },
  // Lines are indented otherwise.
  (text, random) => {
    const lines = text.split("\n");
    const from = random.integer(0, lines.length - 1);
    for (let line = from; line < from + random.integer(1, 5); line++) {
      const old = lines[line];
      if (old !== undefined) lines[line] = random.percent(50) ? `  ${old}` : old.replace(/^ {1,2}/, "");
    }
    return lines.join("\n");
  },
  // Another text goes on.
  (text, random, seeds) => {
    const other = random.pick(seeds);
    return text.slice(0, place(text, random)) + other.slice(place(other, random));
  },
];

function place(text: string, random: SeededRandom): number {
  return random.integer(0, text.length);
}

const characters = Array.from(" \n\t:-#&*!|>'\"%@`{}[],?0a\\/~\u0000\uFEFF\uD800é");

const words = [
  "null",
  "~",
  "yes",
  "{}",
  "[]",
  "[{}]",
  "- {}",
  "&a ",
  "*a",
  "<<: *a",
  "!!str ",
  "!!binary x",
  "\n---\n",
  "\n...\n",
  "|\n  x",
  ">-\n  x",
  '"',
  "'",
  '"\\u12"',
  "{{ x }}",
  "0",
  "-1",
  "65536",
  "1e400",
  "0x10",
  '"0"',
  "::/0",
  "10.0.0.0/8",
  "fe80::1%eth0/64",
  "(a+)+$",
  "[[:alpha:]]{1000}",
  "x{1001}",
  "**.a.io",
  "world",
  "reserved:host",
  "k8s:io.kubernetes.pod.namespace: a",
  "toPorts:",
  "ingress:",
  "specs:",
  "fromRequires: [{}]",
  "matchExpressions: [{ key: a, operator: In, values: [] }]",
  "endPort: 99999999999",
  "icmps: [{ fields: [{ type: 256 }] }]",
  "kind: CiliumClusterwideNetworkPolicy",
  "constructor",
  "__proto__: 1",
];

const client = makeEndpoint("shop/client", {
  identity: 100,
  labels: [
    "k8s:app=client",
    "k8s:io.kubernetes.pod.namespace=default",
    "k8s:io.cilium.k8s.policy.cluster=default",
  ],
});
const server = makeEndpoint("shop/server", {
  identity: 200,
  labels: ["k8s:app=server", "k8s:io.kubernetes.pod.namespace=default"],
});
const world = makeEndpoint("", { identity: 2, labels: ["reserved:world"] });
const host = makeEndpoint("", { identity: 1, labels: ["reserved:host"] });
const unknown = makeEndpoint("", {});

const connections: readonly Connection[] = [
  connection("ingress", client, server, { protocol: "TCP", port: 80 }),
  connection("egress", client, world, { protocol: "UDP", port: 53 }),
  connection("ingress", host, server, { protocol: "ICMPv4", port: 8 }),
  connection("egress", server, unknown),
];

function connection(
  direction: Connection["direction"],
  source: Connection["source"],
  destination: Connection["destination"],
  l4?: Connection["l4"],
): Connection {
  const place = { sourceIp: "10.0.0.1", destinationIp: destination === world ? "203.0.113.7" : "10.0.0.2" };
  return { direction, source, destination, ...place, ...(l4 ? { l4 } : {}) };
}

/** The policies of some texts, one document each: small ones, for small changes to tell. */
export function seedsOf(texts: readonly string[]): readonly string[] {
  return texts
    .flatMap((text) => text.split(/^---.*$/m))
    .filter((piece) => /kind: *(Cilium\w*NetworkPolicy|NetworkPolicy|CiliumCIDRGroup)/.test(piece))
    .filter((piece) => piece.length < 3000)
    .map((piece) => piece.trim());
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { eventTypes, type Flow } from "../../src/flows/flow.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import type { ClusterContext } from "../../src/policy/clusterContext.ts";
import type { Connection } from "../../src/policy/connection.ts";
import { decide } from "../../src/policy/decide.ts";
import type { Decision } from "../../src/policy/decision.ts";
import { createPolicySet, type PolicySet } from "../../src/policy/policySet.ts";
import { readPolicies } from "../../src/policy/readPolicies.ts";
import { Tally } from "../../src/policy/tally.ts";
import { makeFlow, testTime } from "../support/makeFlow.ts";
import { type Json, RandomWorld, textOf } from "../support/randomPolicies.ts";

const context: ClusterContext = { clusterName: "default", agentVersion: { major: 1, minor: 18 } };
type Manifest = { readonly [key: string]: Json };

function setOf(manifests: readonly Json[], more: ClusterContext = {}): PolicySet {
  return createPolicySet(readPolicies(textOf(manifests)).policies, { ...context, ...more });
}

/** Runs a property in many worlds; it must say something about at least so many connections. */
function property(
  name: string,
  least: number,
  holds: (world: RandomWorld, manifests: readonly Json[]) => number,
): void {
  test(`property: ${name}`, () => {
    let tried = 0;
    for (let seed = 1; seed <= 80; seed++) {
      const world = new RandomWorld(seed, { namespaces: 2, apps: 3 });
      const manifests = Array.from({ length: 8 }, () => world.manifest(4));
      tried += holds(world, manifests);
    }
    assert.ok(tried >= least, `only ${tried} connections were worth a look`);
  });
}

function connections(world: RandomWorld, count = 40): readonly Connection[] {
  return Array.from({ length: count }, () => world.connection());
}

function summary({ enforced, deniesByDefault, verdict, reason, redirected }: Decision): unknown {
  return { enforced, deniesByDefault, verdict, reason, redirected };
}

property("an allow rule more never denies where the default was to deny", 200, (world, manifests) => {
  const section = world.random.pick(["ingress", "egress"]);
  const more = world.policyOf({ endpointSelector: {}, [section]: [world.rule(section)] });
  const [before, after] = [setOf(manifests), setOf([...manifests, more])];
  let tried = 0;
  for (const connection of connections(world)) {
    const decision = decide(before, connection);
    if (decision.deniesByDefault !== true || decision.verdict !== "allowed") continue;
    tried += 1;
    assert.notEqual(decide(after, connection).verdict, "denied");
  }
  return tried;
});

property("a deny rule more never admits what was denied", 400, (world, manifests) => {
  const section = world.random.pick(["ingressDeny", "egressDeny"]);
  const more = world.policyOf({ endpointSelector: {}, [section]: [world.rule(section)] });
  const [before, after] = [setOf(manifests), setOf([...manifests, more])];
  let tried = 0;
  for (const connection of connections(world)) {
    if (decide(before, connection).verdict !== "denied") continue;
    tried += 1;
    assert.equal(decide(after, connection).verdict, "denied");
  }
  return tried;
});

property("the order of rules, sections and policies does not matter", 3000, (world, manifests) => {
  const [before, after] = [
    setOf(manifests),
    setOf(world.shuffled(manifests).map((one) => shuffleRules(world, one as Manifest))),
  ];
  const tried = connections(world);
  for (const connection of tried) {
    const [one, other] = [decide(before, connection), decide(after, connection)];
    assert.deepEqual(summary(one), summary(other));
    assert.equal(one.rules.length, other.rules.length);
  }
  return tried.length;
});

function shuffleRules(world: RandomWorld, manifest: Manifest): Json {
  const fields = Object.entries(manifest["spec"] as Manifest).map(([name, value]) => {
    const isSection = Array.isArray(value);
    return [name, isSection ? world.shuffled(value as readonly Json[]) : value] as const;
  });
  return { ...manifest, spec: Object.fromEntries(world.shuffled(fields)) };
}

property("a rule split in two says the same", 3000, (world, manifests) => {
  const [before, after] = [setOf(manifests), setOf(manifests.map((one) => splitRules(one as Manifest)))];
  const tried = connections(world);
  for (const connection of tried) {
    assert.deepEqual(summary(decide(after, connection)), summary(decide(before, connection)));
  }
  return tried.length;
});

/** Makes a rule of each peer of every rule. */
function splitRules(manifest: Manifest): Json {
  const spec = manifest["spec"] as Manifest;
  const split = Object.entries(spec).map(([name, value]) => {
    if (!Array.isArray(value)) return [name, value] as const;
    return [name, (value as readonly Manifest[]).flatMap(splitRule)] as const;
  });
  return { ...manifest, spec: Object.fromEntries(split) };
}

function splitRule(rule: Manifest): readonly Json[] {
  const peers = Object.entries(rule).find(([name]) => /^(from|to)[A-Z]/.test(name) && name !== "toPorts");
  if (!peers) return [rule];
  const [name, list] = peers as [string, readonly Json[]];
  return list.length < 2 ? [rule] : list.map((peer) => ({ ...rule, [name]: [peer] }));
}

const reports = {
  allowed: { verdict: "FORWARDED" },
  "denied by default": { verdict: "DROPPED", dropReasonDesc: "POLICY_DENIED" },
  "denied by a rule": { verdict: "DROPPED", dropReasonDesc: "POLICY_DENY" },
  audited: { verdict: "AUDIT" },
  "not authenticated": { verdict: "DROPPED", dropReasonDesc: "AUTH_REQUIRED" },
} as const;

/** A policy-verdict event about a connection, `number` seconds into the test. */
function eventOf(connection: Connection, report: keyof typeof reports, number: number): Flow {
  const { direction, source, destination, l4 } = connection;
  const protocol = l4?.protocol;
  return makeFlow({
    time: testTime(number * 1000),
    eventType: eventTypes.policyVerdict,
    trafficDirection: direction === "ingress" ? "INGRESS" : "EGRESS",
    ...reports[report],
    source,
    destination,
    ip: {
      source: connection.sourceIp,
      destination: connection.destinationIp,
      version: "IPv4",
      encrypted: false,
    },
    ...(protocol === "TCP" || protocol === "UDP"
      ? { l4: { protocol, sourcePort: 1024 + number, destinationPort: l4?.port ?? 0 } }
      : protocol === "ICMPv4"
        ? { l4: { protocol, type: l4?.port ?? 0, code: 0 } }
        : {}),
  });
}

function tallyOf(set: PolicySet, flows: readonly Flow[]): Tally {
  const store = new FlowStore({ maxFlows: 10_000, maxBytes: Infinity });
  const tally = new Tally(set, set.policies, store);
  for (const flow of flows) {
    const row = store.append(flow);
    if (row !== undefined) tally.add(row);
  }
  return tally;
}

/** Every count of attempts by its place and name, without those of whole policies. */
function countsOf(tally: Tally): Map<string, number> {
  const counts = new Map<string, number>(Object.entries(tally.elsewhere()));
  for (const entry of tally.entries()) {
    if (entry.type === "policy") continue;
    for (const [name, value] of Object.entries(entry)) {
      if (typeof value !== "number" || /Ms$|perMinute/.test(name)) continue;
      const key = `${entry.policy} ${entry.path} ${"direction" in entry ? entry.direction : ""} ${name}`;
      counts.set(key, (counts.get(key) ?? 0) + value);
    }
  }
  return counts;
}

/** What tells attempts apart. */
function attemptOf({ trafficDirection, ip, l4 }: Flow): string {
  return JSON.stringify([trafficDirection, ip?.source, ip?.destination, l4]);
}

const kinds = Object.keys(reports) as (keyof typeof reports)[];

property("the tally is the sum over parts that split no attempt", 3000, (world, manifests) => {
  const set = setOf(manifests);
  const tried = connections(world);
  const flows = tried.flatMap((connection, number) => {
    const event = eventOf(connection, world.random.pick(kinds), number);
    return [event, event];
  });
  // An attempt's events stay together, retransmitted ones as well; both parts hold verdict events.
  const first = new Map<string, boolean>();
  for (const flow of flows) first.set(attemptOf(flow), first.get(attemptOf(flow)) ?? first.size % 2 === 0);
  const parts = [true, false].map((part) => flows.filter((flow) => first.get(attemptOf(flow)) === part));
  const [whole, ...halves] = [flows, ...parts].map((part) => countsOf(tallyOf(set, part)));
  for (const [key, count] of whole ?? []) {
    assert.equal(
      count,
      halves.reduce((sum, half) => sum + (half.get(key) ?? 0), 0),
      key,
    );
  }
  return tried.length;
});

for (const enforcementMode of ["default", "always"] as const) {
  property(
    `every attempt stands on a rule or in a named bucket: ${enforcementMode}`,
    600,
    (world, manifests) => {
      const set = setOf(manifests, { enforcementMode });
      const tried = connections(world, 8);
      for (const [number, connection] of tried.entries()) {
        for (const report of kinds) {
          const counts = countsOf(tallyOf(set, [eventOf(connection, report, number)]));
          const sum = [...counts.values()].reduce((total, count) => total + count, 0);
          assert.ok(sum > 0, `${report}: ${JSON.stringify(connection)}`);
        }
      }
      return tried.length;
    },
  );
}

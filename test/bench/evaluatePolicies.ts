import type { Endpoint } from "../../src/flows/flow.ts";
import type { Connection } from "../../src/policy/connection.ts";
import { decide } from "../../src/policy/decide.ts";
import { createPolicySet } from "../../src/policy/policySet.ts";
import { readPolicies } from "../../src/policy/readPolicies.ts";
import { decideOneByOne } from "../support/decideOneByOne.ts";
import { makeEndpoint } from "../support/makeFlow.ts";
import { type Json, textOf } from "../support/randomPolicies.ts";
import { median } from "./median.ts";

const ruleCount = 10_000;
const keyCount = 100_000;
/** Asking one rule after another takes minutes for all keys: these are enough, spread over all of them. */
const sampleCount = 200;
const rounds = 5;

/** What one way of laying out the rules costs. */
export interface EvaluationTimes {
  readonly layout: string;
  readonly rules: number;
  readonly keys: number;
  /** Making the set of policies that are read already. */
  readonly prepareMs: number;
  /** Deciding all keys, from a set that has decided nothing yet; the median of the rounds. */
  readonly indexedMs: number;
  /** The same, one rule after another: measured on a sample and scaled to all keys. */
  readonly naiveMs: number;
  /** The median of the rounds' ratios. */
  readonly ratio: number;
}

const layouts: Readonly<Record<string, (rule: (number: number) => Json) => readonly Json[]>> = {
  "a policy for each of 1,000 workloads": (rule) =>
    Array.from({ length: 1000 }, (_, number) => ({
      ...head(`p${number}`, `ns${number % 50}`),
      spec: {
        endpointSelector: { matchLabels: { app: `app${number % 200}` } },
        ingress: Array.from({ length: ruleCount / 1000 }, (_rule, index) => rule(number * 10 + index)),
      },
    })),
  "all rules for all pods": (rule) => [
    {
      ...head("all", ""),
      kind: "CiliumClusterwideNetworkPolicy",
      spec: { endpointSelector: {}, ingress: Array.from({ length: ruleCount }, (_, number) => rule(number)) },
    },
  ],
};

function head(name: string, namespace: string): { readonly [key: string]: Json } {
  return {
    apiVersion: "cilium.io/v2",
    kind: "CiliumNetworkPolicy",
    metadata: namespace === "" ? { name } : { name, namespace },
  };
}

/** Every third rule is for an address block, the others are for workloads; all name a port. */
function ruleAt(number: number): Json {
  const toPorts = [{ ports: [{ port: String(1000 + (number % 500)), protocol: "TCP" }] }];
  if (number % 3 === 0) {
    return { fromCIDR: [`${10 + (number % 100)}.${(number * 7) % 256}.0.0/16`], toPorts };
  }
  const labels = {
    app: `app${number % 200}`,
    "k8s:io.kubernetes.pod.namespace": `ns${(number * 3) % 50}`,
  };
  return { fromEndpoints: [{ matchLabels: labels }], toPorts };
}

function connections(): readonly Connection[] {
  const pods = Array.from({ length: 10_000 }, (_, number) =>
    makeEndpoint(`ns${number % 50}/app${(number * 11) % 200}-${number}`, {
      identity: 1000 + number,
      labels: [
        `k8s:app=app${(number * 11) % 200}`,
        `k8s:pod=${number}`,
        "k8s:io.cilium.k8s.policy.cluster=default",
        `k8s:io.kubernetes.pod.namespace=ns${number % 50}`,
      ],
    }),
  );
  const world = makeEndpoint("", { identity: 2, labels: ["reserved:world"] });
  const podAt = (number: number): Endpoint => pods[number % pods.length] ?? world;
  return Array.from({ length: keyCount }, (_, number) => ({
    direction: "ingress",
    source: number % 3 === 0 ? world : podAt(number * 7),
    destination: podAt(number * 13 + Math.floor(number / 10_000)),
    sourceIp: `${10 + (number % 100)}.${(number * 31) % 256}.${number % 251}.${number % 253}`,
    destinationIp: "10.0.0.1",
    l4: { protocol: "TCP", port: 1000 + ((number * 17) % 600) },
  }));
}

/** Measures deciding by index and rule by rule, in turns, so that a busy machine slows both. */
export function measureEvaluation(): readonly EvaluationTimes[] {
  return Object.entries(layouts).map(([layout, make]) => measureLayout(layout, make(ruleAt)));
}

function measureLayout(layout: string, manifests: readonly Json[]): EvaluationTimes {
  const { policies } = readPolicies(textOf(manifests));
  const context = { clusterName: "default", agentVersion: { major: 1, minor: 18 } };
  const prepare: number[] = [];
  const indexed: number[] = [];
  const naive: number[] = [];
  for (let round = 0; round < rounds; round++) {
    // New endpoints each time: nothing may be remembered from the last round.
    const keys = connections();
    const startMs = performance.now();
    const set = createPolicySet(policies, context);
    const preparedMs = performance.now();
    for (const key of keys) decide(set, key);
    const decidedMs = performance.now();
    const step = keyCount / sampleCount;
    for (let number = 0; number < keyCount; number += step) {
      const key = keys[number];
      if (key) decideOneByOne(set, key);
    }
    prepare.push(preparedMs - startMs);
    indexed.push(decidedMs - preparedMs);
    naive.push((performance.now() - decidedMs) * step);
  }
  const ratios = indexed.map((ms, round) => ms / (naive[round] ?? NaN));
  return {
    layout,
    rules: ruleCount,
    keys: keyCount,
    prepareMs: median(prepare),
    indexedMs: median(indexed),
    naiveMs: median(naive),
    ratio: median(ratios),
  };
}

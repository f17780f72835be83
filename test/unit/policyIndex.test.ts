import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAddressBlock } from "../../src/base/ipAddress.ts";
import type { ClusterContext } from "../../src/policy/clusterContext.ts";
import { decide, nearMisses } from "../../src/policy/decide.ts";
import type { Decision } from "../../src/policy/decision.ts";
import { everyRule } from "../../src/policy/everyRule.ts";
import { createPolicySet } from "../../src/policy/policySet.ts";
import { readPolicies } from "../../src/policy/readPolicies.ts";
import { decideOneByOne } from "../support/decideOneByOne.ts";
import { RandomWorld, textOf } from "../support/randomPolicies.ts";

const group = {
  name: "group",
  labels: new Map<string, string>(),
  blocks: [parseAddressBlock("198.51.100.0/24")].flatMap((block) => block ?? []),
};

/** What agents may be like: what is not known, and what is set unusually. */
const contexts: Readonly<Record<string, ClusterContext>> = {
  "nothing known": {},
  "everything known": {
    clusterName: "default",
    agentVersion: { major: 1, minor: 18 },
    defaultLocalCluster: false,
    cidrMatchesNodes: false,
    cidrGroups: [group],
    allCidrGroups: true,
    podPorts: new Map([["ns0/app0-1", [{ name: "web", protocol: "TCP", port: 8080 }]]]),
    hostFirewall: false,
  },
  "enforced everywhere": { enforcementMode: "always", agentVersion: { major: 1, minor: 19 } },
  "local clusters, blocks match nodes": {
    clusterName: "other",
    defaultLocalCluster: true,
    cidrMatchesNodes: true,
    nonDefaultDenyPolicies: false,
  },
};

function shown(decision: Decision): unknown {
  return {
    ...decision,
    rules: decision.rules.map(({ policy, rule, match, decides, peer, port, missing, redirects }) => ({
      at: `${policy.name} ${rule.path}`,
      answers: [match, decides, peer, port, redirects],
      missing,
    })),
    selecting: decision.selecting.map(
      ({ policy, spec, selects }) => `${policy.name} ${spec.path} ${selects}`,
    ),
  };
}

for (const [name, context] of Object.entries(contexts)) {
  test(`index: decides as asking every rule in turn does: ${name}`, () => {
    let decided = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const world = new RandomWorld(seed, { namespaces: 2, apps: 3 });
      const manifests = Array.from({ length: 12 }, () => world.manifest(4));
      const set = createPolicySet(readPolicies(textOf(manifests)).policies, context);
      for (let count = 0; count < 60; count++) {
        const connection = world.connection();
        const decision = decide(set, connection);
        assert.deepEqual(shown(decision), shown(decideOneByOne(set, connection)), `seed ${seed}, ${count}`);
        const all = everyRule(set, connection);
        assert.deepEqual(
          nearMisses(set, connection).map(({ rule }) => rule.path),
          all
            .filter(
              ({ section, peer, port }) => section.effect === "allow" && peer === "yes" && port === "no",
            )
            .map(({ rule }) => rule.path),
          `near misses of seed ${seed}, ${count}`,
        );
        assert.ok(all.every(({ match, mismatch }) => (match === "no") === (mismatch !== undefined)));
        if (decision.rules.length > 0) decided += 1;
      }
    }
    // A world in which nothing ever matches would prove nothing.
    assert.ok(decided > 500, `${decided} connections with rules`);
  });
}

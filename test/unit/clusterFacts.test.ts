import assert from "node:assert/strict";
import test from "node:test";
import { ClusterFacts } from "../../src/engine/clusterFacts.ts";
import { type AgentFacts, judgeOptionsOf, readAgentVersion } from "../../src/policy/agentFacts.ts";
import type { RelayNode, RelayStatus } from "../../src/protocol/session.ts";

function node(name: string, version: string, state: RelayNode["state"] = "connected"): RelayNode {
  return { name, version, state, address: "", heldFlows: 0, maxFlows: 0, seenFlows: 0, uptimeMs: 0 };
}

function relay(version: string): RelayStatus {
  const figures = { heldFlows: 0, maxFlows: 0, seenFlows: 0, flowsPerSecond: 0, uptimeMs: 0 };
  return { version, ...figures, connectedNodes: 1, unavailableNodes: [] };
}

function text({ agentVersion, ...rest }: AgentFacts): string {
  const version = agentVersion ? `${agentVersion.major}.${agentVersion.minor} ` : "";
  return `${version}${JSON.stringify(rest)}`;
}

const reports: readonly (readonly [string, readonly RelayNode[], string, string])[] = [
  ["one version", [node("a", "cilium v1.18.2+g4d9f3c"), node("b", "cilium v1.18.0")], "", "1.18 {}"],
  ["an upgrade under way: no version", [node("a", "1.18.2"), node("b", "1.19.0")], "", "{}"],
  ["who is not connected does not count", [node("a", "1.18.2"), node("b", "1.19.0", "gone")], "", "1.18 {}"],
  ["a version that cannot be read is another one", [node("a", "1.18.2"), node("b", "HEAD")], "", "{}"],
  ["nodes that say nothing: the relay's", [node("a", "")], "hubble-relay v1.17.4", "1.17 {}"],
  ["no nodes: the relay's", [], "cilium v1.20.0-dev", "1.20 {}"],
  ["a relay that says nothing", [], "", "{}"],
  [
    "the cluster of all nodes",
    [node("prod/a", "1.18.2"), node("prod/b", "")],
    "",
    '1.18 {"clusterName":"prod"}',
  ],
  ["a mesh has no one cluster", [node("prod/a", "1.18.2"), node("test/b", "")], "", "1.18 {}"],
  ["names without a cluster", [node("a", "1.18.2"), node("prod/b", "")], "", "1.18 {}"],
];
for (const [what, nodes, version, expected] of reports) {
  test(`what a relay tells: ${what}`, () => {
    const facts = new ClusterFacts();
    facts.learn({ relay: version === "" ? null : relay(version), nodes });
    assert.equal(text(facts.facts), expected);
  });
}

test("what the settings say goes before what the nodes tell", () => {
  const facts = new ClusterFacts();
  facts.learn({ relay: null, nodes: [node("prod/a", "1.18.2")] });
  facts.configure({
    clusterName: "east",
    facts: { agentVersion: { major: 1, minor: 20 }, hostFirewall: true },
  });
  assert.equal(text(facts.facts), '1.20 {"clusterName":"east","hostFirewall":true}');
  facts.configure({ clusterName: "" });
  assert.equal(text(facts.facts), '1.18 {"clusterName":"prod"}');
});

test("what was learned holds while nobody answers, until flows come from elsewhere", () => {
  const facts = new ClusterFacts();
  facts.learn({ relay: relay("1.19.0"), nodes: [node("prod/a", "1.18.2")] });
  facts.learn({ relay: null, nodes: [] });
  assert.equal(text(facts.facts), '1.18 {"clusterName":"prod"}');
  facts.forget();
  assert.equal(text(facts.facts), "{}");
});

test("versions are read from what agents say", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["cilium v1.18.2+g4d9f3c", "1.18"],
    ["1.20", "1.20"],
    ["v1.17.0-rc.1", "1.17"],
    ["1.19.0-snapshot.1", "1.19"],
    ["HEAD", "-"],
    ["", "-"],
    ["v1", "-"],
  ];
  for (const [given, expected] of cases) {
    const read = readAgentVersion(given);
    assert.equal(read ? `${read.major}.${read.minor}` : "-", expected, given);
  }
});

test("policies are judged by a version whose rules are known, and by nothing that was not said", () => {
  assert.deepEqual(
    judgeOptionsOf({ agentVersion: { major: 1, minor: 18 }, nodeSelectorLabels: true, l7Proxy: false }),
    {
      ciliumVersion: "1.18",
      nodeSelectorLabels: true,
      l7Proxy: false,
    },
  );
  assert.deepEqual(judgeOptionsOf({ agentVersion: { major: 1, minor: 99 }, hostFirewall: true }), {});
});

import assert from "node:assert/strict";
import test from "node:test";
import { agentFactsOf } from "../../src/cli/agentFlags.ts";
import { agentOptions, readAgentOption } from "../../src/policy/agentOptions.ts";

const cases: readonly (readonly [string, unknown])[] = [
  ["enable-policy=always", { enforcementMode: "always" }],
  ["policy-default-local-cluster=true", { defaultLocalCluster: true }],
  ["policy-cidr-match-mode=nodes", { cidrMatchesNodes: true }],
  ["policy-cidr-match-mode=", { cidrMatchesNodes: false }],
  ["enable-node-selector-labels", { nodeSelectorLabels: true }],
  ["enable-host-firewall=false", { hostFirewall: false }],
  ["allow-localhost=auto", { allowLocalhost: "always" }],
  ["allow-localhost=policy", { allowLocalhost: "policy" }],
  ["enable-non-default-deny-policies=false", { nonDefaultDenyPolicies: false }],
  ["hubble-redact-http-urlquery=true", { urlQueryRedacted: true }],
  ["enable-extended-ip-protocols=true", { extendedIpProtocols: true }],
  ["enable-icmp-rules=false", { icmpRules: false }],
  ["enable-l7-proxy=false", { l7Proxy: false }],
  ["enable-policy=sometimes", { error: "enable-policy is default or always or never, not “sometimes”" }],
  ["enable-policy", { error: "enable-policy is default or always or never, not “true”" }],
  ["policy-cidr-match-mode=pods", { error: "policy-cidr-match-mode is nodes or nothing, not “pods”" }],
];
for (const [text, expected] of cases) {
  test(`agent option ${text}`, () => {
    assert.deepEqual(readAgentOption(text), expected);
  });
}

test("an option that says nothing about policies is refused with those that do", () => {
  const read = readAgentOption("debug=true");
  assert.ok("error" in read);
  assert.match(read.error, /^takes one of enable-policy, .*, not “debug”$/);
});

test("every option has a case", () => {
  const named = new Set(cases.map(([text]) => text.split("=")[0]));
  assert.deepEqual([...named], Object.keys(agentOptions));
});

test("the flags of agents together", () => {
  const flags = {
    "cilium-version": "1.18",
    "cluster-name": "prod",
    "agent-option": ["enable-policy=always", "enable-policy=never", "enable-host-firewall"],
  };
  assert.deepEqual(agentFactsOf(flags), {
    agentVersion: { major: 1, minor: 18 },
    clusterName: "prod",
    enforcementMode: "never",
    hostFirewall: true,
  });
  assert.deepEqual(agentFactsOf({}), {});
  assert.throws(() => agentFactsOf({ "cilium-version": "1.8" }), /1\.17, 1\.18, 1\.19, 1\.20/);
  assert.throws(() => agentFactsOf({ "agent-option": ["debug"] }), /--agent-option takes one of/);
});

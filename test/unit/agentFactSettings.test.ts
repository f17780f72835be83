import assert from "node:assert/strict";
import test from "node:test";
import { agentFactKeys, agentFacts } from "../../src/ui/vscode/agentFactSettings.ts";
import { type SettingKey, type SettingValue, settingTable } from "../../src/ui/vscode/settingTable.ts";
import { settingValue } from "../../src/ui/vscode/settingValue.ts";

const read =
  (values: Readonly<Record<string, unknown>>) =>
  <Key extends SettingKey>(key: Key): SettingValue<Key> =>
    settingValue(key, values[key]);

test("what no setting says is not known", () => {
  assert.deepEqual(agentFacts(read({})), {});
});

test("each setting says one fact of the agents", () => {
  const values = Object.fromEntries(agentFactKeys.map((key) => [key, "off"]));
  const said = {
    "cilium.version": "1.18",
    "cilium.enforcementMode": "always",
    "cilium.allowLocalhost": "policy",
  };
  assert.deepEqual(agentFacts(read({ ...values, ...said, "cilium.hostFirewall": "on" })), {
    agentVersion: { major: 1, minor: 18 },
    enforcementMode: "always",
    allowLocalhost: "policy",
    defaultLocalCluster: false,
    cidrMatchesNodes: false,
    nodeSelectorLabels: false,
    hostFirewall: true,
    nonDefaultDenyPolicies: false,
    urlQueryRedacted: false,
  });
});

test("every setting about Cilium is read", () => {
  const about = Object.keys(settingTable).filter((key) => key.startsWith("cilium."));
  assert.deepEqual([...agentFactKeys].sort(), about.sort());
});

import assert from "node:assert/strict";
import test from "node:test";
import type { SettingKey } from "../../src/ui/vscode/settingTable.ts";
import { settingValue } from "../../src/ui/vscode/settingValue.ts";

test("whatever a settings file says, the engine is given what it can take", () => {
  const cases: readonly [key: SettingKey, value: unknown, expected: unknown][] = [
    ["store.maxFlows", 5_000, 5_000],
    ["store.maxFlows", -1, 1_000],
    ["store.maxFlows", 1e999, 2_000_000],
    ["store.maxFlows", 5_000.7, 5_000],
    ["store.maxFlows", "5000", 100_000],
    ["store.maxMegabytes", 0.5, 16],
    ["history.flowsPerNode", 0, 0],
    ["history.flowsPerNode", -7.5, 0],
    ["history.flowsPerNode", 1e9, 100_000],
    ["demo.flowsPerSecond", null, 0],
    ["demo.autoStart", "yes", false],
    ["demo.autoStart", true, true],
    ["clusterName", 7, ""],
    ["clusterName", "prod", "prod"],
    ["cilium.enforcementMode", "always", "always"],
    ["cilium.enforcementMode", "sometimes", "unknown"],
    ["cilium.hostFirewall", true, "unknown"],
    ["cilium.hostFirewall", "off", "off"],
    ["kubeconfig", ["a", 1], []],
    ["kubeconfig", "a", []],
    ["kubeconfig", ["a"], ["a"]],
    ["savedFilters", { drops: "--verdict DROPPED" }, { drops: "--verdict DROPPED" }],
    ["savedFilters", { drops: 1 }, {}],
    ["savedFilters", ["--verdict DROPPED"], {}],
    ["savedFilters", null, {}],
    ["relay.address", undefined, ""],
  ];
  for (const [key, value, expected] of cases) {
    assert.deepEqual(settingValue(key, value), expected, `${key}: ${JSON.stringify(value)}`);
  }
});

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { listProcesses } from "../support/listProcesses.ts";
import { openWorkbench } from "../support/openWorkbench.ts";
import { until } from "../support/until.ts";

test("a workspace that asks for the demo has it running, and its end leaves nothing behind", async () => {
  const workbench = await openWorkbench({
    openFiles: ["rule1-l3-l4.yaml"],
    workspaceSettings: { "hubbleLens.demo.autoStart": true },
  });
  const { folder } = workbench.server;
  try {
    await workbench.untilLenses("a head with the demo's nodes", (lenses) =>
      /3\/3 nodes.*demo/.test(lenses[0] ?? ""),
    );
    await workbench.openContainer("Hubble");
    await workbench.untilTreeRow("Cluster", /demo cluster/);
    assert.equal(listProcesses(folder).filter(({ command }) => command.includes("demoRelay.js")).length, 1);
  } finally {
    await workbench.close();
  }
  await until("every process of the workbench has ended", () => listProcesses(folder).length === 0);
  assert.equal(existsSync(folder), false);
  assert.equal(existsSync(workbench.workspace), false);
});

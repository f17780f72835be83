import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { untilTable } from "../support/flowsTable.ts";
import { keepFailurePicture } from "../support/keepFailurePicture.ts";
import { listProcesses } from "../support/listProcesses.ts";
import { openWorkbench, type Workbench } from "../support/openWorkbench.ts";
import { until } from "../support/until.ts";

/** The number before a word in a lens: `✓ 1,180 allowed` → 1180; undefined when no lens says it. */
function countIn(lenses: readonly string[], pattern: RegExp): number | undefined {
  for (const lens of lenses) {
    const found = pattern.exec(lens)?.[1];
    if (found !== undefined) return Number(found.replaceAll(",", ""));
  }
  return undefined;
}

describe("from nothing to counts above the rules, without a cluster", () => {
  let workbench: Workbench;

  before(async () => {
    workbench = await openWorkbench({ openFiles: ["rule1-l3-l4.yaml"] });
  });
  afterEach((context) => keepFailurePicture(workbench, context));
  after(async () => {
    await workbench.close();
  });

  const demoProcesses = () =>
    listProcesses("demoRelay.js").filter(({ command }) => command.includes(workbench.server.folder));

  test("disconnected, a policy has one lens with two ways out, and nothing runs", async () => {
    await workbench.untilLenses("one, offering the demo", (lenses) => {
      return lenses.length === 1 && /not connected.*Connect.*Start Demo/.test(lenses[0] ?? "");
    });
    await workbench.openContainer("Hubble");
    await workbench.view("Flows").getByText("No cluster connected.").waitFor();
    assert.deepEqual(demoProcesses(), []);
    await workbench.screenshot("1-not-connected");
  });

  test("Start Demo Cluster brings flows to the tree, the status bar and the lenses", async () => {
    await workbench.runCommand("Hubble: Start Demo Cluster");
    await workbench.untilTreeRow("Flows", /^shop.*\d/);
    await workbench.untilTreeRow("Cluster", /nodes.*3\/3/i);
    await until("the status bar tells the rate", async () => {
      return (await workbench.statusItems()).some((text) => /demo.*\/s/.test(text));
    });
    await workbench.untilLenses("a head, a direction and a rule", (lenses) => lenses.length === 3);
    await workbench.untilLenses("the policy is not applied", (lenses) => {
      return /not applied.*demo/.test(lenses[0] ?? "");
    });
    assert.equal(demoProcesses().length, 1);
    await workbench.screenshot("2-demo-started");
  });

  test("applying the L3/L4 rule denies xwing and allows tiefighter, within seconds", async () => {
    await workbench.runCommand("Hubble: Apply to Demo Cluster");
    await workbench.untilLenses("applied", (lenses) => /applied ✓/.test(lenses[0] ?? ""), 15_000);
    await workbench.untilLenses("xwing denied", (lenses) =>
      lenses.some((lens) => /✗ \d+ denied by default \(.*xwing/.test(lens)),
    );
    await workbench.untilLenses(
      "tiefighter allowed",
      (lenses) => (countIn(lenses, /✓ ([\d,]+) allowed/) ?? 0) > 0,
    );
    await workbench.untilTreeRow("Flows", /^default.*✗ \d/);
    await workbench.screenshot("3-applied-l3-l4");
    const denied = countIn(await workbench.lensTexts(), /✗ ([\d,]+) denied by default/) ?? 0;
    const allowed = countIn(await workbench.lensTexts(), /✓ ([\d,]+) allowed/) ?? 0;
    assert.ok(denied > 0);
    await workbench.untilLenses("both counts rise", (lenses) => {
      return (
        (countIn(lenses, /✗ ([\d,]+) denied by default/) ?? 0) > denied &&
        (countIn(lenses, /✓ ([\d,]+) allowed/) ?? 0) > allowed
      );
    });
  });

  test("a click on the rule's lens shows its flows and no others", async () => {
    await workbench.clickLens(/allowed/);
    const rows = await untilTable(workbench, "flows of tiefighter to deathstar", (all) => {
      return (
        all.length > 0 &&
        all.every(({ source, destination }) => /empire|tiefighter|deathstar/.test(source + destination))
      );
    });
    assert.ok(rows.every(({ source, destination }) => !/xwing/.test(source + destination)));
    await workbench.screenshot("4-flows-of-the-rule");
  });

  test("applying the L7 rule counts requests and denies PUT /v1/exhaust-port", async () => {
    await workbench.openFile("rule1-l7.yaml");
    await workbench.untilLenses("a lens for the HTTP rule too", (lenses) => lenses.length === 4);
    await workbench.runCommand("Hubble: Apply to Demo Cluster");
    await workbench.untilLenses("applied", (lenses) => /applied ✓/.test(lenses[0] ?? ""), 15_000);
    await workbench.untilLenses(
      "the HTTP rule counts",
      (lenses) => (countIn(lenses, /✓ ([\d,]+) requests?/) ?? 0) > 0,
    );
    await workbench.untilLenses(
      "requests are denied",
      (lenses) => (countIn(lenses, /✗ ([\d,]+) requests? denied/) ?? 0) > 0,
      60_000,
    );
    await workbench.screenshot("5-applied-l7");
  });

  test("Observe Drops shows only what was denied, PUT /v1/exhaust-port among it", async () => {
    await workbench.runCommand("Hubble: Observe Drops");
    await untilTable(workbench, "only drops", (rows) => {
      return rows.length > 0 && rows.every(({ verdict }) => /drop|denied/i.test(verdict));
    });
    // One request of the demo in seven goes there, when chance has it, and newer rows soon push it out of sight.
    await untilTable(
      workbench,
      "the request to the exhaust port is denied",
      (rows) => rows.some(({ summary }) => /PUT.*\/v1\/exhaust-port/.test(summary)),
      180_000,
    );
    await untilTable(workbench, "the knocks of xwing are denied", (rows) =>
      rows.some(({ source }) => /xwing/.test(source)),
    );
    await workbench.screenshot("6-observe-drops");
  });

  test("a row's details show", async () => {
    const frame = await workbench.webview("flows-app");
    await until("a row is chosen and its details are there", async () => {
      // While following, rows move on under the pointer.
      try {
        await frame
          .locator("flow-grid .row[data-number]")
          .filter({ hasText: "xwing" })
          .first()
          .click({ timeout: 2_000 });
        return (await frame.locator("details-pane .fields dt").count()) > 0;
      } catch {
        return false;
      }
    });
    const details = await frame.locator("details-pane").innerText();
    assert.match(details, /Source\s+default\/xwing/);
    assert.match(details, /Verdict\s+denied/);
    assert.match(details, /k8s:org=alliance/);
    await workbench.screenshot("7-details");
  });

  test("Disconnect leaves nothing running", async () => {
    await workbench.runCommand("Hubble: Disconnect");
    await until("the demo relay's process has ended", () => demoProcesses().length === 0);
    await workbench.untilLenses("one, offering to connect", (lenses) => {
      return lenses.length === 1 && lenses[0]?.includes("not connected") === true;
    });
    assert.deepEqual(await workbench.toasts(), []);
    await workbench.screenshot("8-disconnected");
  });
});

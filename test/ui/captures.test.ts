import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { untilTable } from "../support/flowsTable.ts";
import { keepFailurePicture } from "../support/keepFailurePicture.ts";
import { openWorkbench, type Workbench } from "../support/openWorkbench.ts";
import { until } from "../support/until.ts";

describe("captures, opened and made", () => {
  let workbench: Workbench;

  before(async () => {
    workbench = await openWorkbench();
  });
  afterEach((context) => keepFailurePicture(workbench, context));
  after(async () => {
    await workbench.close();
  });

  /** Chooses an entry of the list that is open. */
  const choose = async (label: string) => {
    const row = workbench.page
      .locator(".quick-input-list .monaco-list-row")
      .filter({ hasText: label })
      .first();
    await row.click();
  };

  /** Takes the path that the dialog for files (a list as well) proposes, and answers it. */
  const takeProposedPath = async (ending: RegExp) => {
    const input = workbench.page.locator(".quick-input-widget input").first();
    const proposed = await until("the dialog proposes a name", async () => {
      const value = await input.inputValue({ timeout: 3_000 });
      return ending.test(value) ? value : undefined;
    });
    await until("the dialog has taken it", async () => {
      await workbench.page.keyboard.press("Enter");
      return !(await input.isVisible());
    });
    return join(workbench.workspace, basename(proposed));
  };

  test("Open With: the flows come to the panel, and the tab says what was read", async () => {
    const path = join(workbench.workspace, "broken.jsonl");
    writeFileSync(path, `${readFileSync(join(workbench.workspace, "flows.jsonl"), "utf8")}not JSON\n`);
    await workbench.openFile("broken.jsonl");
    await workbench.runCommand("View: Reopen Editor With...");
    await choose("Hubble Capture");
    await untilTable(workbench, "flows of the file", (rows) =>
      rows.some(({ source }) => source.includes("tiefighter")),
    );
    const page = await workbench.webview("h1:text('broken.jsonl')");
    await until("the tab names the line", async () => {
      return (await page.locator("main").innerText()).includes("Line 65: ");
    });
    await workbench.screenshot("capture-tab");
    await page.getByText("Open as Text").click();
    await workbench.page.locator(".tabs-container .tab.active").filter({ hasText: "broken.jsonl" }).waitFor();
    await workbench.page.locator(".editor-instance .monaco-editor").first().waitFor();
  });

  test("a redacted recording of the demo holds no name of it", async () => {
    await workbench.runCommand("Hubble: Start Demo Cluster");
    await untilTable(workbench, "flows of the demo", (rows) => rows.length > 0);
    await workbench.runCommand("Hubble: Record Capture…");
    await choose("All flows, redacted");
    const path = await takeProposedPath(/demo-[^/]*\.jsonl$/);
    await until("the recording has flows", () => {
      return existsSync(path) && readFileSync(path, "utf8").split("\n").length > 20;
    });
    await workbench.runCommand("Hubble: Stop Recording");
    const told = await until("it is told", async () => {
      return (await workbench.toasts()).find((text) => text.includes(`flows recorded to ${basename(path)}`));
    });
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    assert.ok(Number(/^[\d,]+/.exec(told)?.[0].replaceAll(",", "")) > 10);
    // Names that no path of a URL has as a word: those stay.
    assert.deepEqual(
      lines.filter((line) => /deathstar|tiefighter|coredns|hubble-relay/.test(line)),
      [],
    );
  });

  test("Export Flows writes what the panel shows", async () => {
    await workbench.runCommand("Hubble: Export Flows…");
    await choose("A table, for spreadsheets");
    const path = await takeProposedPath(/flows-[^/]*\.csv$/);
    await until("the file is there", () => existsSync(path));
    const [head, ...lines] = readFileSync(path, "utf8").trimEnd().split("\r\n");
    assert.match(head ?? "", /^time,node,verdict,/);
    assert.ok(lines.length > 10);
  });
});

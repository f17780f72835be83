import assert from "node:assert/strict";
import { once } from "node:events";
import { copyFile, appendFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import type { Frame } from "playwright-core";
import { untilTable } from "../support/flowsTable.ts";
import { keepFailurePicture } from "../support/keepFailurePicture.ts";
import { listProcesses } from "../support/listProcesses.ts";
import { openWorkbench, type Workbench } from "../support/openWorkbench.ts";
import { until } from "../support/until.ts";

describe("the flows panel, by keyboard, broken and with a capture", () => {
  let workbench: Workbench;

  before(async () => {
    workbench = await openWorkbench({ openFiles: ["rule1-l3-l4.yaml"] });
  });
  afterEach((context) => keepFailurePicture(workbench, context));
  after(async () => {
    await workbench.close();
  });

  const panel = (): Promise<Frame> => workbench.webview("flows-app");

  /** Waits until what the panel says in place of its table holds. */
  async function untilEmptyState(pattern: RegExp): Promise<void> {
    let seen = "";
    await until(
      `the panel says ${String(pattern)}`,
      async () => {
        const empty = (await panel()).locator(".empty");
        seen = (await empty.count()) > 0 ? await empty.innerText({ timeout: 2_000 }) : "";
        return pattern.test(seen);
      },
      30_000,
      () => `seen: ${seen}`,
    );
  }

  async function connectTo(address: string): Promise<void> {
    await workbench.runCommand("Hubble: Connect to Relay Address…");
    const input = workbench.page.locator(".quick-input-widget input").first();
    await input.fill(address);
    await workbench.page.keyboard.press("Enter");
  }

  /** The number of the row under the cursor and its text. */
  async function activeRow(): Promise<string | undefined> {
    const row = (await panel()).locator("flow-grid .row.active");
    return (await row.count()) > 0 ? await row.innerText({ timeout: 2_000 }) : undefined;
  }

  test("with nothing connected it says so, with one way out before the others", async () => {
    await workbench.runCommand("Hubble: Show Flows");
    await untilEmptyState(/No cluster connected\.[\s\S]*Start Demo Cluster/);
    assert.equal(await (await panel()).locator("vscode-button").count(), 1);
    await workbench.screenshot("panel-1-idle");
  });

  test("a relay that cannot be reached is tried again, and every surface says why", async () => {
    await connectTo("127.0.0.1:1");
    await untilEmptyState(/127\.0\.0\.1:1 cannot be reached.*Trying again/);
    await workbench.untilLenses("why, and a way out", (lenses) => {
      return lenses.length === 1 && /cannot be reached.*Retry Now/.test(lenses[0] ?? "");
    });
    await workbench.openContainer("Hubble");
    await workbench.view("Cluster").getByText("cannot be reached").first().waitFor();
    assert.deepEqual(await workbench.toasts(), []);
    await workbench.screenshot("panel-2-waiting");
  });

  test("what is no relay is told once, with a button that tries again", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => socket.destroy());
      socket.end("HTTP/1.1 200 OK\r\n\r\n");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    try {
      await connectTo(`127.0.0.1:${port}`);
      await untilEmptyState(/no Hubble relay[\s\S]*Retry/);
      await until("one message", async () => (await workbench.toasts()).length === 1);
      await workbench.page.locator(".notification-toast").getByText("Retry").first().waitFor();
      await workbench.screenshot("panel-3-failed");
    } finally {
      server.close();
    }
    await workbench.runCommand("Notifications: Clear All Notifications");
    await until("no message", async () => (await workbench.toasts()).length === 0);
  });

  test("the keyboard goes from row to row and into the details, and flows that come move nothing", async () => {
    await workbench.runCommand("Hubble: Start Demo Cluster");
    await untilTable(workbench, "rows", (rows) => rows.length > 5);
    const frame = await panel();
    // The history has come in when the rate has gone down to the demo's own.
    await until("the history is in", async () => {
      return (await workbench.statusItems()).some((text) => /demo · \d\d?(\.\d)?\/s/.test(text));
    });
    await frame.locator(".scroller").focus();
    await workbench.page.keyboard.press("ArrowDown");
    await workbench.page.keyboard.press("ArrowDown");
    await workbench.page.keyboard.press("Enter");
    await frame.locator("details-pane .fields dt").first().waitFor();
    const chosen = await activeRow();
    const figures = await frame.locator(".figures").innerText();
    await until("more flows came", async () => (await frame.locator(".figures").innerText()) !== figures);
    assert.equal(await activeRow(), chosen);
    await workbench.screenshot("panel-4-keyboard");
    await frame.locator("details-pane summary").click();
    await frame.locator("details-pane .copy").click();
    await frame.locator("details-pane .copy .codicon-check").waitFor();
    await workbench.page.keyboard.press("Escape");
    assert.equal(await frame.locator("details-pane").count(), 0);
    await workbench.page.keyboard.press("End");
    await until("the oldest row is chosen", async () => {
      const row = await activeRow();
      return row !== undefined && row !== chosen;
    });
    await workbench.page.keyboard.press("Home");
    await until("the newest row is chosen", async () => {
      return (await frame.locator("flow-grid .row.active").getAttribute("aria-rowindex")) === "2";
    });
  });

  test("a paused table stands still and says how many came since", async () => {
    const frame = await panel();
    await frame.locator(".toggle.follow").click();
    await frame.locator(".toggle.pause").click();
    await until("new flows are held back", async () => {
      return /Resume · [\d,]+ new/.test(await frame.locator(".toggle.pause").innerText());
    });
    const first = () => frame.locator("flow-grid .row[data-number]").first().getAttribute("data-number");
    const number = await first();
    const heldBack = await frame.locator(".toggle.pause").innerText();
    await until("more come", async () => (await frame.locator(".toggle.pause").innerText()) !== heldBack);
    assert.equal(await first(), number);
    await workbench.screenshot("panel-5-paused");
    await frame.locator(".toggle.pause").click();
    await until("the newest shows", async () => Number(await first()) > Number(number));
  });

  test("a narrow panel shows what matters, and nothing juts out", async () => {
    const { page } = workbench;
    const size = page.viewportSize();
    assert.ok(size);
    const frame = await panel();
    await frame.locator("flow-grid .row[data-number]").first().click();
    await frame.locator("details-pane .fields dt").first().waitFor();
    await workbench.runCommand("View: Close Primary Side Bar");
    await page.setViewportSize({ width: 350, height: size.height });
    await until("the panel is narrow", async () => {
      return (await frame.evaluate(() => document.body.clientWidth)) <= 310;
    });
    const tooWide = await frame.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return scrollWidth - clientWidth;
    });
    assert.equal(tooWide, 0);
    await workbench.screenshot("panel-6-narrow");
    await page.setViewportSize(size);
    await frame.locator("details-pane .close").click();
  });

  test("a capture takes the place of the cluster, and its broken lines are told", async () => {
    const file = join(workbench.workspace, "captured.jsonl");
    await copyFile(join(workbench.workspace, "flows.jsonl"), file);
    await appendFile(file, "{not json\nnor this\n");
    await workbench.runCommand("Hubble: Open Capture…");
    const input = workbench.page.locator(".quick-input-widget input").first();
    await until("the dialog asks for a file", async () => {
      await input.fill(file);
      return (await input.inputValue()) === file;
    });
    await workbench.page.keyboard.press("Enter");
    await until("what could not be read is told", async () => {
      return (await workbench.toasts()).some((text) => /flows read\. 2 lines could not be read/.test(text));
    });
    await untilTable(workbench, "the tutorial's flows", (rows) =>
      rows.some(({ source }) => /tiefighter|xwing/.test(source)),
    );
    await workbench.untilLenses("counts of a capture, honest about what it lacks", (lenses) => {
      return /no verdict events seen: allowed unknown · capture/.test(lenses[0] ?? "");
    });
    await until("the demo cluster has ended", () => {
      const demos = listProcesses("demoRelay.js");
      return !demos.some(({ command }) => command.includes(workbench.server.folder));
    });
    await workbench.screenshot("panel-7-capture");
  });
});

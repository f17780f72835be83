import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { projectRoot } from "../../scripts/projectRoot.ts";
import { FilterLineUser } from "../support/filterLineUser.ts";
import { type TableRow, tableRows, untilTable } from "../support/flowsTable.ts";
import { keepFailurePicture } from "../support/keepFailurePicture.ts";
import { openWorkbench, type Workbench } from "../support/openWorkbench.ts";
import { until } from "../support/until.ts";

const documented = `$ hubble observe \\
    --namespace shop \\
    --verdict FORWARDED \\
    --protocol 'http' \\
    --server localhost:4245 --follow`;

describe("the filter line, from the first letter to the command in a terminal", () => {
  let workbench: Workbench;
  let filter: FilterLineUser;

  before(async () => {
    workbench = await openWorkbench({ openFiles: ["rule1-l3-l4.yaml"] });
    filter = new FilterLineUser(workbench);
    await workbench.untilLenses("a policy that is open", (lenses) => lenses.length > 0);
    await workbench.runCommand("Hubble: Start Demo Cluster");
    await workbench.runCommand("Hubble: Show Flows");
    await untilTable(workbench, "rows", (rows) => rows.length > 5);
    await workbench.runCommand("View: Toggle Maximized Panel");
  });
  afterEach((context) => keepFailurePicture(workbench, context));
  after(async () => {
    await workbench.close();
  });

  const allOf = (holds: (row: TableRow) => boolean) => (rows: readonly TableRow[]) =>
    rows.length > 0 && rows.every(holds);

  test("flags are completed with what they mean, then their values; the table follows", async () => {
    await (await filter.input()).focus();
    await workbench.page.keyboard.type("--verd");
    await until("--verdict is offered", async () =>
      (await filter.options()).some((option) => /^--verdict What became of the flow/.test(option)),
    );
    await workbench.page.keyboard.press("Tab");
    await until("verdicts are offered", async () => (await filter.options()).includes("DROPPED"));
    await workbench.page.keyboard.type("DRO");
    await workbench.screenshot("filter-1-completion");
    await workbench.page.keyboard.press("Tab");
    await workbench.page.keyboard.press("Enter");
    await untilTable(
      workbench,
      "only what was dropped",
      allOf(({ verdict }) => /denied|dropped/.test(verdict)),
    );
    assert.equal((await filter.text()).trim(), "--verdict DROPPED");
  });

  test("undo takes back what was completed, and no more; redo brings it again", async () => {
    const { keyboard } = workbench.page;
    await filter.write("--not --verd");
    await until("--verdict is offered", async () => (await filter.options()).length > 0);
    await keyboard.press("Tab");
    await filter.untilText("completed", (text) => text === "--not --verdict ");
    await keyboard.press("ControlOrMeta+z");
    await filter.untilText("as it was written", (text) => text === "--not --verd");
    await keyboard.press("ControlOrMeta+Shift+z");
    await filter.untilText("completed again", (text) => text === "--not --verdict ");
    await keyboard.press("Escape");
  });

  test("values that were seen are offered with the number of their flows", async () => {
    await filter.write("--namespace ");
    await until("namespaces are offered", async () =>
      (await filter.options()).some((option) => /^shop [\d,]+ flows$/.test(option)),
    );
    await workbench.screenshot("filter-2-seen-values");
    await workbench.page.keyboard.type("def");
    await until("only default is left", async () => (await filter.options()).length === 1);
    await workbench.page.keyboard.press("ArrowDown");
    await workbench.page.keyboard.press("Enter");
    assert.equal(await filter.text(), "--namespace default ");
    await untilTable(
      workbench,
      "only the namespace default",
      allOf(({ source, destination }) => /^default\//.test(source) || /^default\//.test(destination)),
    );
  });

  test("what is wrong is underlined and told, nothing is lost, and a click puts it right", async () => {
    await filter.write("--namespace default --verdct FORWARDED");
    await until("it is told", async () => /verdct.*did you mean --verdict/i.test(await filter.problem()));
    assert.match(await filter.problem(), /The table still shows --namespace default/);
    assert.equal(await (await filter.input()).getAttribute("aria-invalid"), "true");
    const frame = await filter.frame();
    assert.equal(await frame.locator("filter-line .mirror .error").innerText(), "--verdct");
    assert.ok((await tableRows(workbench)).length > 0);
    await workbench.screenshot("filter-3-error");
    await frame.locator("filter-line .fix").click();
    assert.equal(await filter.text(), "--namespace default --verdict FORWARDED");
    await until("nothing is wrong", async () => (await filter.problem()) === "");
    await untilTable(
      workbench,
      "only what went through",
      allOf(({ verdict }) => /forwarded|allowed/.test(verdict)),
    );
  });

  test("terms are taken away and turned round without writing", async () => {
    const frame = await filter.frame();
    await workbench.page.keyboard.press("Escape");
    await until("two terms", async () => (await filter.terms()).length === 2);
    assert.deepEqual(await filter.terms(), ["namespace default", "verdict FORWARDED"]);
    await frame.locator("filter-line .term .negate").nth(1).click();
    await until("one is turned round", async () => (await filter.terms())[1] === "not verdict FORWARDED");
    await workbench.screenshot("filter-4-terms");
    await frame.locator("filter-line .term .edit").first().focus();
    await workbench.page.keyboard.press("Delete");
    await until("one is left", async () => (await filter.terms()).length === 1);
    assert.equal(await filter.text(), "--not --verdict FORWARDED");
  });

  test("a value of a row is filtered for by its menu, another filtered out by a key", async () => {
    await filter.write("--namespace default --protocol tcp");
    await workbench.page.keyboard.press("Enter");
    await untilTable(workbench, "tiefighter among others", (rows) => {
      const isSource = (pod: string) => rows.some(({ source }) => source === `default/${pod}`);
      return rows.length > 5 && isSource("tiefighter") && rows.every(({ source }) => !/^shop/.test(source));
    });
    // While following, rows move on under the pointer.
    await workbench.runCommand("Hubble: Pause Flows");
    const frame = await filter.frame();
    let before: readonly TableRow[] = [];
    await until("the rows stand still", async () => {
      const now = await tableRows(workbench);
      const isPaused = (await frame.locator(".toggle.pause").innerText()).includes("Resume");
      const isStill = isPaused && isDeepStrictEqual(now, before);
      before = now;
      return isStill;
    });
    const cell = frame
      .locator("flow-grid .row[data-number] .cell.source")
      .filter({ hasText: "tiefighter" })
      .first();
    await filter.chooseFromMenu(cell, "Filter for This Value");
    await filter.untilText("tiefighter", (text) => text === "--protocol tcp --from-pod default/tiefighter");
    await untilTable(
      workbench,
      "only tiefighter",
      allOf(({ source }) => source === "default/tiefighter"),
    );
    await frame.locator(".scroller").focus();
    const { keyboard } = workbench.page;
    const active = frame.locator("flow-grid .row.active");
    await until("a flow is under the cursor", async () => {
      await keyboard.press("ArrowDown");
      return (await active.count()) > 0 && (await active.locator(".cell.event").count()) > 0;
    });
    await until("its event is under the cursor", async () => {
      const cell = (await frame.locator(".scroller").getAttribute("aria-activedescendant")) ?? "";
      if (cell.endsWith("-event")) return true;
      await keyboard.press("ArrowRight");
      return false;
    });
    const event = (await active.locator(".cell.event").innerText()).trim();
    await keyboard.press("-");
    await filter.untilText("without that event", (text) =>
      / --from-pod default\/tiefighter --not --/.test(text),
    );
    await untilTable(
      workbench,
      "without that event",
      allOf((row) => row.event !== event),
    );
  });

  test("a value of the details is filtered for, in place of one that cannot stand beside it", async () => {
    const frame = await filter.frame();
    await until("details", async () => {
      try {
        await frame.locator("flow-grid .row[data-number]:not(.notice)").first().click({ timeout: 2_000 });
        return (await frame.locator("details-pane .fields dt").count()) > 0;
      } catch {
        return false;
      }
    });
    const label = frame.locator("details-pane .chips li").filter({ hasText: "class=tiefighter" }).first();
    await filter.chooseFromMenu(label, "Copy Value");
    await until("the label is copied", async () => {
      return (await workbench.page.evaluate(() => navigator.clipboard.readText())) === "k8s:class=tiefighter";
    });
    await label.hover();
    await workbench.screenshot("filter-5-details");
    await label.locator(".by.for").click();
    await filter.untilText("a label", (text) => text.includes("--from-label k8s:class=tiefighter"));
  });

  test("the copied command shows the same flows in a terminal", async () => {
    await workbench.runCommand("Hubble: Clear Filter");
    await filter.write("--namespace default --protocol tcp --not --verdict FORWARDED");
    await workbench.page.keyboard.press("Enter");
    await untilTable(
      workbench,
      "translated",
      allOf(({ verdict }) => !/forwarded/.test(verdict)),
    );
    await workbench.runCommand("Hubble: Copy as hubble Command");
    const command = await until("the command is there", async () => {
      const text = await workbench.page.evaluate(() => navigator.clipboard.readText());
      return text.startsWith("hubble observe ") ? text : undefined;
    });
    assert.match(command, /--server 127\.0\.0\.1:\d+ /);
    let seen: readonly (readonly string[])[] = [];
    // What happened before the filter was set comes a moment later.
    await until(
      "the same flows in both",
      async () => {
        const shown = await shownFlows();
        const printed = runCommandLine(command);
        const newest = shown[0]?.time ?? "";
        const oldest = shown.at(-1)?.time ?? "";
        seen = [shown, printed].map((flows) =>
          flows
            .filter(({ time }) => time > oldest && time <= newest)
            .map(({ time, pods }) => `${time} ${pods}`)
            .sort(),
        );
        return (seen[0]?.length ?? 0) > 5 && isDeepStrictEqual(seen[0], seen[1]);
      },
      30_000,
      () => JSON.stringify(seen, undefined, 2),
    );
  });

  test("a command line of the documentation is pasted as it is", async () => {
    await filter.paste(documented);
    assert.equal(await filter.text(), "--namespace shop --verdict FORWARDED --protocol http --follow");
    await untilTable(
      workbench,
      "requests",
      allOf(({ event }) => /^http-/.test(event)),
    );
  });

  test("filters that were used come back with the arrow keys, and saved ones by their name", async () => {
    const frame = await filter.frame();
    const { keyboard } = workbench.page;
    await filter.write("--verdict DROPPED");
    await keyboard.press("Enter");
    await keyboard.press("ArrowUp");
    await filter.untilText("the one before", (text) => text.includes("--protocol http"));
    await keyboard.press("ArrowDown");
    await filter.untilText("what was written", (text) => text === "--verdict DROPPED");
    await keyboard.press("Enter");

    await frame.locator("filter-line .menu").click();
    await frame.locator("filter-line .item.save").click();
    await workbench.page
      .locator(".quick-input-list .monaco-list-row")
      .filter({ hasText: "For this workspace" })
      .click();
    const input = workbench.page.locator(".quick-input-widget input").first();
    await until("a name is asked for, and given", async () => {
      if (!/Name/.test((await input.getAttribute("placeholder")) ?? "")) return false;
      await input.fill("What is dropped", { timeout: 5_000 });
      return (await input.inputValue()) === "What is dropped";
    });
    await keyboard.press("Enter");
    await input.waitFor({ state: "hidden" });
    await workbench.runCommand("Hubble: Clear Filter");
    await until("the saved filter is in the menu", async () => {
      await frame.locator("filter-line .menu").click();
      const item = frame.locator("filter-line .saved .item").filter({ hasText: "What is dropped" });
      if ((await item.count()) > 0) return true;
      await keyboard.press("Escape");
      return false;
    });
    await workbench.screenshot("filter-6-saved");
    await frame.locator("filter-line .saved .item").first().click();
    await filter.untilText("the saved filter", (text) => text === "--verdict DROPPED");
    await frame.locator("filter-line .menu").click();
    await frame.locator("filter-line .saved .remove").click();
    await workbench.page.locator(".notification-toast").getByText("Undo").first().click();
    await until("it is back", async () => {
      await frame.locator("filter-line .menu").click();
      const isThere = (await frame.locator("filter-line .saved .item").count()) === 1;
      await keyboard.press("Escape");
      return isThere;
    });
  });

  test("a filter that nothing passes says so, with a way back", async () => {
    await filter.write("--pod nosuch");
    await workbench.page.keyboard.press("Enter");
    const frame = await filter.frame();
    // Lost events show all the same.
    const place = frame.locator(".empty, .banner");
    await place.getByText("No flow matches “--pod nosuch”").waitFor();
    await workbench.screenshot("filter-7-empty");
    await place.locator("vscode-button, .link").first().click();
    await untilTable(workbench, "everything", (rows) => rows.length > 5);
    assert.equal(await filter.text(), "");
  });

  test("Observe… tells what is wrong before it shows anything", async () => {
    const input = workbench.page.locator(".quick-input-widget input").first();
    const row = workbench.page.locator(".quick-input-list .monaco-list-row");
    await workbench.runCommand("Hubble: Observe…");
    await input.fill("--port http");
    await row.filter({ hasText: /port/i }).first().waitFor();
    await workbench.page.keyboard.press("Enter");
    assert.equal(await filter.text(), "");
    await input.fill("--to-port 8080");
    await until("it can be taken", async () => (await row.first().innerText()).includes("--to-port 8080"));
    await workbench.page.keyboard.press("Enter");
    await filter.untilText("what was asked", (text) => text === "--to-port 8080");
    await untilTable(
      workbench,
      "only that port",
      allOf(({ port }) => port === "8080"),
    );
  });

  test("an item of the tree shows its flows as a filter, also what is outside the cluster", async () => {
    await workbench.runCommand("View: Toggle Maximized Panel");
    await workbench.openContainer("Hubble");
    await workbench.untilTreeRow("Flows", /^shop.*\d/);
    await workbench.view("Flows").locator(".monaco-list-row").filter({ hasText: /^shop/ }).first().click();
    await filter.untilText("the namespace", (text) => text === "--namespace shop");
    await workbench
      .view("Flows")
      .locator(".monaco-list-row")
      .filter({ hasText: /outside the cluster/ })
      .first()
      .click();
    await filter.untilText("the outside", (text) => text === "--label '!io.kubernetes.pod.namespace'");
    await untilTable(
      workbench,
      "each with a side outside",
      allOf(({ source, destination }) =>
        [source, destination].some((side) => !side.includes("/") || side.endsWith(")")),
      ),
    );
    await workbench.screenshot("filter-8-tree");
  });

  interface ShownFlow {
    /** UTC, to the millisecond. */
    readonly time: string;
    readonly pods: string;
  }

  /** The rows on screen, the newest first. */
  async function shownFlows(): Promise<readonly ShownFlow[]> {
    const frame = await filter.frame();
    const rows = await frame.locator("flow-grid .row[data-number]:not(.notice)").evaluateAll((all) =>
      all.map((row) => ({
        time: row.querySelector(".cell.time")?.getAttribute("title") ?? "",
        pods: [".cell.source", ".cell.destination"]
          .map((cell) => row.querySelector(cell)?.getAttribute("title") ?? "")
          // What is no pod has its identity behind it.
          .map((name) => (name.endsWith(")") ? "/" : name))
          .join(" → "),
      })),
    );
    return rows;
  }

  /** Runs what was copied, with our own command line in the place of `hubble`. */
  function runCommandLine(command: string): readonly ShownFlow[] {
    const ours = command.replace(
      /^hubble /,
      `'${process.execPath}' '${join(projectRoot, "dist", "cli.js")}' `,
    );
    const { stdout, stderr, status } = spawnSync("/bin/sh", ["-c", `${ours} -o jsonpb`], {
      encoding: "utf8",
      maxBuffer: 1 << 28,
      timeout: 60_000,
    });
    assert.equal(status, 0, stderr);
    return stdout
      .split("\n")
      .filter((line) => line.startsWith('{"flow"'))
      .map((line) => {
        const { flow } = JSON.parse(line) as { flow: PrintedFlow };
        return {
          time: new Date(flow.time).toISOString(),
          pods: `${podText(flow.source)} → ${podText(flow.destination)}`,
        };
      });
  }
});

interface PrintedFlow {
  readonly time: string;
  readonly source?: PrintedEndpoint;
  readonly destination?: PrintedEndpoint;
}

interface PrintedEndpoint {
  readonly namespace?: string;
  readonly pod_name?: string;
}

function podText(endpoint: PrintedEndpoint | undefined): string {
  return `${endpoint?.namespace ?? ""}/${endpoint?.pod_name ?? ""}`;
}

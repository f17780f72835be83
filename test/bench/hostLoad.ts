import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { suite, test } from "mocha";
import { type CodeLens, commands, Uri, window, workspace } from "vscode";
import { extension } from "../support/hubbleLens.ts";
import { until } from "../support/until.ts";
import { benchLimits } from "./benchLimits.ts";
import { delayText, measureLoopDelay, residentMegabytes } from "./loopDelay.ts";

// The same inside a real extension host: the demo cluster at full pace, the panel open and following, a policy open.
suite("Load on the extension host", () => {
  test("the event loop and the memory stay as they are", async function () {
    const { flowsPerSecond, idleSeconds, warmUpSeconds, seconds } = benchLimits;
    this.timeout((idleSeconds + warmUpSeconds + seconds + 60) * 1_000);
    const [folder] = workspace.workspaceFolders ?? [];
    assert.ok(folder);
    const policy = await workspace.openTextDocument(Uri.joinPath(folder.uri, "rule1-l7.yaml"));
    await window.showTextDocument(policy);
    await extension().activate();
    const settings = workspace.getConfiguration("hubbleLens");
    await settings.update("demo.flowsPerSecond", flowsPerSecond);
    await settings.update("store.maxFlows", 20_000);
    await setTimeout(5_000);
    const idle = await measureLoopDelay(() => setTimeout(idleSeconds * 1_000));

    await commands.executeCommand("hubbleLens.startDemo");
    await commands.executeCommand("hubbleLens.applyToDemo");
    await commands.executeCommand("hubbleLens.showFlows");
    await window.showTextDocument(policy);
    await until("the lenses count", async () => {
      const lenses = await commands.executeCommand<CodeLens[]>(
        "vscode.executeCodeLensProvider",
        policy.uri,
        100,
      );
      return lenses.some(({ command }) => /✓ [1-9][\d,]* allowed/.test(command?.title ?? ""));
    });
    await setTimeout(warmUpSeconds * 1_000);
    const memoryBefore = residentMegabytes();
    const busy = await measureLoopDelay(() => setTimeout(seconds * 1_000));
    const memoryAfter = residentMegabytes();
    await commands.executeCommand("hubbleLens.disconnect");

    const delayGrowth = busy.p99 - idle.p99;
    const memoryGrowth = memoryAfter - memoryBefore;
    // mocha's report carries titles only: figures go into one.
    this.runnable().title = [
      `extension host, ${flowsPerSecond} flows/s for ${seconds} s`,
      `idle: ${delayText(idle)}`,
      `busy: ${delayText(busy)}; p99 grew by ${delayGrowth.toFixed(2)} ms`,
      `memory: ${memoryBefore.toFixed(0)} MB, then ${memoryAfter.toFixed(0)} MB`,
    ].join("\n        ");
    assert.ok(delayGrowth <= benchLimits.maxDelayGrowthMs, `p99 grew by ${delayGrowth} ms`);
    assert.ok(memoryGrowth <= benchLimits.maxMemoryGrowthMegabytes, `${memoryGrowth} MB more`);
  });
});

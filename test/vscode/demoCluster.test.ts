import assert from "node:assert/strict";
import { suite, suiteSetup, suiteTeardown, test } from "mocha";
import { type CodeLens, commands, type TextDocument, Uri, window, workspace } from "vscode";
import { extension } from "../support/hubbleLens.ts";
import { listProcesses } from "../support/listProcesses.ts";
import { until } from "../support/until.ts";

suite("The demo cluster", () => {
  let policy: TextDocument;

  suiteSetup(async () => {
    const [folder] = workspace.workspaceFolders ?? [];
    assert.ok(folder);
    policy = await workspace.openTextDocument(Uri.joinPath(folder.uri, "rule1-l3-l4.yaml"));
    await window.showTextDocument(policy);
  });

  suiteTeardown(async () => {
    await commands.executeCommand("hubbleLens.disconnect");
  });

  const ownProcesses = () =>
    listProcesses("demoRelay.js").filter(({ command }) => command.includes(extension().extensionPath));

  const lensTitles = async (): Promise<readonly string[]> => {
    const lenses = await commands.executeCommand<CodeLens[]>(
      "vscode.executeCodeLensProvider",
      policy.uri,
      100,
    );
    return lenses.flatMap(({ command }) => (command === undefined ? [] : [command.title]));
  };

  const untilLenses = async (what: string, holds: (titles: readonly string[]) => boolean): Promise<void> => {
    let seen: readonly string[] = [];
    await until(
      what,
      async () => {
        seen = await lensTitles();
        return holds(seen);
      },
      30_000,
      () => `seen: ${JSON.stringify(seen)}`,
    );
  };

  test("runs only once it is asked for", async () => {
    await extension().activate();
    assert.deepEqual(ownProcesses(), []);
    await untilLenses("a lens says that nothing is connected", (titles) =>
      /not connected/.test(titles.join()),
    );
  });

  test("gives lenses their counts once the policy is applied", async () => {
    await commands.executeCommand("hubbleLens.startDemo");
    assert.equal(ownProcesses().length, 1);
    await untilLenses("the policy is not applied", (titles) => /not applied/.test(titles.join()));
    await commands.executeCommand("hubbleLens.applyToDemo");
    await untilLenses("denied and allowed connections are counted", (titles) => {
      return (
        /✗ \d+ denied by default \(xwing/.test(titles.join("\n")) &&
        /✓ [1-9]\d* allowed/.test(titles.join("\n"))
      );
    });
  });

  test("leaves no process behind when it is disconnected", async () => {
    await commands.executeCommand("hubbleLens.disconnect");
    await until("the demo's process has ended", () => ownProcesses().length === 0);
    await untilLenses("a lens says that nothing is connected", (titles) =>
      /not connected/.test(titles.join()),
    );
  });
});

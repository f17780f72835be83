import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "mocha";
import { extension } from "../support/hubbleLens.ts";
import { listProcesses } from "../support/listProcesses.ts";

// Runs first (files run in the order of their names): later suites activate the extension.
suite("Activation", () => {
  test("does not happen before something needs it", () => {
    assert.equal(extension().isActive, false);
  });

  test("loads one file of less than 150 KB, and starts no process", async () => {
    const { main } = extension().packageJSON as { readonly main: string };
    const file = join(extension().extensionPath, main);
    assert.ok(statSync(file).size < 150_000);
    const required = [...readFileSync(file, "utf8").matchAll(/\brequire\("([^"]+)"\)/g)].map(
      ([, name]) => name,
    );
    assert.deepEqual(
      required.filter((name) => name !== "vscode" && name?.startsWith("node:") !== true),
      [],
    );
    await extension().activate();
    assert.equal(extension().isActive, true);
    assert.deepEqual(
      listProcesses("demoRelay.js").filter(({ command }) => command.includes(extension().extensionPath)),
      [],
    );
  });
});

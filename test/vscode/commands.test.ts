import assert from "node:assert/strict";
import { suite, test } from "mocha";
import { commands } from "vscode";
import { extension } from "../support/hubbleLens.ts";

interface Manifest {
  readonly contributes: { readonly commands: readonly { readonly command: string }[] };
}

suite("Commands", () => {
  test("every command of the manifest is registered, and no other of ours", async () => {
    await extension().activate();
    const registered = (await commands.getCommands(true)).filter((id) => id.startsWith("hubbleLens."));
    const manifest = extension().packageJSON as Manifest;
    // Views bring commands of their own: `hubbleLens.flows.focus` and the like.
    const ownOfViews = /\.(focus|open|removeView|resetViewLocation|toggleVisibility)$/;
    assert.deepEqual(
      registered.filter((id) => !ownOfViews.test(id)).sort(),
      manifest.contributes.commands.map(({ command }) => command).sort(),
    );
  });
});

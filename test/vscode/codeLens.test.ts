import assert from "node:assert/strict";
import { suite, suiteSetup, test } from "mocha";
import { type CodeLens, commands, languages, type TextDocument, Uri, window, workspace } from "vscode";
import { extension } from "../support/hubbleLens.ts";
import { until } from "../support/until.ts";

const policy = `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: a
spec:
  endpointSelector: {}
`;

suite("CodeLens without a cluster", () => {
  suiteSetup(async () => {
    await extension().activate();
  });

  /** Each lens as `line title`. */
  async function lenses({ uri }: TextDocument): Promise<readonly string[]> {
    const found = await commands.executeCommand<CodeLens[]>("vscode.executeCodeLensProvider", uri, 100);
    return found.map(({ range, command }) => `${range.start.line + 1} ${command?.title ?? ""}`);
  }

  async function open(content: string): Promise<TextDocument> {
    const document = await workspace.openTextDocument({ language: "yaml", content });
    await window.showTextDocument(document);
    return document;
  }

  async function untilLenses(document: TextDocument, expected: readonly string[]): Promise<void> {
    let seen: readonly string[] = [];
    await until(
      `lenses ${JSON.stringify(expected)}`,
      async () => {
        seen = await lenses(document);
        return JSON.stringify(seen) === JSON.stringify(expected);
      },
      10_000,
      () => `seen: ${JSON.stringify(seen)}`,
    );
  }

  const onLine = (line: number): readonly string[] =>
    ["Hubble: not connected", "Connect", "Start Demo"].map((title) => `${line} ${title}`);

  test("each policy of a file has its head, whatever else is in the file", async () => {
    await untilLenses(await open(`${policy}---\nkind: Service\nspec: {}\n---\n${policy}`), [
      ...onLine(5),
      ...onLine(15),
    ]);
  });

  test("what is no policy has none, until it becomes one", async () => {
    const document = await open("kind: Service\nspec: {}\n");
    await untilLenses(document, []);
    const editor = await window.showTextDocument(document);
    await editor.edit((edit) => {
      edit.insert(document.positionAt("kind: ".length), "CiliumNetworkPolicy # ");
    });
    await untilLenses(document, onLine(2));
  });

  test("what a source control shows of the past has none", async () => {
    const registration = workspace.registerTextDocumentContentProvider("past", {
      provideTextDocumentContent: () => policy,
    });
    try {
      const document = await workspace.openTextDocument(Uri.parse("past:/policy.yaml"));
      await languages.setTextDocumentLanguage(document, "yaml");
      await window.showTextDocument(document);
      assert.deepEqual(await lenses(document), []);
    } finally {
      registration.dispose();
    }
  });

  test("the setting turns them off and on", async () => {
    const document = await open(policy);
    await untilLenses(document, onLine(5));
    const settings = workspace.getConfiguration("hubbleLens");
    await settings.update("codeLens.enabled", false);
    await untilLenses(document, []);
    await settings.update("codeLens.enabled", undefined);
    await untilLenses(document, onLine(5));
  });
});

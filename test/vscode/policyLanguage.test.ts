import assert from "node:assert/strict";
import { suite, suiteSetup, suiteTeardown, test } from "mocha";
import {
  type CodeAction,
  type CompletionItem,
  CompletionItemKind,
  type CompletionList,
  commands,
  DiagnosticSeverity,
  type DocumentSymbol,
  type FoldingRange,
  languages,
  Position,
  Selection,
  SnippetString,
  type TextDocument,
  Uri,
  window,
  workspace,
} from "vscode";
import { extension } from "../support/hubbleLens.ts";
import { until } from "../support/until.ts";

const policy = `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: shop   # kept
spec:
  endpointSelector:
    matchLabels: { app: y }
  ingress:
    - fromEndpoint:
        - matchLabels: { org: empire }
      toPorts:
        - ports:
            - port: 80
              protocol: TCP
`;

suite("The text of a policy", () => {
  suiteSetup(async () => {
    await extension().activate();
  });

  suiteTeardown(async () => {
    await commands.executeCommand("workbench.action.closeAllEditors");
  });

  async function open(content: string): Promise<TextDocument> {
    const document = await workspace.openTextDocument({ language: "yaml", content });
    await window.showTextDocument(document);
    return document;
  }

  const marks = ({ uri }: TextDocument): readonly string[] =>
    languages
      .getDiagnostics(uri)
      .filter(({ source }) => source === "Hubble Lens")
      .map(({ range, code, severity }) => {
        const value = typeof code === "object" ? code.value : code;
        return `${range.start.line + 1}:${range.start.character + 1} ${DiagnosticSeverity[severity]} ${value ?? ""}`;
      });

  async function untilMarks(document: TextDocument, expected: readonly string[]): Promise<void> {
    await until(
      `marks ${JSON.stringify(expected)}`,
      () => JSON.stringify(marks(document)) === JSON.stringify(expected),
      20_000,
      () => `seen: ${JSON.stringify(marks(document))}`,
    );
  }

  const all = ["7:25 Error unquoted-letter", "9:7 Warning unknown-field", "13:21 Error unquoted-text"];

  async function actionsAt(
    document: TextDocument,
    line: number,
    kind?: string,
  ): Promise<readonly CodeAction[]> {
    const range = document.lineAt(line - 1).range;
    return commands.executeCommand<CodeAction[]>(
      "vscode.executeCodeActionProvider",
      document.uri,
      range,
      kind,
    );
  }

  async function apply(action: CodeAction | undefined): Promise<void> {
    assert.ok(action?.edit);
    assert.ok(await workspace.applyEdit(action.edit));
  }

  test("what is wrong is marked without a session, with a link to Cilium's documentation", async () => {
    const document = await open(policy);
    await untilMarks(document, all);
    const [first] = languages.getDiagnostics(document.uri);
    const target = typeof first?.code === "object" ? first.code.target.toString(true) : "";
    assert.match(target, /^https:\/\/docs\.cilium\.io\/en\/stable\//);
  });

  test("each mend takes its mark away, and is undone in one step", async () => {
    const document = await open(policy);
    await untilMarks(document, all);
    const fixes: readonly (readonly [line: number, title: string, before: string, after: string])[] = [
      [9, "Change to fromEndpoints", "fromEndpoint:", "fromEndpoints:"],
      [13, 'Change to "80"', "port: 80", 'port: "80"'],
      [7, 'Change to "y"', "app: y", 'app: "y"'],
    ];
    let left = all;
    for (const [line, title, before, after] of fixes) {
      const text = document.getText();
      const actions = await actionsAt(document, line);
      const action = actions.find((each) => each.title === title);
      assert.ok(action, actions.map((each) => each.title).join());
      await apply(action);
      assert.equal(document.getText(), text.replace(before, after));
      await commands.executeCommand("undo");
      assert.equal(document.getText(), text);
      await untilMarks(document, left);
      await commands.executeCommand("redo");
      left = left.filter((mark) => !mark.startsWith(`${line}:`));
      await untilMarks(document, left);
    }
  });

  test("a source action mends what can mean one thing only", async () => {
    const document = await open(policy);
    await untilMarks(document, all);
    const [action] = await actionsAt(document, 1, "source.fixAll.hubbleLens");
    await apply(action);
    assert.equal(document.getText(), policy.replace("app: y", 'app: "y"').replace("port: 80", 'port: "80"'));
    await untilMarks(document, ["9:7 Warning unknown-field"]);
  });

  test("what is typed is judged anew, and what is no policy any more is not", async () => {
    const document = await open(policy);
    await untilMarks(document, all);
    const editor = await window.showTextDocument(document);
    await editor.edit((edit) => {
      edit.insert(document.positionAt(policy.indexOf("    - fromEndpoint")), "    - fromEntities: [wrold]\n");
    });
    await untilMarks(document, [
      all[0] ?? "",
      "9:22 Error unknown-entity",
      "10:7 Warning unknown-field",
      "14:21 Error unquoted-text",
    ]);
    await editor.edit((edit) => {
      edit.replace(document.lineAt(1).range, "kind: Service");
    });
    await untilMarks(document, []);
  });

  test("the setting turns marks off and on", async () => {
    const document = await open(policy);
    await untilMarks(document, all);
    const settings = workspace.getConfiguration("hubbleLens");
    await settings.update("diagnostics.enabled", false);
    await untilMarks(document, []);
    await settings.update("diagnostics.enabled", undefined);
    await untilMarks(document, all);
  });

  test("what a source control shows of the past is not marked", async () => {
    const registration = workspace.registerTextDocumentContentProvider("past", {
      provideTextDocumentContent: () => policy,
    });
    try {
      const past = await workspace.openTextDocument(Uri.parse("past:/marked.yaml"));
      await languages.setTextDocumentLanguage(past, "yaml");
      await window.showTextDocument(past);
      // A policy opened after it is marked: there was time enough.
      await untilMarks(await open(policy), all);
      assert.deepEqual(marks(past), []);
    } finally {
      registration.dispose();
    }
  });

  test("an outline names directions, rules and requests, and all of it folds", async () => {
    const document = await open(policy.replace("fromEndpoint:", "fromEndpoints:"));
    const symbols = await commands.executeCommand<DocumentSymbol[]>(
      "vscode.executeDocumentSymbolProvider",
      document.uri,
    );
    const names = (parts: readonly DocumentSymbol[]): readonly unknown[] =>
      parts.map(({ name, children }) => (children.length === 0 ? name : [name, ...names(children)]));
    assert.deepEqual(names(symbols), [["default/shop", ["ingress", "ingress[0] from org=empire → 80/TCP"]]]);
    const folds = await commands.executeCommand<FoldingRange[]>(
      "vscode.executeFoldingRangeProvider",
      document.uri,
    );
    const lines = folds.map(({ start, end }) => `${start + 1}-${end + 1}`);
    for (const expected of ["3-4", "5-14", "8-14", "9-14"]) assert.ok(lines.includes(expected), lines.join());
  });

  async function offered(
    marked: string,
  ): Promise<{ document: TextDocument; items: readonly CompletionItem[] }> {
    const offset = marked.indexOf("▏");
    const document = await open(marked.replace("▏", ""));
    const { items } = await commands.executeCommand<CompletionList>(
      "vscode.executeCompletionItemProvider",
      document.uri,
      document.positionAt(offset),
    );
    return { document, items };
  }

  const labels = (items: readonly CompletionItem[]): readonly string[] =>
    items.map(({ label }) => (typeof label === "string" ? label : label.label));

  test("fields and words are offered where they are allowed, in half a text", async () => {
    const rules = policy.slice(0, policy.indexOf("    - fromEndpoint"));
    const fields = labels((await offered(`${rules}    - fromEnd▏`)).items);
    assert.ok(fields.includes("fromEndpoints") && fields.includes("toPorts"), fields.join());
    const words = labels((await offered(`${rules}    - fromEntities: [wor▏]`)).items);
    assert.ok(words.includes("world") && words.includes("kube-apiserver"), words.join());
    const { items } = await offered("kind: Service\nspec:\n  ▏");
    // Words of other open files are VS Code's own.
    const own = items.filter(({ kind }) => kind !== CompletionItemKind.Text);
    assert.deepEqual(
      labels(own).filter((label) => fields.includes(label)),
      [],
    );
  });

  test("a field that is chosen stands where it belongs, by keyboard", async () => {
    const rules = policy.slice(0, policy.indexOf("    - fromEndpoint"));
    const document = await open(`${rules}    - `);
    const editor = await window.showTextDocument(document);
    const end = document.positionAt(document.getText().length);
    editor.selection = new Selection(end, end);
    await commands.executeCommand("type", { text: "toP" });
    const expected = `${rules}    - toPorts:\n        - ports:\n            - port: ""\n              protocol: TCP`;
    await until(
      "the field that was typed is chosen",
      async () => {
        await commands.executeCommand("editor.action.triggerSuggest");
        await commands.executeCommand("acceptSelectedSuggestion");
        return document.getText() === expected;
      },
      20_000,
      () => JSON.stringify(document.getText().slice(rules.length)),
    );
  });

  test("an empty document becomes a policy without a mistake", async () => {
    const { document, items } = await offered("▏");
    const item = items.find((each) => labels([each])[0] === "NetworkPolicy");
    assert.ok(item?.insertText instanceof SnippetString);
    const editor = await window.showTextDocument(document);
    assert.ok(
      await editor.insertSnippet(item.insertText, new Position(0, 0), {
        undoStopBefore: true,
        undoStopAfter: true,
        keepWhitespace: true,
      }),
    );
    const symbols = await commands.executeCommand<DocumentSymbol[]>(
      "vscode.executeDocumentSymbolProvider",
      document.uri,
    );
    assert.deepEqual(
      symbols.map(({ name }) => name),
      ["default/name"],
    );
    await untilMarks(document, []);
  });

  test("labels that the flows have are offered, with how often", async () => {
    const marked = `${policy.slice(0, policy.indexOf("    - fromEndpoint"))}    - fromEndpoints: [{ matchLabels: { app: ▏ } }]`;
    const { document } = await offered(marked);
    await commands.executeCommand("hubbleLens.startDemo");
    try {
      let seen: readonly unknown[] = [];
      await until(
        "frontend is offered",
        async () => {
          const { items } = await commands.executeCommand<CompletionList>(
            "vscode.executeCompletionItemProvider",
            document.uri,
            document.positionAt(marked.indexOf("▏")),
          );
          seen = items.map(({ label }) => label);
          return items.some(
            ({ label }) =>
              typeof label === "object" &&
              label.label === "frontend" &&
              /^in [\d,]+ flows$/.test(label.description ?? ""),
          );
        },
        20_000,
        () => JSON.stringify(seen.slice(0, 20)),
      );
    } finally {
      await commands.executeCommand("hubbleLens.disconnect");
    }
  });
});

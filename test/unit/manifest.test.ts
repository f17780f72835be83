import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { type CommandName, commandTable } from "../../src/ui/commands/commandTable.ts";
import { contextKeyTable } from "../../src/ui/vscode/contextKeyTable.ts";
import { settingTable } from "../../src/ui/vscode/settingTable.ts";

interface MenuItem {
  readonly command: string;
  readonly when?: string;
}

interface SettingDeclaration {
  readonly scope: string;
  readonly default: unknown;
  readonly type: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly string[];
}

interface Manifest {
  readonly icon: string;
  readonly engines: { readonly vscode: string };
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly capabilities: {
    readonly untrustedWorkspaces: { readonly restrictedConfigurations: readonly string[] };
  };
  readonly contributes: {
    readonly viewsContainers: Readonly<Record<string, readonly { readonly icon: string }[]>>;
    readonly views: Readonly<Record<string, readonly { readonly id: string; readonly icon: string }[]>>;
    readonly viewsWelcome: readonly {
      readonly view: string;
      readonly contents: string;
      readonly when?: string;
    }[];
    readonly commands: readonly {
      readonly command: string;
      readonly category: string;
      readonly enablement?: string;
    }[];
    readonly menus: Readonly<Record<string, readonly MenuItem[]>>;
    readonly configuration: {
      readonly properties: Readonly<Record<string, SettingDeclaration>>;
    };
  };
}

const root = join(import.meta.dirname, "..", "..");
const manifestText = readFileSync(join(root, "package.json"), "utf8");
const manifest = JSON.parse(manifestText) as Manifest;
const texts = JSON.parse(readFileSync(join(root, "package.nls.json"), "utf8")) as Record<string, string>;
const { contributes } = manifest;

const commandIds = Object.keys(commandTable).map((name) => `hubbleLens.${name}`);
const menuItems = Object.values(contributes.menus).flat();

test("the commands of the table are those of the manifest, all of one category", () => {
  assert.deepEqual(contributes.commands.map(({ command }) => command).sort(), [...commandIds].sort());
  assert.deepEqual([...new Set(contributes.commands.map(({ category }) => category))], ["Hubble"]);
});

test("the palette hides exactly the internal commands", () => {
  const hidden = (contributes.menus["commandPalette"] ?? [])
    .filter(({ when }) => when === "false")
    .map(({ command }) => command);
  const internal = (Object.keys(commandTable) as CommandName[])
    .filter((name) => commandTable[name] === "internal")
    .map((name) => `hubbleLens.${name}`);
  assert.deepEqual(hidden.sort(), internal.sort());
});

test("the settings of the table are those of the manifest, with their defaults, scopes, ranges and words", () => {
  const declared = Object.entries(contributes.configuration.properties).map(([key, declaration]) => {
    const { scope, default: value, type, minimum, maximum, enum: words } = declaration;
    // A number is a whole one and has both bounds.
    const range = typeof value === "number" && type === "integer" ? { range: { minimum, maximum } } : {};
    return [key, { scope, default: value, ...range, ...(words && { words }) }];
  });
  const expected = Object.entries(settingTable).map(([key, setting]) => [`hubbleLens.${key}`, setting]);
  assert.deepEqual(Object.fromEntries(declared), Object.fromEntries(expected));
});

test("a workspace that is not trusted chooses neither what to connect to nor to connect", () => {
  const { restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
  const mayNot = Object.keys(contributes.configuration.properties).filter((key) =>
    /kubeconfig|context|relay|autoStart/.test(key),
  );
  assert.deepEqual([...restrictedConfigurations].sort(), mayNot.sort());
});

test("when clauses ask only for context keys that are set", () => {
  const clauses = [
    ...menuItems.map(({ when }) => when),
    ...contributes.viewsWelcome.map(({ when }) => when),
    ...contributes.commands.map(({ enablement }) => enablement),
  ].join(" ");
  const viewIds = Object.values(contributes.views)
    .flat()
    .map(({ id }) => id);
  const asked = new Set(clauses.match(/hubbleLens\.\w+/g));
  const known = new Set([...Object.keys(contextKeyTable), ...viewIds]);
  assert.deepEqual(
    [...asked].filter((key) => !known.has(key)),
    [],
  );
  assert.deepEqual(
    Object.keys(contextKeyTable).filter((key) => !asked.has(key)),
    [],
  );
});

test("menus and links run commands that exist", () => {
  const linked = Object.values(texts).flatMap((text) =>
    [...text.matchAll(/command:(hubbleLens\.\w+)/g)].map((match) => match[1]),
  );
  const used = [...menuItems.map(({ command }) => command), ...linked];
  assert.deepEqual(
    used.filter((command) => command === undefined || !commandIds.includes(command)),
    [],
  );
});

test("each failure has a welcome text, and each text at most one button", () => {
  const failureKinds = /export type FailureKind =([^;]*);/.exec(
    readFileSync(join(root, "src", "protocol", "session.ts"), "utf8"),
  )?.[1];
  const kinds = [...(failureKinds ?? "").matchAll(/"([\w-]+)"/g)].map((match) => match[1] ?? "");
  assert.ok(kinds.length > 10);
  const clauses = contributes.viewsWelcome.map(({ when }) => when ?? "").join(" ");
  assert.deepEqual(
    kinds.filter((kind) => !clauses.includes(kind)),
    [],
  );
  for (const [key, text] of Object.entries(texts)) {
    if (!key.startsWith("welcome.")) continue;
    const buttons = text.split("\n").filter((line) => /^\[[^\]]*\]\([^)]*\)$/.test(line));
    assert.ok(buttons.length <= 1, `${key}: ${buttons.join(", ")}`);
  }
});

test("every text of the manifest is written, and every written one is used", () => {
  const used = new Set([...manifestText.matchAll(/"%([\w.]+)%"/g)].map((match) => match[1]));
  assert.deepEqual([...used].sort(), Object.keys(texts).sort());
});

test("pictures are there", () => {
  const views = [...Object.values(contributes.viewsContainers), ...Object.values(contributes.views)].flat();
  for (const file of [manifest.icon, ...views.map(({ icon }) => icon)]) {
    assert.ok(existsSync(join(root, file)), file);
  }
});

test("we are compiled against no newer editor than we ask for", () => {
  const asked = manifest.engines.vscode.replace("^", "").split(".").slice(0, 2).join(".");
  const types = manifest.devDependencies["@types/vscode"]?.split(".").slice(0, 2).join(".");
  assert.equal(types, asked);
});

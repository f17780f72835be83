import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, test } from "node:test";
import { missingPlatformPackages } from "../../scripts/completeLockFile.mjs";
import { projectRoot } from "../../scripts/projectRoot.ts";
import { testFiles, testSuites } from "../../scripts/testSuites.ts";
import { houseFolder, mayImport, packageOwners, withoutNode } from "../support/houseTable.ts";
import { parseModule, readModules, type SourceModule } from "../support/sourceModule.ts";

const generated = "src/hubble/gen/";
const all = [...readModules("src/**/*.ts"), ...readModules("webview/**/*.ts")].filter(
  ({ path }) => !path.endsWith(".d.ts"),
);
const written = all.filter(({ path }) => !path.startsWith(generated));

/** Runs a rule over every file and expects no complaint. */
function holds(
  rule: (module: SourceModule) => readonly string[],
  modules: readonly SourceModule[] = written,
): void {
  assert.deepEqual(
    modules.flatMap((module) => rule(module).map((complaint) => `${module.path}: ${complaint}`)),
    [],
  );
}

describe("the import table", () => {
  test("every file stands in a folder of the table", () => {
    holds(({ path }) => (houseFolder(path) === undefined ? ["is in no folder of the table"] : []));
  });

  test("folders import only what the table allows", () => {
    holds(strangeFolders);
  });

  test("each package is imported only by its owners", () => {
    holds(strangePackages);
  });

  test("files do not import each other in a circle", () => {
    assert.deepEqual(findCircles(all), []);
  });

  test("every package that ships has its row", () => {
    const manifest = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as {
      readonly dependencies: Readonly<Record<string, string>>;
      readonly devDependencies: Readonly<Record<string, string>>;
    };
    const owned = Object.keys(packageOwners).filter((name) => name !== "vscode");
    assert.deepEqual(Object.keys(manifest.dependencies).sort(), owned.sort());
    const loose = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
    );
    assert.deepEqual(loose, []);
  });

  test("the lock file has the native packages of every platform (else: node scripts/completeLockFile.mjs)", () => {
    const lock = JSON.parse(readFileSync(join(projectRoot, "package-lock.json"), "utf8")) as Parameters<
      typeof missingPlatformPackages
    >[0];
    assert.deepEqual(Object.keys(missingPlatformPackages(lock)), []);
    const incomplete = {
      packages: { p: { optionalDependencies: { "@x/p-linux-x64-musl": "1.0.0", y: "2.0.0" } } },
    };
    assert.deepEqual(missingPlatformPackages(incomplete), {
      "node_modules/@x/p-linux-x64-musl": {
        version: "1.0.0",
        cpu: ["x64"],
        libc: ["musl"],
        os: ["linux"],
        optional: true,
      },
    });
  });

  const wrong: readonly (readonly [string, string, string])[] = [
    ["src/policy/tally.ts", 'import { a } from "../hubble/a.ts";', "imports ../hubble/a.ts"],
    ["src/policy/tally.ts", 'import type { a } from "../hubble/a.ts";', "imports ../hubble/a.ts"],
    ["src/policy/tally.ts", 'const a = await import("../demo/a.ts");', "imports ../demo/a.ts"],
    [
      "src/policy/tally.ts",
      'export { a } from "../../test/support/a.ts";',
      "imports ../../test/support/a.ts",
    ],
    ["src/policy/tally.ts", 'import { readFile } from "node:fs";', "imports node:fs"],
    ["src/policy/tally.ts", 'import { workspace } from "vscode";', "imports vscode"],
    ["src/engine/engine.ts", 'import { workspace } from "vscode";', "imports vscode"],
    ["src/ui/lens.ts", 'import { Engine } from "../engine/engine.ts";', "imports ../engine/engine.ts"],
    ["src/ui/lens.ts", 'import { parse } from "yaml";', "imports yaml"],
    ["src/ui/lens.ts", 'import { x } from "left-pad";', "imports left-pad"],
    [
      "src/protocol/engine.ts",
      'import { tally } from "../policy/tally.ts";',
      "imports a value of ../policy/tally.ts",
    ],
    [
      "src/engine/engine.ts",
      'import { F } from "../hubble/gen/flow_pb.ts";',
      "imports ../hubble/gen/flow_pb.ts",
    ],
    ["src/extension.ts", 'import { d } from "./demo/demoRelay.ts";', "imports ./demo/demoRelay.ts"],
    ["webview/flows/main.ts", 'import { m } from "../map/main.ts";', "imports ../map/main.ts"],
  ];
  for (const [path, text, complaint] of wrong) {
    test(`refused in ${path}: ${text}`, () => {
      const module = parseModule(path, text);
      assert.deepEqual([...strangeFolders(module), ...strangePackages(module)], [complaint]);
    });
  }
});

describe("how a file reads", () => {
  test("no file has more than 500 lines, and the composition root at most 120", () => {
    holds(({ path, lines }) => {
      const most = path === "src/extension.ts" ? 120 : 500;
      return lines > most ? [`has ${lines} lines, ${most} are allowed`] : [];
    });
    holds(({ lines }) => (lines > 500 ? [`has ${lines} lines`] : []), readModules("{scripts,test}/**/*.ts"));
    const sheets = globSync("webview/**/*.css", { cwd: projectRoot });
    const tooLong = sheets.filter(
      (path) => readFileSync(join(projectRoot, path), "utf8").split("\n").length > 501,
    );
    assert.deepEqual([sheets.length > 0, tooLong], [true, []]);
  });

  test("names say what a file is", () => {
    holds(({ path }) => {
      const name = basename(path, ".ts");
      if (/util|helper|common|manager|^index$|^misc$/i.test(name)) return ["is named after nothing"];
      return /^[a-z][A-Za-z0-9]*$/.test(name) ? [] : ["is not in camelCase"];
    });
  });

  test("a file with one function or class is named after what it exports", () => {
    holds(({ path, exports }) => {
      const main = exports.filter(({ kind }) => kind === "function" || kind === "class");
      if (main.length !== 1 || path === "src/extension.ts") return [];
      const words = wordsOf(basename(path, ".ts"));
      const named = exports.some(({ name }) =>
        wordsOf(name).some((word) => words.some((other) => alike(word, other))),
      );
      return named ? [] : [`exports ${exports.map(({ name }) => name).join(", ")}`];
    });
  });

  test("nothing is exported by default", () => {
    holds(({ exports }) =>
      exports.filter(({ name }) => name === "default").map(() => "has a default export"),
    );
  });

  test("every exported function, class and table is documented", () => {
    holds(({ exports }) =>
      exports
        .filter(({ kind }) => kind !== "type" && kind !== "again")
        // Values on lines that follow each other share the comment above the first.
        .filter(({ documented, line }) => !documented && !exports.some((other) => other.line === line - 1))
        .map(({ name, line }) => `line ${line}: ${name} is not documented`),
    );
  });

  test("only the command line prints", () => {
    holds(({ path, text }) =>
      !path.startsWith("src/cli/") && /\bconsole\s*\./.test(text) ? ["uses console"] : [],
    );
  });

  test("nothing is left for later", () => {
    const marks = /\bTO_?DO\b|\bFIX_?ME\b/;
    holds(({ text }) => (marks.test(text) ? ["holds a mark of unfinished work"] : []));
  });
});

describe("tests", () => {
  test("every test file belongs to one suite, which finds it", () => {
    const found = testSuites.flatMap(testFiles);
    assert.deepEqual([...found].sort(), globSync("**/*.test.{ts,mts,js,mjs}", searched).sort());
    assert.equal(new Set(found).size, found.length);
  });

  test("no suite is empty", () => {
    assert.deepEqual(
      testSuites.filter((suite) => testFiles(suite).length === 0).map(({ name }) => name),
      [],
    );
  });

  test("every file that a script names is there", () => {
    const manifest = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as {
      readonly scripts: Readonly<Record<string, string>>;
    };
    const named = Object.values(manifest.scripts).flatMap((script) => script.match(/\S+\.(mjs|ts)\b/g) ?? []);
    assert.deepEqual(
      named.filter((file) => globSync(file, { cwd: projectRoot }).length === 0),
      [],
    );
    assert.ok(named.length > 0);
  });
});

const searched = {
  cwd: projectRoot,
  exclude: (path: string) => /(^|\/)(node_modules|dist|\.[a-z-]+)$/.test(path),
};

function strangeFolders({ path, imports }: SourceModule): readonly string[] {
  const folder = houseFolder(path);
  if (folder === undefined) return [];
  return imports.flatMap(({ file, specifier, typeOnly }) => {
    if (file === undefined) return [];
    const target = houseFolder(file);
    const allowed =
      target !== undefined && (target === folder || mayImport[folder]?.includes(target) === true);
    const proxyOnly = folder === "src/ui" && target === "src/engine" && basename(file) !== "engineProxy.ts";
    const foreignWire = file.startsWith(generated) && folder !== "src/hubble" && folder !== "src/demo";
    if (!allowed || proxyOnly || foreignWire) return [`imports ${specifier}`];
    if (folder === "src/protocol" && target === "src/policy" && !typeOnly) {
      return [`imports a value of ${specifier}`];
    }
    return [];
  });
}

function strangePackages({ path, imports }: SourceModule): readonly string[] {
  const folder = houseFolder(path);
  if (folder === undefined) return [];
  return imports.flatMap(({ packageName, specifier }) => {
    if (packageName === undefined) return [];
    const allowed = packageName.startsWith("node:")
      ? !withoutNode.includes(folder)
      : packageOwners[packageName]?.includes(folder) === true;
    return allowed ? [] : [`imports ${specifier}`];
  });
}

/** Circles of imports that are left at run time, each as the files on it. */
function findCircles(modules: readonly SourceModule[]): readonly string[] {
  const byPath = new Map(modules.map((module) => [module.path, module]));
  const state = new Map<string, "open" | "done">();
  const circles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === "done") return;
    if (state.get(path) === "open") {
      circles.push([...trail.slice(trail.indexOf(path)), path].join(" → "));
      return;
    }
    state.set(path, "open");
    for (const { file, typeOnly } of byPath.get(path)?.imports ?? []) {
      if (file !== undefined && !typeOnly) visit(file, [...trail, path]);
    }
    state.set(path, "done");
  };
  for (const { path } of modules) visit(path, []);
  return circles;
}

/** quick and quickly, read and reader: one begins with the other. */
function alike(a: string, b: string): boolean {
  return a === b || (Math.min(a.length, b.length) >= 4 && (a.startsWith(b) || b.startsWith(a)));
}

/** `readCiliumPolicies` → read, cilium, policy. */
function wordsOf(name: string): readonly string[] {
  const words = name.match(/[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])/g) ?? [];
  return words.map((word) => word.toLowerCase().replace(/ies$/, "y").replace(/s$/, ""));
}

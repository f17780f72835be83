/** The house's folders: who may import whom. The table of the design, as data. */
export const mayImport: Readonly<Record<string, readonly string[]>> = {
  "src/base": [],
  "src/flows": ["src/base"],
  "src/policy": ["src/base", "src/flows"],
  "src/protocol": ["src/base", "src/flows", "src/policy"],
  "src/hubble": ["src/base", "src/flows"],
  "src/cluster": ["src/base"],
  "src/demo": ["src/base", "src/flows", "src/policy", "src/protocol", "src/hubble"],
  "src/engine": ["src/base", "src/flows", "src/policy", "src/protocol", "src/hubble", "src/cluster"],
  "src/cli": [
    "src/base",
    "src/flows",
    "src/policy",
    "src/protocol",
    "src/hubble",
    "src/cluster",
    "src/demo",
    "src/engine",
  ],
  "src/ui": ["src/base", "src/flows", "src/policy", "src/protocol", "src/engine"],
  "src/extension.ts": [
    "src/base",
    "src/flows",
    "src/policy",
    "src/protocol",
    "src/hubble",
    "src/cluster",
    "src/engine",
    "src/ui",
  ],
  "webview/shared": ["src/base", "src/flows", "src/protocol"],
  "webview/flows": ["src/base", "src/flows", "src/protocol", "webview/shared"],
  "webview/map": ["src/base", "src/flows", "src/protocol", "webview/shared"],
};

/** Folders that run where there is no Node: nothing of `node:` and no I/O. */
export const withoutNode: readonly string[] = [
  "src/base",
  "src/flows",
  "src/policy",
  "src/protocol",
  "webview/shared",
  "webview/flows",
  "webview/map",
];

/** Each package that ships, or that the host gives, with the only folders that may import it. */
export const packageOwners: Readonly<Record<string, readonly string[]>> = {
  vscode: ["src/ui", "src/extension.ts"],
  re2js: ["src/base"],
  "ipaddr.js": ["src/base"],
  yaml: ["src/policy", "src/cluster"],
  "@bufbuild/cel": ["src/hubble"],
  "@bufbuild/protobuf": ["src/hubble", "src/demo"],
  "@grpc/grpc-js": ["src/hubble", "src/demo"],
  "@kubernetes/client-node": ["src/cluster"],
  ws: ["src/cluster"],
  "@vscode-elements/elements": ["webview/shared", "webview/flows", "webview/map"],
  "@vscode/codicons": ["webview/shared", "webview/flows", "webview/map"],
  lit: ["webview/shared", "webview/flows", "webview/map"],
};

/** The folder of the table that a file belongs to; undefined: the file stands outside the house. */
export function houseFolder(path: string): string | undefined {
  return Object.keys(mayImport).find((folder) => path === folder || path.startsWith(`${folder}/`));
}

// The one linter: type-aware rules over every program of the project.
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

export default defineConfig(
  {
    ignores: [
      "dist/",
      ".build/",
      ".vscode-test/",
      "test-output/",
      "test/fixtures/",
      "src/hubble/gen/",
      "tsconfig/",
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        project: [
          "./tsconfig/pure.json",
          "./tsconfig/node.json",
          "./tsconfig/host.json",
          "./tsconfig/webview.json",
          "./tsconfig/test.json",
        ],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "no-console": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "no-restricted-syntax": [
        "error",
        { selector: "ExportDefaultDeclaration", message: "Name what you export." },
      ],
    },
  },
  {
    files: ["test/**", "scripts/**", "src/cli/**", "esbuild.mjs"],
    rules: { "no-console": "off" },
  },
  {
    // In JavaScript a type is claimed in a comment, which this rule does not see.
    files: ["**/*.mjs"],
    rules: { "@typescript-eslint/no-unsafe-assignment": "off" },
  },
  {
    // node:test returns promises that its runner awaits; its reporters and the flat configuration are default exports.
    files: ["test/**", "scripts/countTests.ts", "eslint.config.mjs"],
    rules: {
      "@typescript-eslint/no-floating-promises": [
        "error",
        {
          allowForKnownSafeCalls: [
            { from: "package", name: ["test", "it", "describe", "suite"], package: "node:test" },
          ],
        },
      ],
      "no-restricted-syntax": "off",
    },
  },
);

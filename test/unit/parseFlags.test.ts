import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ArgumentError } from "../../src/cli/argumentError.ts";
import { parseFlags } from "../../src/cli/parseFlags.ts";

const flags = {
  server: { kind: "text" },
  last: { kind: "count" },
  follow: { kind: "switch", short: "f" },
  output: { kind: "choice", short: "o", choices: ["compact", "jsonpb"] },
} as const;

describe("flags of a command", () => {
  const good: readonly [string, ReturnType<typeof parseFlags<typeof flags>>][] = [
    ["", {}],
    ["--server a:1 --last 20 -f -o jsonpb", { server: "a:1", last: 20, follow: true, output: "jsonpb" }],
    [
      "--server=a:1 --last=0 --follow=false -ocompact",
      { server: "a:1", last: 0, follow: false, output: "compact" },
    ],
    ["--last 1 --last 2", { last: 2 }],
    ["--follow=true", { follow: true }],
    ["-fo compact", { follow: true, output: "compact" }],
  ];
  for (const [line, expected] of good) {
    test(line || "none", () => {
      assert.deepEqual(parse(line), expected);
    });
  }

  const bad: readonly [string, RegExp][] = [
    ["--sever a:1", /unknown flag --sever; there are --server, --last, --follow, --output/],
    ["-x", /unknown flag -x/],
    ["--constructor", /unknown flag --constructor/],
    ["--no-follow", /unknown flag --no-follow/],
    ["--last many", /--last takes a whole number, not “many”/],
    ["--last 1.5", /a whole number/],
    ["--last=-1", /a whole number/],
    ["--last 9999999999999999999", /a whole number/],
    ["--last", /--last needs a whole number after it/],
    ["--follow=maybe", /--follow takes true or false, not “maybe”/],
    ["-o xml", /-o takes compact, jsonpb, not “xml”/],
    ["flows", /“flows” is not expected here/],
  ];
  for (const [line, message] of bad) {
    test(line, () => {
      assert.throws(
        () => parse(line),
        (error: unknown) => error instanceof ArgumentError && message.test(error.message),
      );
    });
  }
});

function parse(line: string): ReturnType<typeof parseFlags<typeof flags>> {
  return parseFlags(line.split(" ").filter(Boolean), flags);
}

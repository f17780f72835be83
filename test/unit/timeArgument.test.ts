import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { projectRoot } from "../../scripts/projectRoot.ts";
import { readTimeArgument, timeLayouts } from "../../src/flows/timeArgument.ts";

const now = { seconds: Date.UTC(2026, 0, 31, 12) / 1000, nanos: 500 };

/** A time as text with nine digits after the second. */
function read(text: string): string | undefined {
  const time = readTimeArgument(text, now);
  if (!time) return undefined;
  return `${new Date(time.seconds * 1000).toISOString().slice(0, -5)}.${String(time.nanos).padStart(9, "0")}`;
}

describe("times of --since and --until", () => {
  const times: readonly [string, string | undefined][] = [
    ["0", "2026-01-31T12:00:00.000000500"],
    ["-0", "2026-01-31T12:00:00.000000500"],
    ["3s", "2026-01-31T11:59:57.000000500"],
    ["+3s", "2026-01-31T11:59:57.000000500"],
    ["-3s", "2026-01-31T12:00:03.000000500"],
    ["1h30m", "2026-01-31T10:30:00.000000500"],
    ["30m1h", "2026-01-31T10:30:00.000000500"],
    ["1.5s", "2026-01-31T11:59:58.500000500"],
    [".5m", "2026-01-31T11:59:30.000000500"],
    ["1.h", "2026-01-31T11:00:00.000000500"],
    ["2ms", "2026-01-31T11:59:59.998000500"],
    ["1us", "2026-01-31T11:59:59.999999500"],
    ["1µs", "2026-01-31T11:59:59.999999500"],
    ["1μs", "2026-01-31T11:59:59.999999500"],
    ["501ns", "2026-01-31T11:59:59.999999999"],
    ["48h", "2026-01-29T12:00:00.000000500"],
    ["2540400h", "1736-04-11T12:00:00.000000500"],
    ["2562048h", undefined],
    ["", undefined],
    ["5", undefined],
    ["-", undefined],
    [".s", undefined],
    ["1d", undefined],
    ["1h 30m", undefined],
    ["1hs", undefined],
    [" 1h", undefined],
    ["1H", undefined],
    ["1constructor", undefined],
    ["9".repeat(1_000_000), undefined],
    ["2026-01-02", "2026-01-02T00:00:00.000000000"],
    ["2026-1-2", undefined],
    ["2026-02-29", undefined],
    ["2024-02-29", "2024-02-29T00:00:00.000000000"],
    ["2026-13-01", undefined],
    ["2026-00-01", undefined],
    ["2026-01-00", undefined],
    ["0000-01-01", undefined],
    ["0001-01-01", "0001-01-01T00:00:00.000000000"],
    ["2026-01-02T15", undefined],
    ["2026-01-02T15Z", "2026-01-02T15:00:00.000000000"],
    ["2026-01-02T5Z", "2026-01-02T05:00:00.000000000"],
    ["2026-01-02T15+02:00", "2026-01-02T13:00:00.000000000"],
    ["2026-01-02T15-07:30", "2026-01-02T22:30:00.000000000"],
    ["2026-01-02T15:04Z", "2026-01-02T15:04:00.000000000"],
    ["2026-01-02T15:4Z", undefined],
    ["2026-01-02T15:04:05Z", "2026-01-02T15:04:05.000000000"],
    ["2026-01-02T15:04:05", undefined],
    ["2026-01-02t15:04:05Z", undefined],
    ["2026-01-02T15:04:05z", undefined],
    ["2026-01-02 15:04:05Z", undefined],
    ["2026-01-02T24:00:00Z", undefined],
    ["2026-01-02T23:60:00Z", undefined],
    ["2026-01-02T23:59:60Z", undefined],
    ["2026-01-02T15:04:05.1Z", "2026-01-02T15:04:05.100000000"],
    ["2026-01-02T15:04:05,25Z", "2026-01-02T15:04:05.250000000"],
    ["2026-01-02T15:04:05.123456789012Z", "2026-01-02T15:04:05.123456789"],
    ["2026-01-02T15:04:05.Z", undefined],
    ["2026-01-02T15:04:05+0100", undefined],
    ["2026-01-02T15:04:05+25:00", undefined],
    ["0001-01-01T00:00:00+01:00", undefined],
    ["9999-12-31T23:59:59-01:00", undefined],
    ["Mon, 02 Jan 2006 15:04:05 -0700", "2006-01-02T22:04:05.000000000"],
    ["sun, 02 JAN 2006 15:04:05.5 +0000", "2006-01-02T15:04:05.500000000"],
    ["Mon, 02 Jan 2006 15:04:05 MST", undefined],
    ["Mon, 2 Jan 2006 15:04:05 -0700", undefined],
    ["Mon, 02 Foo 2006 15:04:05 -0700", undefined],
    // The CLI's help offers it, but it does not take it.
    ["Jan  2 15:04:05.000", undefined],
  ];
  for (const [text, expected] of times) {
    test(text.slice(0, 50) || "nothing", () => {
      assert.equal(read(text), expected);
    });
  }

  test("the example of every layout is taken", () => {
    for (const [name, example] of Object.entries(timeLayouts)) {
      assert.match(read(example) ?? "", /^2026-01-31T/, name);
    }
  });

  test("the time zone does not matter", () => {
    const module = pathToFileURL(join(projectRoot, "src/flows/timeArgument.ts")).href;
    const program =
      `import { readTimeArgument } from ${JSON.stringify(module)};` +
      `const now = ${JSON.stringify(now)};` +
      `const texts = ["2026-03-29", "2026-03-29T02:30:00Z", "24h", "Sun, 29 Mar 2026 02:30:00 +0100"];` +
      `console.log(JSON.stringify(texts.map((text) => readTimeArgument(text, now).seconds)));`;
    for (const TZ of ["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Kiritimati"]) {
      const printed = execFileSync(process.execPath, ["--input-type=module", "-e", program], {
        env: { ...process.env, TZ },
        encoding: "utf8",
      });
      assert.deepEqual(
        (JSON.parse(printed) as number[]).map((seconds) => new Date(seconds * 1000).toISOString()),
        [
          "2026-03-29T00:00:00.000Z",
          "2026-03-29T02:30:00.000Z",
          "2026-01-30T12:00:00.000Z",
          "2026-03-29T01:30:00.000Z",
        ],
        TZ,
      );
    }
  });
});

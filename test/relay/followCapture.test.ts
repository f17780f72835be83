import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { type FollowState, followCapture } from "../../src/hubble/followCapture.ts";
import { until } from "../support/until.ts";

/** Follows a file of a new folder. */
function setUp(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "hubble-lens-follow-"));
  const path = join(folder, "events.log");
  const controller = new AbortController();
  const seen: number[] = [];
  const states: FollowState["kind"][] = [];
  let written = 0;
  const lines = (count: number) => {
    let text = "";
    for (let left = count; left > 0; left--) text += `{"flow":{"uuid":"${++written}"}}\n`;
    return text;
  };
  const start = () =>
    followCapture(
      path,
      (_raw, response) => {
        if (response.kind === "flow") seen.push(Number(response.flow.uuid));
      },
      {
        signal: controller.signal,
        pollMs: 10,
        onState: ({ kind }) => {
          if (states.at(-1) !== kind) states.push(kind);
        },
      },
    );
  t.after(() => {
    controller.abort();
    rmSync(folder, { recursive: true });
  });
  const untilSeen = (count: number) => until(`${count} flows`, () => seen.length >= count);
  return { folder, path, controller, seen, states, lines, start, untilSeen };
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

test("what is added to a file comes live, a line in pieces included", async (t) => {
  const { path, controller, seen, lines, start, untilSeen } = setUp(t);
  writeFileSync(path, lines(3));
  const following = start();
  await untilSeen(3);
  const [head, tail] = [lines(1), lines(1)];
  appendFileSync(path, head + tail.slice(0, 10));
  await untilSeen(4);
  appendFileSync(path, `${tail.slice(10)}nonsense\n`);
  await untilSeen(5);
  controller.abort();
  const result = await following;
  assert.deepEqual(seen, upTo(5));
  assert.deepEqual([result.messages, result.rotations], [5, 0]);
});

test("a file that is not there, or goes, is waited for", async (t) => {
  const { path, seen, states, lines, start, untilSeen } = setUp(t);
  void start();
  await until("waiting", () => states.at(-1) === "waiting");
  writeFileSync(path, lines(2));
  await untilSeen(2);
  await until("following", () => states.at(-1) === "following");
  unlinkSync(path);
  await until("waiting", () => states.at(-1) === "waiting");
  writeFileSync(path, lines(2));
  await untilSeen(4);
  assert.deepEqual(seen, upTo(4));
});

test("a renamed file is read to its end, and on while it is still written to", async (t) => {
  const { folder, path, controller, seen, lines, start, untilSeen } = setUp(t);
  writeFileSync(path, lines(2));
  const following = start();
  await untilSeen(2);
  const old = join(folder, "events-2026-11-22T10-00-00.000.log");
  appendFileSync(path, lines(2));
  renameSync(path, old);
  appendFileSync(old, lines(1));
  writeFileSync(path, lines(1));
  await untilSeen(6);
  appendFileSync(old, lines(1));
  await untilSeen(7);
  controller.abort();
  assert.deepEqual(
    [...seen].sort((a, b) => a - b),
    upTo(7),
  );
  assert.equal((await following).rotations, 1);
});

test("a file that is copied and cut: what only the copy has is read there, nothing twice", async (t) => {
  const { folder, path, seen, lines, start, untilSeen } = setUp(t);
  writeFileSync(path, lines(20));
  void start();
  await untilSeen(20);
  appendFileSync(path, lines(5));
  copyFileSync(path, join(folder, "events.log.1"));
  truncateSync(path, 0);
  appendFileSync(path, lines(3));
  await untilSeen(28);
  // Cut, and longer again than it was before anybody looked.
  copyFileSync(path, join(folder, "events.log.2"));
  writeFileSync(path, lines(40));
  await untilSeen(68);
  assert.deepEqual(seen, upTo(68));
});

test("files that are rotated away twice between two looks are read as well, packed or not", async (t) => {
  const { folder, path, seen, lines, start, untilSeen } = setUp(t);
  writeFileSync(join(folder, "events-2026-11-22T09-00-00.000.log"), '{"flow":{"uuid":"0"}}\n');
  writeFileSync(path, lines(2));
  void start();
  await untilSeen(2);
  renameSync(path, join(folder, "events-2026-11-22T10-00-00.000.log"));
  writeFileSync(join(folder, "events-2026-11-22T10-00-01.000.log"), lines(3));
  writeFileSync(join(folder, "events-2026-11-22T10-00-02.000.log.gz"), gzipSync(lines(3)));
  writeFileSync(path, lines(2));
  await untilSeen(10);
  assert.deepEqual(seen, upTo(10));
});

test("a missed file that is being packed is read once", async (t) => {
  const { folder, path, seen, lines, start, untilSeen } = setUp(t);
  writeFileSync(path, lines(2));
  void start();
  await untilSeen(2);
  renameSync(path, join(folder, "events-2026-11-22T10-00-00.000.log"));
  const missed = lines(3);
  writeFileSync(join(folder, "events-2026-11-22T10-00-01.000.log"), missed);
  writeFileSync(join(folder, "events-2026-11-22T10-00-01.000.log.gz"), gzipSync(missed));
  writeFileSync(path, lines(2));
  await untilSeen(7);
  assert.deepEqual(seen, upTo(7));
});

test("a missed file that cannot be read is told of, and what comes after it is read", async (t) => {
  const { folder, path, controller, seen, lines, start, untilSeen } = setUp(t);
  writeFileSync(path, lines(2));
  const following = start();
  await untilSeen(2);
  renameSync(path, join(folder, "events-2026-11-22T10-00-00.000.log"));
  mkdirSync(join(folder, "events-2026-11-22T10-00-01.000.log"));
  writeFileSync(path, lines(2));
  await untilSeen(4);
  controller.abort();
  assert.deepEqual(seen, upTo(4));
  assert.match((await following).trouble?.message ?? "", /00-01\.000\.log is a folder/);
});

test("under load, rotated again and again: no loss, nothing twice, in order", async (t) => {
  const { folder, path, controller, seen, lines, start, untilSeen } = setUp(t);
  writeFileSync(path, lines(1));
  const following = start();
  // What was rotated away before anybody followed is another file.
  await untilSeen(1);
  const batches = 400;
  for (let batch = 1; batch <= batches; batch++) {
    appendFileSync(path, lines(50));
    if (batch % 20 === 0) {
      const stamp = `2026-11-22T10-00-00.${String(batch).padStart(3, "0")}`;
      renameSync(path, join(folder, `events-${stamp}.log`));
      writeFileSync(path, "");
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  await untilSeen(1 + batches * 50);
  controller.abort();
  await following;
  assert.deepEqual(seen, upTo(1 + batches * 50));
});

/** What lies at the path, and what is said of it. */
const refused: readonly (readonly [string, string | Buffer, RegExp])[] = [
  ["gzip", gzipSync("{}\n"), /compressed.*Open it as a capture/],
  ["a program", Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0]), /binary file/],
  ["text of another kind", "hello\n".repeat(2000), /holds no flows.*line 1/],
];
for (const [what, content, message] of refused) {
  test(`${what} is not followed`, async (t) => {
    const { path, start } = setUp(t);
    writeFileSync(path, content);
    await assert.rejects(start(), message);
  });
}

test("a pipe is not followed, and not waited for", { skip: process.platform === "win32" }, async (t) => {
  const { path, start } = setUp(t);
  execFileSync("mkfifo", [path]);
  await assert.rejects(start(), /is no file that can be followed/);
});

test("a folder is not followed", async (t) => {
  const { folder } = setUp(t);
  const { signal } = new AbortController();
  await assert.rejects(
    followCapture(folder, () => undefined, { signal }),
    /is no file that can be followed|is a folder/,
  );
});

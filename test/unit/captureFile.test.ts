import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { CaptureError, readCapture, readCaptureStream } from "../../src/hubble/captureFile.ts";
import { LineSplitter } from "../../src/hubble/lineSplitter.ts";
import { readResponse } from "../../src/hubble/readResponse.ts";
import { fixturePath } from "../support/hubbleFixture.ts";

const folder = mkdtempSync(join(tmpdir(), "hubble-lens-capture-"));
after(() => {
  rmSync(folder, { recursive: true });
});
const never = new AbortController().signal;
const a = '{"flow":{"uuid":"a"}}';
const b = '{"flow":{"uuid":"b"}}';

describe("reading a capture", () => {
  /** Content, the uuids read, the numbers of the broken lines. */
  const contents: readonly [string, string, string[], number[]][] = [
    ["two lines", `${a}\n${b}\n`, ["a", "b"], []],
    ["no line end at the end", `${a}\n${b}`, ["a", "b"], []],
    ["a byte order mark, CR LF and empty lines", `\ufeff${a}\r\n\r\n  \n${b}\r\n`, ["a", "b"], []],
    ["broken lines among good ones", `${a}\n{"flow":\n${b}\nnonsense\n`, ["a", "b"], [2, 4]],
    ["a last line that was cut off", `${a}\n${b.slice(0, 12)}`, ["a"], [2]],
    ["bytes that are no UTF-8", `${a}\n\xff\xfe\n${b}\n`, ["a", "b"], [2]],
    ["an empty file", "", [], []],
    ["only empty lines", "\n\n\r\n", [], []],
    ["only an agent's events", '{"agent_event":{"type":"AGENT_STARTED"}}\n', [], []],
  ];
  for (const [what, content, uuids, broken] of contents) {
    test(what, async () => {
      const bytes = Buffer.from(content, content.includes("\xff") ? "latin1" : "utf8");
      for (const size of [1, 2, 7, 1_000_000]) {
        const seen: string[] = [];
        const result = await readCaptureStream(chunks(bytes, size), "x", push(seen), never);
        assert.deepEqual(seen, uuids);
        assert.deepEqual(
          result.brokenLines.map(({ line }) => line),
          broken,
        );
        assert.equal(result.brokenCount, broken.length);
        assert.equal(result.messages, uuids.length);
      }
    });
  }

  test("only the first 100 broken lines are listed", async () => {
    const text = `${a}\n${"x\n".repeat(250)}`;
    const result = await readCaptureStream(chunks(Buffer.from(text), 100), "x", () => undefined, never);
    assert.equal(result.brokenCount, 250);
    assert.deepEqual([result.brokenLines.length, result.brokenLines.at(-1)?.line], [100, 101]);
  });

  test("a real file, with progress up to its end", async () => {
    const progress: [number, number][] = [];
    const seen: string[] = [];
    const result = await readCapture(fixturePath("hubble-cli/flows.jsonl"), push(seen), {
      signal: never,
      onProgress: (bytes, total) => progress.push([bytes, total]),
    });
    assert.deepEqual([result.messages, result.skipped, result.brokenCount, seen.length], [602, 0, 0, 600]);
    assert.deepEqual(progress.at(-1), [874_800, 874_800]);
  });

  /** What lies at the path, and the error that it must give. */
  const failures: readonly [string, () => string, CaptureError["kind"], RegExp][] = [
    ["nothing", () => join(folder, "none.jsonl"), "not-found", /There is no file .*none\.jsonl/],
    ["a folder", () => folder, "not-a-file", /is a folder/],
    ["a path through a file", () => join(file("plain", a), "x"), "not-found", /There is no file/],
    ["a picture", () => file("x.png", "\x89PNG\r\n\x1a\n\x00\x00"), "not-a-capture", /is a binary file/],
    ["another JSON", () => file("x.json", '{"name":"package"}\n'), "not-a-capture", /neither a flow/],
  ];
  for (const [what, make, kind, message] of failures) {
    test(`${what}: ${kind}`, async () => {
      await assert.rejects(
        readCapture(make(), () => undefined, { signal: never }),
        (error: unknown) => {
          assert.ok(error instanceof CaptureError);
          assert.equal(error.kind, kind);
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }

  test("a file that may not be read: unreadable", { skip: process.getuid?.() === 0 }, async () => {
    const path = file("secret.jsonl", a);
    chmodSync(path, 0);
    await assert.rejects(
      readCapture(path, () => undefined, { signal: never }),
      { kind: "unreadable" },
    );
  });

  test("an abort rejects with the signal's reason, also in the middle", async () => {
    const controller = new AbortController();
    const path = file("long.jsonl", `${a}\n`.repeat(200_000));
    let seen = 0;
    const reading = readCapture(
      path,
      () => {
        seen += 1;
        controller.abort(new Error("enough"));
      },
      { signal: controller.signal },
    );
    await assert.rejects(reading, { message: "enough" });
    assert.ok(seen > 0 && seen < 200_000, String(seen));
    await assert.rejects(
      readCapture(path, () => undefined, { signal: AbortSignal.abort(new Error("no")) }),
      {
        message: "no",
      },
    );
  });

  test("what the receiver throws comes out", async () => {
    const reading = readCapture(
      file("one.jsonl", a),
      () => {
        throw new TypeError("a bug");
      },
      { signal: never },
    );
    await assert.rejects(reading, { name: "TypeError" });
  });
});

test("a line of 65 MiB is not held, and the next one is read", () => {
  const lines: [string | undefined, number][] = [];
  const splitter = new LineSplitter((bytes, line) => {
    lines.push([bytes && Buffer.from(bytes).toString(), line]);
  });
  const chunk = Buffer.alloc(1 << 20, "x");
  for (let count = 0; count < 65; count++) splitter.push(chunk);
  splitter.push(Buffer.from("\nshort"));
  splitter.end();
  assert.deepEqual(lines, [
    [undefined, 1],
    ["short", 2],
  ]);
});

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content, "latin1");
  return path;
}

async function* chunks(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) {
    yield await Promise.resolve(bytes.subarray(start, start + size));
  }
}

function push(uuids: string[]): (raw: Uint8Array) => void {
  return (raw) => {
    const read = readResponse(raw);
    if (read.kind === "flow") uuids.push(read.flow.uuid ?? "");
  };
}

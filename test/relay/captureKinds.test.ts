import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { CaptureError, readCapture } from "../../src/hubble/captureFile.ts";
import { captureFiles, captureHead, rotatedSet } from "../../src/hubble/captureSet.ts";
import { readCaptures } from "../../src/hubble/readCaptures.ts";

const folder = mkdtempSync(join(tmpdir(), "hubble-lens-kinds-"));
after(() => {
  rmSync(folder, { recursive: true });
});
const never = new AbortController().signal;

const line = (uuid: number | string, second = 10) =>
  `{"flow":{"uuid":"${uuid}"},"time":"2026-11-22T10:00:${String(second).padStart(2, "0")}Z"}\n`;
const lines = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => line(from + index)).join("");

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function uuids(path: string, each: (count: number) => void = () => undefined) {
  const found: string[] = [];
  const result = await readCapture(
    path,
    (_raw, response) => {
      if (response.kind === "flow") found.push(response.flow.uuid ?? "");
      each(found.length);
    },
    { signal: never },
  );
  return { found, result };
}

const numbers = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => String(from + index));

describe("gzip", () => {
  test("is known by its content, members one after the other included", async () => {
    const path = file("set.log", Buffer.concat([gzipSync(lines(1, 2_000)), gzipSync(lines(2_001, 500))]));
    const { found, result } = await uuids(path);
    assert.deepEqual(found, numbers(1, 2_500));
    assert.equal(result.trouble, undefined);
  });

  test("progress is of the packed bytes", async () => {
    const packed = gzipSync(lines(1, 5_000));
    const progress: [number, number][] = [];
    await readCapture(file("progress.gz", packed), () => undefined, {
      signal: never,
      onProgress: (bytes, total) => progress.push([bytes, total]),
    });
    assert.deepEqual(progress.at(-1), [packed.length, packed.length]);
  });

  test("that is cut off: what could be unpacked is read, the rest is said", async () => {
    const packed = gzipSync(lines(1, 50_000));
    const { found, result } = await uuids(file("cut.gz", packed.subarray(0, packed.length / 2)));
    assert.ok(found.length > 5_000, String(found.length));
    assert.deepEqual(found, numbers(1, found.length));
    assert.equal(result.trouble?.kind, "cut-off");
    assert.match(result.trouble.message, /cut\.gz is cut off.*is kept/);
    assert.ok(result.brokenCount <= 1);
  });

  test("that is damaged in its midst: what came before is read", async () => {
    const packed = gzipSync(lines(1, 50_000));
    packed.fill(0xff, packed.length >> 1, (packed.length >> 1) + 200);
    const { found, result } = await uuids(file("damaged.gz", packed));
    assert.ok(found.length > 5_000, String(found.length));
    assert.equal(result.trouble?.kind, "damaged");
  });

  test("of which nothing can be read is refused", async () => {
    const path = file("head.gz", gzipSync(lines(1, 10)).subarray(0, 12));
    await assert.rejects(uuids(path), /head\.gz is cut off.*Nothing of it can be read/);
  });

  test("of nothing is an empty capture", async () => {
    const { result } = await uuids(file("empty.gz", gzipSync("")));
    assert.deepEqual([result.messages, result.trouble], [0, undefined]);
  });
});

describe("what is no capture", () => {
  const noCaptures: readonly (readonly [string, Uint8Array, RegExp])[] = [
    [
      "a program",
      Buffer.from("\x7fELF\x02\x01\x01\0\0\0", "latin1"),
      /is a binary file, no capture\. Captures are/,
    ],
    ["packed, a program", gzipSync(Buffer.from("\x7fELF\x02\x01\x01\0\0\0", "latin1")), /is a binary file/],
    ["a Zip archive", Buffer.from("PK\x03\x04\x14\0"), /is a Zip archive: unpack it first/],
    ["zstd", Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0]), /compressed with zstd: decompress it first/],
    ["xz", Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0]), /compressed with xz/],
    ["a packet capture", Buffer.from([0xd4, 0xc3, 0xb2, 0xa1, 2, 0]), /a packet capture \(pcap\)/],
    ["UTF-16", Buffer.from(`\ufeff${line(1)}`, "utf16le"), /UTF-16 text.*save it as UTF-8/],
    ["a log", Buffer.from("level=info msg=hello\nlevel=info msg=bye\n"), /holds no flows.*line 1/],
  ];
  for (const [what, content, message] of noCaptures) {
    test(what, async () => {
      await assert.rejects(uuids(file("stranger", content)), (error) => {
        assert.ok(error instanceof CaptureError && error.kind === "not-a-capture");
        assert.match(error.message, message);
        return true;
      });
    });
  }

  test("a file that may not be read", { skip: process.platform === "win32" }, () => {
    const path = file("secret.jsonl", line(1));
    chmodSync(path, 0);
    // Root may read everything: somebody else is asked.
    const source = new URL("../../src/hubble/captureFile.ts", import.meta.url).href;
    const script = `
      if (process.getuid() === 0) process.setuid(65534);
      const { readCapture } = await import(${JSON.stringify(source)});
      await readCapture(${JSON.stringify(path)}, () => {}, { signal: new AbortController().signal })
        .then(() => console.log("read"), (error) => console.log(error.kind, error.message));`;
    chmodSync(folder, 0o755);
    const said = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
    assert.match(said, /unreadable .*secret\.jsonl may not be read by you \(permission denied\)/);
  });
});

describe("what happens to a file while it is read", () => {
  const much = lines(1, 200_000);

  test("it is cut: what was there is kept, and how much", async () => {
    const path = file("cut.jsonl", much);
    const { found, result } = await uuids(path, (count) => {
      if (count === 100) truncateSync(path, 3_000_000);
    });
    assert.ok(found.length > 100 && found.length < 200_000, String(found.length));
    assert.equal(result.trouble?.kind, "truncated");
    assert.match(result.trouble.message, /became shorter.*bytes were still there/);
  });

  test("it is deleted: all of it is read, and that is said", {
    skip: process.platform === "win32",
  }, async () => {
    const path = file("gone.jsonl", much);
    const { found, result } = await uuids(path, (count) => {
      if (count === 100) unlinkSync(path);
    });
    assert.equal(found.length, 200_000);
    assert.equal(result.trouble?.kind, "deleted");
  });

  test("it grows: what was added is read as well", async () => {
    const path = file("grows.jsonl", lines(1, 5_000));
    const { found, result } = await uuids(path, (count) => {
      if (count === 100) writeFileSync(path, lines(5_001, 10), { flag: "a" });
    });
    assert.deepEqual([found.length, result.trouble], [5_010, undefined]);
  });
});

test("lines longer than 64 KiB are read", async () => {
  const long = `{"flow":{"uuid":"long","Summary":"${"x".repeat(3_000_000)}"}}\n`;
  const { found } = await uuids(file("long.jsonl", line(1) + long + line(2)));
  assert.deepEqual(found, ["1", "long", "2"]);
});

test("a large file leaves the thread to others every few ms, and is left at once when it is cancelled", async () => {
  const path = file("large.jsonl", lines(1, 400_000));
  const controller = new AbortController();
  let longestMs = 0;
  // Of the processor, as others may have it for as long as they like.
  const usedMs = () => process.cpuUsage().user / 1000;
  let lastMs = usedMs();
  let isOver = false;
  const tick = () => {
    longestMs = Math.max(longestMs, usedMs() - lastMs);
    lastMs = usedMs();
    if (!isOver) setImmediate(tick);
  };
  let cancelledMs = 0;
  setImmediate(tick);
  const reading = readCapture(path, () => undefined, {
    signal: controller.signal,
    onProgress: (bytes, total) => {
      if (bytes < total / 2 || cancelledMs > 0) return;
      cancelledMs = performance.now();
      controller.abort(new Error("enough"));
    },
  });
  await assert.rejects(reading, { message: "enough" });
  isOver = true;
  assert.ok(performance.now() - cancelledMs < 2_000);
  assert.ok(longestMs < 100, `${longestMs} ms`);
});

test("what is wrong with a line is told in short, however long the line is", async () => {
  const long = `{"flow":{"l7":{"latency_ns":"${"9".repeat(100_000)}"}}}\n`;
  const { result } = await uuids(file("wrong.jsonl", line(1) + long));
  assert.deepEqual(
    result.brokenLines.map((each) => [each.line, each.message.length]),
    [[2, 300]],
  );
});

test("a pipe that is silent is given up at once; what is written to one is read to its end", {
  skip: process.platform === "win32",
}, async () => {
  const [silent, path] = [join(folder, "silent"), join(folder, "pipe")];
  execFileSync("mkfifo", [silent, path]);
  const nobody = await open(silent, "r+");
  await nobody.write(line(1));
  const controller = new AbortController();
  const abort = () => {
    controller.abort(new Error("enough"));
  };
  const waiting = readCapture(silent, () => setImmediate(abort), { signal: controller.signal });
  await assert.rejects(waiting, { message: "enough" });
  await nobody.close();
  const writer = await open(path, "r+");
  await writer.write(lines(1, 3));
  const { found } = await uuids(path, (count) => {
    if (count === 3) void writer.close();
  });
  assert.deepEqual(found, numbers(1, 3));
});

test("a file may be opened though its folder may not be listed", async () => {
  const missing = join(folder, "no-such-folder", "flows.jsonl");
  assert.deepEqual(await rotatedSet(missing), [missing]);
});

test("no file stays open, however reading it ends", { skip: process.platform !== "linux" }, async () => {
  const openFiles = () => readdirSync("/proc/self/fd").length;
  const paths = [
    file("leak.jsonl", lines(1, 50_000)),
    file("leak.gz", gzipSync(lines(1, 50_000))),
    file("leak.bin", "\0\0"),
    file("leak.zip", gzipSync("\0\0")),
  ];
  const before = openFiles();
  for (const path of paths) {
    await captureHead(path, never);
    await uuids(path).catch(() => undefined);
    const controller = new AbortController();
    const abort = () => {
      controller.abort();
    };
    await readCapture(path, abort, { signal: controller.signal }).catch(() => undefined);
  }
  assert.equal(openFiles(), before);
});

describe("sets of files", () => {
  const names = {
    exporter: ["events-2026-11-22T09-00-00.000.log.gz", "events-2026-11-22T10-00-00.000.log", "events.log"],
    logrotate: ["flows.log", "flows.log.1", "flows.log.2.gz", "flows.log-20261122"],
    others: ["events-other.log", "events.json", "eventsX.log"],
  };

  test("a rotated set is found from each of its files, and nothing else with it", async () => {
    const here = join(folder, "rotated");
    mkdirSync(here);
    for (const name of Object.values(names).flat()) writeFileSync(join(here, name), line(1));
    for (const set of [names.exporter, names.logrotate]) {
      for (const name of set) {
        assert.deepEqual(
          await rotatedSet(join(here, name)),
          [...set].sort().map((each) => join(here, each)),
        );
      }
    }
    for (const name of names.others) assert.deepEqual(await rotatedSet(join(here, name)), [join(here, name)]);
  });

  test("files and the captures of folders come in the order of time", async () => {
    const here = join(folder, "several");
    mkdirSync(here);
    const [late, early, none] = ["a.jsonl", "b.log.gz", "c.jsonl"].map((name) => join(here, name));
    writeFileSync(late ?? "", line("late", 30));
    writeFileSync(early ?? "", gzipSync(line("early", 20)));
    writeFileSync(none ?? "", '{"flow":{"uuid":"none"}}\n');
    utimesSync(none ?? "", 1_000_000_000, 1_000_000_000);
    writeFileSync(join(here, "README.md"), "# not a capture\n");
    writeFileSync(join(here, "empty.log"), "");
    writeFileSync(join(here, "picture.png"), "\x89PNG\0\0");
    mkdirSync(join(here, "deeper"));
    const first = file("first.jsonl", line("first", 1));
    const found = await captureFiles([here, first, first], never);
    assert.deepEqual(found, [none, first, early, late].filter((each) => each !== none).toSpliced(0, 0, none));
    const order: string[] = [];
    const results = await readCaptures(
      found,
      (_raw, response) => {
        if (response.kind === "flow") order.push(response.flow.uuid ?? "");
      },
      { signal: never },
    );
    assert.deepEqual(order, ["none", "first", "early", "late"]);
    assert.equal(results.length, 4);
  });

  test("a file that is being packed is in its set once", async () => {
    const here = mkdtempSync(join(folder, "packing-"));
    const [plain, current] = ["events-2026-11-22T10-00-00.000.log", "events.log"].map((name) =>
      join(here, name),
    );
    for (const path of [plain, `${plain}.gz`, current]) writeFileSync(path ?? "", line(1));
    assert.deepEqual(await rotatedSet(current ?? ""), [plain, current]);
  });

  test("links count as what they lead to, once; one to nothing counts as nothing", {
    skip: process.platform === "win32",
  }, async () => {
    const here = mkdtempSync(join(folder, "links-"));
    const target = file("target.jsonl", line(1));
    for (const name of ["a.jsonl", "b.jsonl"]) symlinkSync(target, join(here, name));
    symlinkSync(join(folder, "nothing"), join(here, "c.jsonl"));
    symlinkSync(folder, join(here, "d.jsonl"));
    assert.equal((await captureFiles([here], never)).length, 1);
    assert.deepEqual(await captureFiles([target, here], never), [target]);
  });

  const empty: readonly (readonly [string, (path: string) => void, RegExp])[] = [
    ["without a file", () => undefined, /is a folder with no file directly in it/],
    [
      "without a capture",
      (path) => {
        writeFileSync(join(path, "a.txt"), "hi\n");
      },
      /with 1 files, but none with flows/,
    ],
  ];
  for (const [what, fill, message] of empty) {
    test(`a folder ${what} is refused`, async () => {
      const path = mkdtempSync(join(folder, "empty-"));
      fill(path);
      await assert.rejects(captureFiles([path], never), message);
    });
  }

  test("a file of several that cannot be read is named, the others are read; when all cannot, that is refused", async () => {
    const [good, bad, missing] = [
      file("good.jsonl", `${line(1)}broken\n`),
      file("bad.jsonl", "\0\0"),
      join(folder, "none"),
    ];
    const results = await readCaptures([bad, good, missing], () => undefined, { signal: never });
    const told = results.map((result) =>
      "error" in result ? result.error.kind : result.brokenLines.map(({ line: number }) => number),
    );
    assert.deepEqual(told, ["not-a-capture", [2], "not-found"]);
    await assert.rejects(
      readCaptures([missing, bad], () => undefined, { signal: never }),
      /There is no file/,
    );
  });

  test("progress is of all files together", async () => {
    const paths = [file("p1.jsonl", lines(1, 3_000)), file("p2.jsonl", lines(1, 3_000))];
    const total = 2 * Buffer.byteLength(lines(1, 3_000));
    const seen: number[] = [];
    await readCaptures(paths, () => undefined, {
      signal: never,
      onProgress: (bytes, of) => {
        assert.equal(of, total);
        seen.push(bytes);
      },
    });
    assert.deepEqual(
      seen,
      [...seen].sort((a, b) => a - b),
    );
    assert.equal(seen.at(-1), total);
  });
});

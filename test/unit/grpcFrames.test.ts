import assert from "node:assert/strict";
import { test } from "node:test";
import { SeededRandom } from "../../src/demo/seededRandom.ts";
import { GrpcFrames } from "../../src/hubble/grpcFrames.ts";
import { framed } from "../support/frameRelay.ts";

const megabyte = 1 << 20;

/** Pushes chunks until one gives a problem; says what was handed out, as text, and the problem. */
function read(chunks: readonly Buffer[]): readonly [messages: readonly string[], problem?: string] {
  const messages: string[] = [];
  const frames = new GrpcFrames((raw) => messages.push(Buffer.from(raw).toString("latin1")));
  for (const chunk of chunks) {
    const problem = frames.push(chunk);
    if (problem) {
      assert.equal(frames.push(framed("after")), undefined);
      return [messages, problem];
    }
  }
  assert.equal(frames.isMidMessage, false);
  return [messages];
}

test("messages come the same however the bytes are cut into chunks", () => {
  const seeded = new SeededRandom(1);
  const random = (): number => seeded.fraction();
  for (let round = 0; round < 500; round++) {
    const messages = Array.from({ length: 1 + Math.floor(random() * 12) }, () =>
      String.fromCharCode(32 + Math.floor(random() * 90)).repeat(Math.floor(random() ** 4 * 300_000)),
    );
    const bytes = Buffer.concat(messages.map((message) => framed(message)));
    const longest = 1 + Math.floor(random() ** 3 * bytes.length);
    const chunks: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += chunks.at(-1)?.length ?? 0)
      chunks.push(bytes.subarray(at, at + 1 + Math.floor(random() * Math.min(longest, 70_000))));
    assert.deepEqual(read(chunks), [messages], `round ${round}`);
  }
});

test("a message that lies whole in a chunk is no copy", () => {
  const chunk = Buffer.concat([framed("one"), framed("two")]);
  const buffers: unknown[] = [];
  new GrpcFrames((raw) => buffers.push(raw.buffer)).push(chunk);
  assert.deepEqual(
    buffers.map((buffer) => buffer === chunk.buffer),
    [true, true],
  );
});

test("a message that is kept is not written over by the next one", () => {
  const kept: Uint8Array[] = [];
  const frames = new GrpcFrames((raw) => kept.push(raw));
  const bytes = Buffer.concat([framed("first"), framed("other")]);
  for (const byte of bytes) frames.push(Buffer.of(byte));
  assert.deepEqual(
    kept.map((raw) => Buffer.from(raw).toString()),
    ["first", "other"],
  );
});

const refused: readonly (readonly [string, Buffer, string])[] = [
  ["64 MiB and a byte", framed("", 0, 64 * megabyte + 1), "too-large"],
  ["4 GiB", framed("", 0, 2 ** 32 - 1), "too-large"],
  ["compressed", framed("zip", 1), "compressed"],
  ["of no known kind", framed("what", 255), "compressed"],
];
for (const [name, message, problem] of refused) {
  test(`refused, and nothing after it: ${name}`, () => {
    const before = framed("before");
    const whole = Buffer.concat([before, message]);
    assert.deepEqual(read([whole]), [["before"], problem]);
    assert.deepEqual(read([...whole].map((byte) => Buffer.of(byte))), [["before"], problem]);
  });
}

test("what is announced takes no memory until it comes", () => {
  const holders: GrpcFrames[] = [];
  const before = process.memoryUsage().arrayBuffers;
  for (let count = 0; count < 50; count++) {
    const frames = new GrpcFrames(() => undefined);
    frames.push(framed("a beginning", 0, 64 * megabyte));
    assert.equal(frames.isMidMessage, true);
    holders.push(frames);
  }
  const grown = process.memoryUsage().arrayBuffers - before;
  assert.ok(grown < 8 * megabyte, `${grown} bytes for ${holders.length} announcements`);
});

test("the largest message that is allowed comes whole", () => {
  const large = Buffer.alloc(64 * megabyte, 7);
  let length = 0;
  const frames = new GrpcFrames((raw) => (length = raw.length));
  const bytes = framed(large);
  for (let at = 0; at < bytes.length; at += megabyte) frames.push(bytes.subarray(at, at + megabyte));
  assert.deepEqual([length, frames.isMidMessage], [large.length, false]);
});

test("whoever has enough gets no more of the chunk at hand", () => {
  let count = 0;
  const frames = new GrpcFrames(() => {
    count++;
    frames.end();
  });
  frames.push(Buffer.concat([framed("a"), framed("b"), framed("c").subarray(0, 5)]));
  frames.push(framed("d"));
  assert.equal(count, 1);
});

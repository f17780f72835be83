import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { test } from "node:test";
import { LineWriter } from "../../src/cli/lineWriter.ts";

/** Takes its time for every chunk, as a pipe to somebody slow does. */
class SlowStream extends Writable {
  readonly chunks: Buffer[] = [];

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    setImmediate(() => {
      // Only now it is looked at: what was given must still be there.
      this.chunks.push(Buffer.from(chunk));
      done();
    });
  }
}

test("lines of text and of bytes leave in their order and whole, in few pieces", async () => {
  const stream = new SlowStream();
  const writer = new LineWriter(stream);
  const lines: string[] = [];
  const reused = Buffer.alloc(300_000);
  for (let index = 0; index < 6_000; index++) {
    const line = `${index}:${"x".repeat(index === 3_000 ? 250_000 : index % 200)}é`;
    lines.push(line);
    if (index % 1_000 < 900) writer.writeBytes(reused.subarray(0, reused.write(line)));
    else writer.write(line);
  }
  writer.write(undefined);
  await writer.flush();
  assert.equal(Buffer.concat(stream.chunks).toString(), `${lines.join("\n")}\n`);
  assert.ok(stream.chunks.length < 40, `${stream.chunks.length} pieces`);
});

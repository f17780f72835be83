import assert from "node:assert/strict";
import test from "node:test";
import { ByteSegments } from "../../src/flows/byteSegments.ts";

const mebibyte = 1 << 20;

test("what goes in comes out, across segments", () => {
  const segments = new ByteSegments();
  const sizes = [1, 0, mebibyte - 1, 1, 5, 3 * mebibyte, 7];
  const places = sizes.map((size, index) => segments.append(new Uint8Array(size).fill(index + 1)));
  assert.deepEqual(
    places.map((place) => place.segment),
    [0, 0, 0, 1, 1, 2, 3],
  );
  for (const [index, place] of places.entries()) {
    const read = segments.read(place.segment, place.offset, sizes[index] ?? 0);
    assert.equal(read.length, sizes[index]);
    assert.ok(read.every((byte) => byte === index + 1));
  }
  assert.equal(segments.bytes, 6 * mebibyte);
});

test("the bytes are copied in", () => {
  const segments = new ByteSegments();
  const bytes = Uint8Array.of(1, 2, 3);
  const { segment, offset } = segments.append(bytes);
  bytes.fill(9);
  assert.deepEqual([...segments.read(segment, offset, 3)], [1, 2, 3]);
});

test("dropped segments are gone and their memory with them; numbers go on", () => {
  const segments = new ByteSegments();
  for (let index = 0; index < 3; index++) segments.append(new Uint8Array(mebibyte));
  segments.dropBefore(2);
  assert.equal(segments.bytes, mebibyte);
  assert.throws(() => segments.read(1, 0, 1), /segment 1 is not held/);
  assert.equal(segments.read(2, 0, 4).length, 4);
  segments.dropBefore(Infinity);
  assert.equal(segments.bytes, 0);
  assert.deepEqual(segments.append(Uint8Array.of(7)), { segment: 3, offset: 0 });
});

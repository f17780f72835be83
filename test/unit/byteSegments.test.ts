import assert from "node:assert/strict";
import test from "node:test";
import { ByteSegments } from "../../src/flows/byteSegments.ts";

const segmentSize = 1 << 18;

/** Reserves room for so many bytes, fills it, and answers its place. */
function put(segments: ByteSegments, size: number, byte: number): number {
  const place = reserve(segments, size);
  bytesAt(segments, place, size).fill(byte);
  return place;
}

/** Answers the place. */
function reserve(segments: ByteSegments, size: number): number {
  const offset = segments.reserve(size);
  return segments.newestPlace + offset;
}

function bytesAt(segments: ByteSegments, place: number, size: number): Uint8Array {
  return new Uint8Array(segments.viewAt(place).buffer, segments.offsetOf(place), size);
}

test("what goes in comes out, across segments", () => {
  const segments = new ByteSegments();
  const sizes = [1, 0, segmentSize - 1, 1, 5, 3 * segmentSize, 7];
  const places = sizes.map((size, index) => put(segments, size, index + 1));
  assert.deepEqual(places, [0, 1, 1, segmentSize, segmentSize + 1, 2 * segmentSize, 3 * segmentSize]);
  for (const [index, place] of places.entries()) {
    const size = sizes[index] ?? 0;
    assert.ok(
      bytesAt(segments, place, size).every((byte) => byte === index + 1),
      `${size} bytes`,
    );
  }
  assert.equal(segments.bytes, 6 * segmentSize);
});

test("nothing lies after the end", () => {
  const segments = new ByteSegments();
  const ends = [0, 5, segmentSize - 5, 2 * segmentSize, 1, 0].map((size) => {
    const place = reserve(segments, size);
    return [place, segments.end];
  });
  assert.deepEqual(ends, [
    [0, 0],
    [0, 5],
    [5, segmentSize],
    [segmentSize, 2 * segmentSize],
    [2 * segmentSize, 2 * segmentSize + 1],
    [2 * segmentSize + 1, 2 * segmentSize + 1],
  ]);
});

test("dropped segments are gone and their memory with them; places go on", () => {
  const segments = new ByteSegments();
  for (let index = 0; index < 3; index++) put(segments, segmentSize, index);
  segments.dropBefore(2 * segmentSize - 1);
  assert.equal(segments.bytes, 2 * segmentSize);
  segments.dropBefore(2 * segmentSize);
  assert.equal(segments.bytes, segmentSize);
  assert.throws(() => segments.viewAt(segmentSize), /segment 1 is not held/);
  assert.deepEqual([...bytesAt(segments, 2 * segmentSize, 2)], [2, 2]);
  segments.clear();
  assert.equal(segments.bytes, 0);
  assert.equal(reserve(segments, 7), 3 * segmentSize);
});

test("all may be dropped, and what comes then is kept", () => {
  const segments = new ByteSegments();
  for (const size of [segmentSize, 10, 3 * segmentSize, 0]) {
    put(segments, size, 1);
    segments.dropBefore(segments.end);
    const place = put(segments, 4, 9);
    segments.dropBefore(place);
    assert.deepEqual([...bytesAt(segments, place, 4)], [9, 9, 9, 9], `after ${size}`);
  }
});

test("a dropped segment is used again, with nothing but what is written anew to be read", () => {
  const segments = new ByteSegments();
  const first = put(segments, segmentSize, 1);
  const { buffer } = segments.viewAt(first);
  put(segments, segmentSize, 2);
  segments.dropBefore(segmentSize);
  const third = put(segments, segmentSize, 3);
  assert.equal(segments.viewAt(third).buffer, buffer);
  assert.equal(segments.bytes, 2 * segmentSize);
});

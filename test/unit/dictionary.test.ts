import assert from "node:assert/strict";
import test from "node:test";
import { SeededRandom } from "../../src/demo/seededRandom.ts";
import { Dictionary } from "../../src/flows/dictionary.ts";
import { createFlowDictionaries } from "../../src/flows/flowDictionaries.ts";
import { readUtf8, writeUtf8 } from "../../src/flows/utf8.ts";

function textDictionary(): Dictionary<string> {
  return new Dictionary(readUtf8);
}

test("equal bytes share a number, wherever they lie; 0 is absent", () => {
  const dictionary = textDictionary();
  const bytes = writeUtf8("..abcabcdabcdefghXabc");
  const keys: readonly (readonly [number, number])[] = [
    [2, 5],
    [5, 8],
    [5, 9],
    [9, 17],
    [18, 21],
    [3, 3],
    [0, 0],
  ];
  const numbers = keys.map(([start, end]) => dictionary.intern(bytes, start, end));
  assert.deepEqual(numbers, [1, 1, 2, 3, 1, 4, 4]);
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5].map((number) => dictionary.get(number)),
    [undefined, "abc", "abcd", "abcdefgh", "", undefined],
  );
  assert.deepEqual([dictionary.numberOf("abcd"), dictionary.numberOf("abd"), dictionary.size], [2, 0, 5]);
  assert.deepEqual(
    [dictionary.bytesAt(2), dictionary.bytesAt(0), dictionary.bytesAt(5)],
    [writeUtf8("abcd"), undefined, undefined],
  );
});

test("each byte of a key counts, at every length", () => {
  const dictionary = textDictionary();
  for (let length = 1; length <= 40; length++) {
    const key = new Uint8Array(length).fill(7);
    const number = dictionary.intern(key, 0, length);
    for (let index = 0; index < length; index++) {
      const other = key.slice();
      other[index] = 8;
      assert.notEqual(dictionary.intern(other, 0, length), number, `${length} ${index}`);
    }
    assert.equal(dictionary.intern(key.slice(), 0, length), number);
  }
  assert.equal(dictionary.size, 1 + 40 + (40 * 41) / 2);
});

test("long keys are told apart wherever they differ, and by their lengths, also where their ends are equal", () => {
  const dictionary = textDictionary();
  const lengths = [255, 256, 300, 700];
  const keys = lengths.flatMap((length) =>
    [0, 7, 8, 100, 130, length - 97, length - 96, length - 1].map((place) => {
      const key = new Uint8Array(length).fill(7);
      key[place] = 9;
      return key;
    }),
  );
  const intern = () => keys.map((key) => dictionary.intern(key, 0, key.length));
  const first = intern();
  assert.equal(new Set(first).size, keys.length);
  assert.deepEqual([intern(), intern()], [first, first]);
  // Every other one is forgotten: no guess may lead to what it was.
  const used = new Uint8Array(dictionary.size).map((_, number) => (number % 2 === 1 ? 1 : 0));
  const renumbered = dictionary.compact(used);
  const found = keys.map((key) => dictionary.find(key, 0, key.length));
  assert.deepEqual(
    found,
    first.map((number) => renumbered[number]),
  );
  assert.deepEqual(
    intern().map((number) => dictionary.bytesAt(number)),
    keys,
  );
});

test("a key is copied: what is written over it later does not count", () => {
  const dictionary = textDictionary();
  const bytes = writeUtf8("pod-1");
  assert.equal(dictionary.intern(bytes, 0, bytes.length), 1);
  bytes[4] = 0x32;
  assert.deepEqual([dictionary.get(1), dictionary.intern(bytes, 0, bytes.length)], ["pod-1", 2]);
});

test("values are made when they are asked for, and can be given instead", () => {
  const read: string[] = [];
  const dictionary = new Dictionary((bytes) => {
    const text = readUtf8(bytes);
    read.push(text);
    return { text };
  });
  const key = writeUtf8("ab");
  dictionary.intern(key, 0, 1);
  dictionary.intern(key, 1, 2);
  assert.deepEqual(read, []);
  assert.equal(dictionary.get(2), dictionary.get(2));
  const given = { text: "given" };
  assert.deepEqual([dictionary.internValue("c", given), dictionary.get(3) === given], [3, true]);
  assert.deepEqual([dictionary.internValue("c", { text: "again" }), dictionary.get(3) === given], [3, true]);
  assert.deepEqual(read, ["b"]);
});

test("of values that can be made again only so many are held; those that were given stay", () => {
  const dictionary = new Dictionary((bytes) => ({ text: readUtf8(bytes) }));
  const given = { text: "given" };
  dictionary.internValue("first", given);
  const key = new Uint8Array(4);
  for (let index = 0; index < 100_000; index++) {
    new DataView(key.buffer).setUint32(0, 0x30303030 + index);
    const number = dictionary.intern(key, 0, 4);
    assert.equal(dictionary.get(number), dictionary.get(number));
  }
  assert.equal(dictionary.get(1), given);
  assert.deepEqual(dictionary.get(2), { text: "0000" });
});

test("compacting forgets what is unused and says what the rest became", () => {
  const dictionary = textDictionary();
  for (const key of ["a", "b", "c", "d"]) dictionary.internValue(key, key);
  const renumbered = dictionary.compact(Uint8Array.of(1, 0, 1, 0, 1));
  assert.deepEqual([...renumbered], [0, 0, 1, 0, 2]);
  assert.deepEqual([dictionary.numberOf("a"), dictionary.numberOf("b"), dictionary.get(2)], [0, 1, "d"]);
  assert.equal(dictionary.internValue("a", "a again"), 3);
  assert.equal(dictionary.get(3), "a again");
});

test("random keys, short and very long, are found again through growth and compactions", () => {
  const random = new SeededRandom(11);
  const dictionary = textDictionary();
  let known = new Map<string, number>();
  for (let round = 0; round < 12; round++) {
    for (let index = 0; index < 500; index++) {
      const length =
        random.fraction() < 0.01
          ? Math.floor(random.fraction() * 600_000)
          : Math.floor(random.fraction() * 300);
      const key = new Uint8Array(length).fill(97 + Math.floor(random.fraction() * 26));
      key.set(writeUtf8(String(Math.floor(random.fraction() * 5000))).subarray(0, length));
      const number = dictionary.intern(key, 0, length);
      assert.equal(known.get(readUtf8(key)) ?? known.size + 1, number);
      known.set(readUtf8(key), number);
    }
    const used = new Uint8Array(dictionary.size);
    const part = random.fraction();
    for (const number of known.values()) used[number] = random.fraction() < part ? 1 : 0;
    const renumbered = dictionary.compact(used);
    known = new Map(
      [...known]
        .filter(([, number]) => used[number] === 1)
        .map(([key, number]) => [key, renumbered[number] ?? 0]),
    );
    assert.equal(dictionary.size, known.size + 1);
    for (const [key, number] of known) assert.equal(dictionary.numberOf(key), number);
    for (const [key, number] of known) assert.equal(dictionary.get(number), key);
  }
});

test("compacting frees the memory of what is forgotten", () => {
  const dictionary = textDictionary();
  const key = new Uint8Array(1000);
  for (let index = 0; index < 20_000; index++) {
    new DataView(key.buffer).setUint32(500, index);
    dictionary.intern(key, 0, key.length);
  }
  assert.ok(dictionary.bytes > 20_000_000, `${dictionary.bytes} bytes`);
  const used = new Uint8Array(dictionary.size);
  for (let number = 1; number < used.length; number += 100) used[number] = 1;
  dictionary.compact(used);
  assert.ok(dictionary.bytes < 1_000_000, `${dictionary.bytes} bytes`);
  dictionary.compact(new Uint8Array(dictionary.size));
  assert.deepEqual([dictionary.size, dictionary.bytes < 10_000], [1, true]);
});

test("the empty key, which takes no bytes, outlives all that lay around it", () => {
  const dictionary = textDictionary();
  const empty = dictionary.intern(new Uint8Array(), 0, 0);
  for (let index = 0; index < 500; index++) dictionary.internValue(`${index} of many keys`, "");
  const used = new Uint8Array(dictionary.size);
  used[empty] = 1;
  const now = dictionary.compact(used)[empty] ?? 0;
  assert.deepEqual([dictionary.size, dictionary.get(now), dictionary.numberOf("")], [2, "", now]);
});

test("texts become bytes and texts again as in the Encoding standard", () => {
  const random = new SeededRandom(5);
  const texts = ["", "plain", "é ü ß", "漢字", "🦝 raccoon", "\u{feff}mark", "\u0000"];
  for (const text of texts) assert.deepEqual(writeUtf8(text), new TextEncoder().encode(text), text);
  assert.notDeepEqual(writeUtf8("\ud800"), writeUtf8("\ud801"));
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const likely = [0x41, 0x80, 0xbf, 0xc2, 0xe0, 0xe1, 0xed, 0xf0, 0xf1, 0xf4, 0xf5, 0xff, 0x90, 0xa0];
  for (let round = 0; round < 20_000; round++) {
    const bytes = Uint8Array.from(
      { length: Math.floor(random.fraction() * 9) },
      () => likely[Math.floor(random.fraction() * likely.length)] ?? 0,
    );
    assert.equal(readUtf8(bytes), decoder.decode(bytes), [...bytes].join(" "));
  }
  const long = "a🦝".repeat(10_000);
  assert.equal(readUtf8(writeUtf8(long)), long);
});

test("without readers, what comes by bytes is known by its bytes only", () => {
  const { strings, endpoints, l7Records, attributions } = createFlowDictionaries();
  const bytes = writeUtf8("name");
  const numbers = [strings, endpoints, l7Records, attributions].map((dictionary) =>
    dictionary.intern(bytes, 0, bytes.length),
  );
  assert.deepEqual(numbers, [1, 1, 1, 1]);
  assert.deepEqual(
    [strings.get(1), endpoints.get(1)?.podName, attributions.get(1)],
    ["name", "", { allowedBy: [], deniedBy: [] }],
  );
  assert.equal(l7Records.get(1)?.protocol, "http");
});

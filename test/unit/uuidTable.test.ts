import assert from "node:assert/strict";
import test from "node:test";
import { SeededRandom } from "../../src/demo/seededRandom.ts";
import { readUuid, uuidText } from "../../src/flows/uuidText.ts";
import { type RecordUuid, UuidTable } from "../../src/flows/uuidTable.ts";

const first = "00112233-4455-6677-8899-aabbccddeeff";

function uuidOf(text: string): RecordUuid {
  const words = { uuid0: 0, uuid1: 0, uuid2: 0, uuid3: 0 };
  const usual = readUuid(text, words);
  return { uuidForm: text === "" ? 0 : usual ? 1 : 2, uuidText: usual ? "" : text, ...words };
}

const texts: readonly (readonly [text: string, usual: boolean])[] = [
  [first, true],
  ["ffffffff-ffff-ffff-ffff-ffffffffffff", true],
  ["00000000-0000-0000-0000-000000000000", true],
  ["80000001-8000-8000-8000-800000000001", true],
  ["00112233-4455-6677-8899-AABBCCDDEEFF", false],
  ["00112233-4455-6677-8899-aabbccddeef", false],
  ["00112233-4455-6677-8899-aabbccddeeff0", false],
  ["00112233-4455-6677-8899aabbccddeeff--", false],
  ["0011223g-4455-6677-8899-aabbccddeeff", false],
  ["flow 7", false],
  ["ü", false],
];

for (const [text, usual] of texts) {
  test(`held and gone again: ${text}`, () => {
    const words = { uuid0: 0, uuid1: 0, uuid2: 0, uuid3: 0 };
    assert.equal(readUuid(text, words), usual);
    if (usual) assert.equal(uuidText(words), text);
    const table = new UuidTable(4);
    assert.equal(table.holdsText(text), false);
    table.put(2, uuidOf(text));
    assert.deepEqual([table.holdsText(text), table.textAt(2), table.textAt(1)], [true, text, undefined]);
    table.remove(2);
    assert.deepEqual([table.holdsText(text), table.textAt(2)], [false, undefined]);
  });
}

test("one that is absent is never held, and a slot without one can be emptied", () => {
  const table = new UuidTable(2);
  table.put(0, uuidOf(""));
  assert.deepEqual(
    [table.holds(uuidOf("")), table.holdsText(""), table.textAt(0)],
    [false, false, undefined],
  );
  table.remove(0);
  table.put(0, uuidOf(first));
  assert.equal(table.textAt(0), first);
});

test("each word counts", () => {
  const table = new UuidTable(8);
  table.put(0, uuidOf(first));
  for (const at of [7, 10, 20, 35]) {
    const other = `${first.slice(0, at)}0${first.slice(at + 1)}`;
    assert.deepEqual([other, table.holdsText(other)], [other, false]);
  }
});

test("as a naive model has it, while slots of a ring are used again and again, full or nearly empty", () => {
  const random = new SeededRandom(3);
  for (const slots of [1, 2, 3, 10, 64, 700]) {
    const table = new UuidTable(slots);
    const model = new Map<number, string>();
    const gone: string[] = [];
    for (let row = 0; row < 6000; row++) {
      const slot = row % slots;
      const old = model.get(slot);
      if (old !== undefined) gone.push(old);
      table.remove(slot);
      model.delete(slot);
      if (random.percent(2)) {
        for (const other of model.keys()) table.remove(other);
        model.clear();
      }
      const text = random.percent(80) ? random.uuid() : random.percent(50) ? `odd ${row}` : "";
      table.put(slot, uuidOf(text));
      if (text !== "") model.set(slot, text);
      const probe = random.pick([...model.values(), "none"]);
      assert.equal(table.holdsText(probe), probe !== "none");
      const before = gone.at(-1 - random.integer(0, 5));
      if (before !== undefined) assert.equal(table.holdsText(before), false);
    }
    for (let slot = 0; slot < slots; slot++) assert.equal(table.textAt(slot), model.get(slot));
    for (const text of model.values()) assert.equal(table.holdsText(text), true);
  }
});

test("stretches of slots can be taken over by another table", () => {
  const random = new SeededRandom(9);
  const table = new UuidTable(100);
  const held = Array.from({ length: 100 }, (_, slot) => (slot % 7 === 0 ? `odd ${slot}` : random.uuid()));
  for (const [slot, text] of held.entries()) table.put(slot, uuidOf(text));
  const other = new UuidTable(30);
  table.copyTo(other, { from: 40, to: 5, count: 20 });
  for (let slot = 0; slot < 30; slot++) {
    const expected = slot >= 5 && slot < 25 ? held[slot + 35] : undefined;
    assert.equal(other.textAt(slot), expected);
  }
  for (const [slot, text] of held.entries()) {
    assert.equal(other.holdsText(text), slot >= 40 && slot < 60, text);
  }
});

import assert from "node:assert/strict";
import test from "node:test";
import { Interner } from "../../src/flows/interner.ts";

test("equal keys share a number; 0 is absent", () => {
  const interner = new Interner<string>();
  const numbers = ["a", "b", "a", "c", "b"].map((key) => interner.intern(key, () => key.toUpperCase()));
  assert.deepEqual(numbers, [1, 2, 1, 3, 2]);
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((number) => interner.get(number)),
    [undefined, "A", "B", "C", undefined],
  );
  assert.deepEqual([interner.numberOf("c"), interner.numberOf("d"), interner.size], [3, 0, 4]);
});

test("compacting forgets what is unused and says what the rest became", () => {
  const interner = new Interner<string>();
  for (const key of ["a", "b", "c", "d"]) interner.intern(key, () => key);
  const renumbered = interner.compact(Uint8Array.of(1, 0, 1, 0, 1));
  assert.deepEqual([...renumbered], [0, 0, 1, 0, 2]);
  assert.deepEqual([interner.numberOf("a"), interner.numberOf("b"), interner.get(2)], [0, 1, "d"]);
  assert.equal(
    interner.intern("a", () => "a again"),
    3,
  );
  assert.equal(interner.get(3), "a again");
});

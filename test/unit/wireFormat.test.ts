import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { GetFlowsResponseSchema } from "../../src/hubble/gen/observer/observer_pb.js";
import { WireReader } from "../../src/hubble/wireFormat.ts";
import { WireShape } from "../../src/hubble/wireShape.ts";
import { lengthField, longVarint, varint } from "../support/randomWire.ts";

/** What a reader says of each field, and at last whether something was bad. */
function readAll(bytes: readonly number[]): readonly unknown[] {
  const reader = new WireReader();
  // What lies around the message must not be read.
  reader.open(Uint8Array.from([0x7f, ...bytes, 0x7f, 0x7f]), 1, bytes.length + 1);
  const said: unknown[] = [];
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    const wireType = tag & 7;
    if (wireType === 0) said.push([tag >>> 3, reader.uint64()]);
    else if (wireType === 2) said.push([tag >>> 3, reader.text()]);
    else said.push([tag >>> 3, `type ${wireType}`, reader.position - reader.fieldStart]);
  }
  return [...said, reader.isBad() ? "bad" : "good"];
}

const group = (field: number, ...inner: readonly number[]) => [
  ...varint(BigInt(field * 8 + 3)),
  ...inner,
  ...varint(BigInt(field * 8 + 4)),
];

function nested(depth: number): number[] {
  return depth === 0 ? [] : group(15, ...nested(depth - 1));
}

describe("the wire format", () => {
  const cases: readonly (readonly [string, readonly number[], readonly unknown[]])[] = [
    ["nothing", [], ["good"]],
    ["a number", [0x08, 0x05], [[1, 5], "good"]],
    ["a number of two bytes", [0x08, 0x96, 0x01], [[1, 150], "good"]],
    ["the largest of 32 bits", [0x08, ...varint(2n ** 32n - 1n)], [[1, 2 ** 32 - 1], "good"]],
    ["one of 53 bits", [0x08, ...varint(2n ** 53n - 1n)], [[1, 2 ** 53 - 1], "good"]],
    ["the largest of 64 bits", [0x08, ...varint(2n ** 64n - 1n)], [[1, 2 ** 64], "good"]],
    ["a number longer than it need be", [0x08, ...longVarint(5n, 10)], [[1, 5], "good"]],
    ["a number of eleven bytes", [0x08, ...longVarint(5n, 11)], ["bad"]],
    ["a number without an end", [0x08, 0x80], ["bad"]],
    ["a tag alone", [0x08], ["bad"]],
    ["a text", lengthField(2, [0x68, 0x69]), [[2, "hi"], "good"]],
    ["an empty text", [0x12, 0x00, 0x08, 0x01], [[2, ""], [1, 1], "good"]],
    ["a text longer than the message", [0x12, 0x03, 0x68, 0x69], ["bad"]],
    ["a text of 64 MB that is not there", [0x12, ...varint(2n ** 26n), 0x68], ["bad"]],
    ["a text of 4 GB", [0x12, ...varint(2n ** 32n - 1n), 0x68], ["bad"]],
    ["a length that 32 bits do not hold", [0x12, ...varint(2n ** 32n + 1n), 0x68], ["bad"]],
    ["a length longer than it need be", [0x12, ...longVarint(1n, 4), 0x68], [[2, "h"], "good"]],
    ["field 0", [0x00, 0x01], ["bad"]],
    ["field 0 of two bytes", [0x82, 0x00, 0x00], ["bad"]],
    ["the last field", [...varint((2n ** 29n - 1n) * 8n), 0x01], [[2 ** 29 - 1, 1], "good"]],
    ["a field after the last", [...varint(2n ** 32n), 0x01], ["bad"]],
    ["a tag longer than it may be", [...longVarint(8n, 6), 0x01], ["bad"]],
    ["8 bytes", [0x09, 1, 2, 3, 4, 5, 6, 7, 8], [[1, "type 1", 9], "good"]],
    ["8 bytes of which one is missing", [0x09, 1, 2, 3, 4, 5, 6, 7], ["bad"]],
    ["4 bytes", [0x0d, 1, 2, 3, 4], [[1, "type 5", 5], "good"]],
    ["4 bytes of which one is missing", [0x0d, 1, 2, 3], ["bad"]],
    ["wire type 6", [0x0e, 0x00], ["bad"]],
    ["wire type 7", [0x0f, 0x00], ["bad"]],
    ["a group", [...group(3, 0x08, 0x01), 0x08, 0x02], [[3, "type 3", 4], [1, 2], "good"]],
    ["groups in a group", group(3, ...group(4), ...group(5, ...group(6))), [[3, "type 3", 8], "good"]],
    ["a group that another ends", [0x1b, 0x24], ["bad"]],
    ["a group without an end", [0x1b, 0x08, 0x01], ["bad"]],
    ["an end without a group", [0x1c], ["bad"]],
    ["groups 16 deep", nested(16), [[15, "type 3", 32], "good"]],
    ["groups 17 deep", nested(17), ["bad"]],
    ["groups 100,000 deep", new Array<number>(100_000).fill(0x1b), ["bad"]],
  ];
  for (const [name, bytes, expected] of cases) {
    test(name, () => {
      assert.deepEqual(readAll(bytes), expected);
    });
  }

  test("numbers with a sign", () => {
    const reader = new WireReader();
    for (const number of [-1n, -5n, -(2n ** 31n), -62135596800n, 2n ** 31n - 1n, 1785070000n]) {
      reader.open(Uint8Array.from([0x08, ...varint(BigInt.asUintN(64, number))]));
      reader.next();
      assert.equal(reader.int64(), Number(number));
      assert.equal(reader.low, Number(BigInt.asIntN(32, number)));
    }
  });

  test("a message in a message ends where it says, whatever its fields say", () => {
    const reader = new WireReader();
    reader.open(Uint8Array.from([...lengthField(1, [0x12, 0x04, 0x68]), ...lengthField(2, [0x69])]));
    reader.next();
    const end = reader.enter();
    assert.equal(reader.next(), 0);
    reader.leave(end);
    assert.equal(reader.next(), 0);
    assert.equal(reader.isBad(), true);
  });

  test("texts are UTF-8", () => {
    const shape = new WireShape(GetFlowsResponseSchema);
    const texts = [
      { bytes: [...Buffer.from("node-1")], isText: true },
      { bytes: [...Buffer.from("n\u00f8de")], isText: true },
      { bytes: [...Buffer.from("\u{1f41d}".repeat(9))], isText: true },
      { bytes: [0x6e, 0xff], isText: false },
      { bytes: [0x6e, 0x6f, 0x64, 0x65, 0x80], isText: false },
      { bytes: [0x80, 0x6e, 0x6f, 0x64, 0x65], isText: false },
      { bytes: [0xed, 0xa0, 0x80], isText: false },
      { bytes: [0xc0, 0x80], isText: false },
    ];
    for (const { bytes, isText } of texts) {
      const reader = new WireReader();
      reader.open(Uint8Array.from(lengthField(1000, bytes)));
      shape.check(reader);
      assert.equal(reader.isBad(), !isText, Buffer.from(bytes).toString("hex"));
    }
  });
});

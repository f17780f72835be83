import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeFlow } from "../../src/demo/encodeFlow.ts";
import { SeededRandom } from "../../src/demo/seededRandom.ts";
import { createFlowDictionaries } from "../../src/flows/flowDictionaries.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import { FlowScanner } from "../../src/hubble/flowScanner.ts";
import { FlowSchema, Layer4Schema, Layer7Schema } from "../../src/hubble/gen/flow/flow_pb.js";
import { GetFlowsResponseSchema } from "../../src/hubble/gen/observer/observer_pb.js";
import { readResponse } from "../../src/hubble/readResponse.ts";
import { WireReader } from "../../src/hubble/wireFormat.ts";
import { wireReaders } from "../../src/hubble/wireReaders.ts";
import { hubbleMessages } from "../support/hubbleFixture.ts";
import { mutate } from "../support/mutateBytes.ts";
import { RandomWire, type RandomWireOptions } from "../support/randomWire.ts";
import { realisticFlows } from "../support/realisticFlows.ts";
import { fieldsOfFlow, fieldsOfRecord } from "../support/scannedFields.ts";

/** Longer than usual when somebody wants to search: `SCANNER_TEST_MS=600000`, with other seeds: `SCANNER_TEST_SEED=2`. */
const budgetMs = Number(process.env["SCANNER_TEST_MS"] ?? 1500);
const seed = Number(process.env["SCANNER_TEST_SEED"] ?? 1);

/** Scans messages one after the other with one scanner and compares each with what the full decoder says. */
class Comparison {
  readonly #store = new FlowStore({ maxFlows: 100, maxBytes: 1 << 20, readers: wireReaders });
  readonly #scanner = new FlowScanner(this.#store.dictionaries);
  /** How many were flows to both, and how many to the full decoder alone. */
  both = 0;
  left = 0;

  check(raw: Uint8Array): boolean {
    const scanned = this.#scanner.scan(raw);
    const response = readResponse(raw);
    if (!scanned) {
      if (response.kind === "flow") this.left += 1;
      return false;
    }
    const shown = Buffer.from(raw).toString("hex");
    if (response.kind !== "flow") assert.fail(`scanned, but ${response.kind}: ${shown}`);
    const { record } = this.#scanner;
    const fields = fieldsOfRecord(record, this.#store.dictionaries, raw);
    assert.deepEqual(fields, fieldsOfFlow(response.flow), shown);
    const row = this.#store.appendRecord(record, raw);
    if (row !== undefined) assert.deepEqual(Buffer.from(this.#store.rawAt(row) ?? []), Buffer.from(raw));
    this.both += 1;
    return true;
  }
}

/** Each choice of a protocol and of a record, besides none, comes up. */
const choices = [...Layer4Schema.oneofs, ...Layer7Schema.oneofs].map((oneof) =>
  oneof.fields.map((field) => field.name),
);

/** Makes every message a flow. */
function chooseFlow(names: readonly string[]): string | undefined {
  return names.includes("flow") ? "flow" : undefined;
}

/** Do the policies of a flow lie apart, with other fields between them? No writer does that, and the scanner leaves it. */
function policiesLieApart(raw: Uint8Array): boolean {
  const flow = new WireReader();
  flow.open(raw);
  while (flow.next() !== 0x0a);
  flow.enter();
  const places: number[] = [];
  for (let tag = flow.next(), place = 0; tag !== 0; tag = flow.next(), place++) {
    if (policyFields.has(tag >>> 3)) places.push(place);
  }
  return places.some((place, index) => index > 0 && place !== (places[index - 1] ?? 0) + 1);
}

const policyFields = new Set(
  FlowSchema.fields.filter((field) => field.message?.name === "Policy").map((field) => field.number),
);

describe("what writers write is scanned, as the full decoder reads it", () => {
  const cases: Readonly<Record<string, RandomWireOptions>> = {
    "every field": { fields: 100 },
    "half of the fields": { fields: 50 },
    "few fields": { fields: 15 },
    "fields in any order": { fields: 30, shuffled: true },
    "fields that nobody knows, at every level": { fields: 60, unknown: 20 },
  };
  for (const [name, options] of Object.entries(cases)) {
    test(name, () => {
      const random = new SeededRandom(seed);
      const comparison = new Comparison();
      const wire = new RandomWire(random, { ...options, choose: chooseFlow });
      for (let count = 0; count < 400; count++) {
        const raw = Uint8Array.from(wire.message(GetFlowsResponseSchema));
        if (comparison.check(raw) || !isFlow(raw)) continue;
        assert.ok(policiesLieApart(raw), Buffer.from(raw).toString("hex"));
      }
      assert.ok(comparison.both > 200, `${comparison.both} scanned`);
    });
  }

  test("every alternative", () => {
    const comparison = new Comparison();
    for (const name of choices.flat()) {
      const random = new SeededRandom(seed);
      const choose = (names: readonly string[]) => (names.includes(name) ? name : chooseFlow(names));
      const wire = new RandomWire(random, { fields: 100, choose });
      for (let count = 0; count < 20; count++) {
        assert.ok(comparison.check(Uint8Array.from(wire.message(GetFlowsResponseSchema))), name);
      }
    }
  });

  test("what the demo's relay sends", () => {
    const comparison = new Comparison();
    for (const raw of hubbleMessages) {
      const response = readResponse(raw);
      if (response.kind !== "flow" || ["VRRP", "IGMP"].includes(response.flow.l4?.protocol ?? "")) continue;
      assert.ok(comparison.check(encodeFlow(response.flow)));
    }
    assert.ok(comparison.both > 50);
  });

  test("notices are for the full decoder", () => {
    const scanner = new FlowScanner(createFlowDictionaries(wireReaders));
    for (const kind of ["node_status", "lost_events"]) {
      const random = new SeededRandom(seed);
      const choose = (names: readonly string[]) => (names.includes(kind) ? kind : undefined);
      const wire = new RandomWire(random, { fields: 100, choose });
      for (let count = 0; count < 50; count++) {
        const raw = Uint8Array.from(wire.message(GetFlowsResponseSchema));
        assert.equal(scanner.scan(raw), false);
        assert.equal(readResponse(raw).kind, "notice");
      }
    }
  });
});

describe("whatever bytes come, what is scanned is what the full decoder reads", () => {
  test("fields in forms that no writer gives them", () => {
    const random = new SeededRandom(seed);
    const comparison = new Comparison();
    const wire = new RandomWire(random, { fields: 25, unknown: 3, odd: 2, choose: chooseFlow });
    const until = performance.now() + budgetMs / 2;
    while (performance.now() < until) comparison.check(Uint8Array.from(wire.message(GetFlowsResponseSchema)));
    assert.ok(comparison.both > 10, `${comparison.both} scanned`);
    assert.ok(comparison.left > 10, `${comparison.left} left`);
  });

  test("damaged messages", () => {
    const random = new SeededRandom(seed);
    const comparison = new Comparison();
    const wire = new RandomWire(random, { fields: 40, choose: chooseFlow });
    const messages = [
      ...hubbleMessages,
      ...realisticFlows(60, { seed, endpoints: 30 }),
      ...Array.from({ length: 60 }, () => Uint8Array.from(wire.message(GetFlowsResponseSchema))),
    ];
    const until = performance.now() + budgetMs;
    while (performance.now() < until) {
      for (let count = 0; count < 50; count++) {
        comparison.check(mutate(random.pick(messages), random.pick(messages), random));
      }
    }
    assert.ok(comparison.both > 100, `${comparison.both} scanned`);
  });

  test("every prefix of a message", () => {
    const comparison = new Comparison();
    for (const raw of hubbleMessages.slice(0, 30)) {
      for (let length = 0; length < raw.length; length++) comparison.check(raw.subarray(0, length));
    }
  });
});

function isFlow(raw: Uint8Array): boolean {
  return readResponse(raw).kind === "flow";
}

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SeededRandom } from "../../src/demo/seededRandom.ts";
import { flowAt, flowRow, portText, sideText, verdictWord } from "../../src/engine/flowRow.ts";
import { eventText } from "../../src/flows/eventText.ts";
import type { Flow } from "../../src/flows/flow.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import { summaryText } from "../../src/flows/summaryText.ts";
import { FlowScanner } from "../../src/hubble/flowScanner.ts";
import { Layer4Schema, Layer7Schema } from "../../src/hubble/gen/flow/flow_pb.js";
import { GetFlowsResponseSchema } from "../../src/hubble/gen/observer/observer_pb.js";
import { readResponse } from "../../src/hubble/readResponse.ts";
import { wireReaders } from "../../src/hubble/wireReaders.ts";
import { fixtureLines, hubbleMessages } from "../support/hubbleFixture.ts";
import { RandomWire } from "../support/randomWire.ts";
import { realisticFlows } from "../support/realisticFlows.ts";

/** What a row says of a flow that was decoded as a whole. */
function texts(flow: Flow): unknown[] {
  return [
    flow.time.seconds * 1000 + flow.time.nanos / 1e6,
    sideText(flow, "source"),
    sideText(flow, "destination"),
    portText(flow),
    eventText(flow),
    verdictWord(flow),
    summaryText(flow),
  ];
}

/** Holds messages as they come from a relay or a capture, and compares the row of each with what decoding it says. */
class Comparison {
  readonly store: FlowStore;
  readonly #scanner: FlowScanner;
  compared = 0;

  constructor(maxFlows: number) {
    this.store = new FlowStore({ maxFlows, maxBytes: 1 << 20, readers: wireReaders });
    this.#scanner = new FlowScanner(this.store.dictionaries);
  }

  hold(raw: Uint8Array): number | undefined {
    if (this.#scanner.scan(raw)) return this.store.appendRecord(this.#scanner.record, raw);
    const response = readResponse(raw);
    return response.kind === "flow" ? this.store.append(response.flow, raw) : undefined;
  }

  check(row: number): void {
    const flow = flowAt(this.store, row);
    const found = flowRow(this.store, row);
    assert.ok(flow && found?.type === "flow");
    const { timeMs, source, destination, port, event, verdict, summary } = found;
    assert.deepEqual([timeMs, source, destination, port, event, verdict, summary], texts(flow));
    this.compared += 1;
  }
}

const choices = [...Layer4Schema.oneofs, ...Layer7Schema.oneofs].flatMap((oneof) =>
  oneof.fields.map(({ name }) => name),
);

function random(): Uint8Array[] {
  const rolled = new SeededRandom(7);
  return Array.from({ length: 2_000 }, (_, index) => {
    const choose = (names: readonly string[]) => {
      const wanted = choices[index % choices.length] ?? "";
      return names.includes("flow") ? "flow" : names.includes(wanted) ? wanted : undefined;
    };
    const wire = new RandomWire(rolled, { fields: index % 2 === 0 ? 50 : 90, choose, odd: index % 5 });
    return Uint8Array.from(wire.message(GetFlowsResponseSchema));
  });
}

describe("the row of a flow says what decoding all of it says", () => {
  const lines = fixtureLines("tutorial/flows.jsonl").map((line) => new TextEncoder().encode(line));
  const sources: readonly (readonly [what: string, messages: readonly Uint8Array[], atLeast: number])[] = [
    ["flows of every kind, of a relay", hubbleMessages, 20],
    ["lines of a capture", lines, 20],
    ["realistic flows", realisticFlows(500, { seed: 3 }), 500],
    ["any fields with any values", random(), 500],
  ];
  for (const [what, messages, atLeast] of sources) {
    test(what, () => {
      const comparison = new Comparison(10_000);
      for (const raw of messages) {
        const row = comparison.hold(raw);
        if (row !== undefined) comparison.check(row);
      }
      // In another order, when their dictionaries know more.
      for (let row = comparison.store.end - 1; row >= comparison.store.first; row--) comparison.check(row);
      assert.ok(comparison.compared >= atLeast, `${comparison.compared} rows were compared`);
    });
  }

  test("when numbers of the dictionaries have changed their meaning", () => {
    const comparison = new Comparison(50);
    const { store } = comparison;
    const generations = new Set<number>();
    for (const raw of realisticFlows(3_000, { seed: 5, churn: true })) {
      const row = comparison.hold(raw);
      if (row === undefined || row % 10 !== 0) continue;
      comparison.check(row);
      comparison.check(store.first);
      generations.add(store.generation);
    }
    assert.ok(generations.size > 1);
  });
});

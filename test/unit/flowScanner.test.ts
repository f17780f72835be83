import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createFlowDictionaries } from "../../src/flows/flowDictionaries.ts";
import { FlowScanner } from "../../src/hubble/flowScanner.ts";
import { readResponse } from "../../src/hubble/readResponse.ts";
import { wireReaders } from "../../src/hubble/wireReaders.ts";
import { fixtureLines, hubbleMessages, rawOf } from "../support/hubbleFixture.ts";
import { realisticFlows } from "../support/realisticFlows.ts";
import { fieldsOfFlow, fieldsOfRecord } from "../support/scannedFields.ts";

describe("the flow scanner reads what a relay sends", () => {
  const sources = {
    "flows of every kind": hubbleMessages,
    "the tutorial": fixtureLines("tutorial/flows.jsonl").map(rawOf),
    "a large cluster": realisticFlows(3000, { seed: 11, endpoints: 500 }),
    "pods that come and go": realisticFlows(500, { seed: 12, endpoints: 500, churn: true }),
  };
  for (const [name, messages] of Object.entries(sources)) {
    test(`${name}: each flow, as the full decoder`, () => {
      const dictionaries = createFlowDictionaries(wireReaders);
      const scanner = new FlowScanner(dictionaries);
      for (const raw of messages) {
        const response = readResponse(raw);
        const scanned = scanner.scan(raw);
        assert.equal(scanned, response.kind === "flow");
        if (response.kind !== "flow") continue;
        const { flow } = response;
        assert.deepEqual(fieldsOfRecord(scanner.record, dictionaries, raw), fieldsOfFlow(flow));
      }
    });
  }
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { responseFromJson, responseToJson } from "../../src/hubble/jsonpb.ts";
import { printedLine } from "../../src/hubble/printedLine.ts";
import { fixtureLines } from "../support/hubbleFixture.ts";

const bytes = (line: string) => new TextEncoder().encode(line);

describe("events as they are printed", () => {
  const kept = [
    '{"flow":{"verdict":"DROPPED","IP":{"source":"1.1.1.1","ipVersion":"IPv4"}},"node_name":"a"}',
    '{"flow":{"Summary":"a, b: c {d} \\"eF\\" g","of_a_newer_version":[1]}}',
  ];
  for (const line of kept) {
    test(`kept: ${line}`, () => {
      assert.equal(printedLine(bytes(line)), line);
    });
  }

  const written: readonly [string, string][] = [
    ['{"flow": {"verdict":"DROPPED"}}', '{"flow":{"verdict":"DROPPED"}}'],
    ['{"flow":{ "verdict":"DROPPED"}}', '{"flow":{"verdict":"DROPPED"}}'],
    ['{"flow":{"verdict":2, "uuid":"a"}}', '{"flow":{"verdict":"DROPPED","uuid":"a"}}'],
    ['{"flow":{"nodeName":"a"}}', '{"flow":{"node_name":"a"}}'],
    ['{"flow":{"node_name":"a","verdict":null}}', '{"flow":{"node_name":"a"}}'],
    ['{"verdict":"DROPPED","uuid":"a"}', '{"flow":{"verdict":"DROPPED","uuid":"a"}}'],
    ['{"lost_events":{"num_events_lost":"1"}}', '{"lost_events":{"num_events_lost":"1"}}'],
  ];
  for (const [line, expected] of written) {
    test(`written anew: ${line}`, () => {
      assert.equal(printedLine(bytes(line)), expected);
    });
  }

  test("what a relay sends is written, what the CLI printed is kept", () => {
    for (const line of fixtureLines("hubble-cli/flows.jsonl")) {
      const read = responseFromJson(line);
      assert.ok("raw" in read);
      assert.equal(printedLine(read.raw), responseToJson(read.raw));
      assert.deepEqual(JSON.parse(printedLine(bytes(line))), JSON.parse(printedLine(read.raw)));
      if (line.startsWith('{"flow"')) assert.equal(printedLine(bytes(line)), line);
    }
  });
});

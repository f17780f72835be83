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
    ['{"flow":{"verdict":2, "uuid":"a"}}', '{"flow":{"uuid":"a","verdict":"DROPPED"}}'],
    ['{"flow":{"nodeName":"a"}}', '{"flow":{"node_name":"a"}}'],
    ['{"flow":{"node_name":"a","verdict":null}}', '{"flow":{"node_name":"a"}}'],
    ['{"verdict":"DROPPED","uuid":"a"}', '{"flow":{"uuid":"a","verdict":"DROPPED"}}'],
    [
      '{ "time":"2025-07-26T21:36:30Z","flow":{"is_reply":false,"event_type":{"sub_type":3,"type":4},"uuid":"a","IP":{"destination":"2.2.2.2","source_xlated":"3.3.3.3","source":"1.1.1.1"}}}',
      '{"flow":{"uuid":"a","IP":{"source":"1.1.1.1","source_xlated":"3.3.3.3","destination":"2.2.2.2"},"event_type":{"type":4,"sub_type":3},"is_reply":false},"time":"2025-07-26T21:36:30Z"}',
    ],
    [
      '{"flow":{"source":{"workloads":[{"kind":"Deployment","name":"a"}]},"l4": {"TCP":{"flags":{"ACK":true,"SYN":true}}}}}',
      '{"flow":{"l4":{"TCP":{"flags":{"SYN":true,"ACK":true}}},"source":{"workloads":[{"name":"a","kind":"Deployment"}]}}}',
    ],
    [
      '{"flow": {"Summary":"GET /?a=<b>&c\u2028"}}',
      String.raw`{"flow":{"Summary":"GET /?a=\u003cb\u003e\u0026c\u2028"}}`,
    ],
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

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { responseToJson } from "../../src/hubble/jsonpb.ts";
import { readPlainFlow } from "../../src/hubble/readPlainFlow.ts";
import { readPlainLine } from "../../src/hubble/readPlainLine.ts";
import { fixtureLines } from "../support/hubbleFixture.ts";
import { realisticFlows } from "../support/realisticFlows.ts";

/** What the line says when it is parsed as a whole. */
function whole(line: string): unknown {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return undefined;
  }
  return readPlainFlow(json);
}

const a = '{"identity":1,"labels":["k8s:a=b"],"pod_name":"a","workloads":[{"name":"w","kind":"Deployment"}]}';
const b = '{"ID":2,"namespace":"n"}';
const flow = (fields: string) => `{"flow":{"uuid":"u",${fields}},"node_name":"x"}`;

describe("lines of JSON whose endpoints are known by their bytes", () => {
  const lines: readonly string[] = [
    flow(`"source":${a},"destination":${b},"Type":"L7"`),
    flow(`"source":${b},"destination":${a},"node_name":"y"`),
    flow(`"source":${a},"destination":${a}`),
    flow(`"source":${a},"destination":${b},"Summary":"x},"`),
    flow(`"source":${a},"destination":{"pod_name":"x},","namespace":"n"},"Type":"L7"`),
    flow(`"source":{"pod_name":"}},\\"destination\\":{"},"destination":${b},"Type":"L7"`),
    flow(`"source":{"pod_name":"é\u{1f600}\\u0041"},"destination":${b},"Type":"L7"`),
    flow(`"Summary":",\\"source\\":{\\"","source":${a},"destination":${b},"Type":"L7"`),
    flow(`"a\\"source":${a},"destination":${b},"Type":"L7"`),
    flow(`"destination":${b},"source":${a},"Type":"L7"`),
    flow(`"source":{},"destination":{},"Type":"L7"`),
    flow(`"source":${a},"destination":{"identity":-1},"Type":"L7"`),
    flow(`"source":${a},"destination":{"identity":1e3},"Type":"L7"`),
    flow(`"source":{"of_a_newer_version":1},"destination":${b},"Type":"L7"`),
    flow(`"source":{"pod_name":"a"],"destination":${b},"Type":"L7"`),
    flow(`"source":${a},"destination":${b},"source":${b},"destination":${a},"Type":"L7"`),
    flow(`"source":${a},"destination":${b},"source":3,"Type":"L7"`),
    flow(`"tunnel":{"a":1,"source":${a},"destination":${b},"x":1},"source":1,"destination":2`),
    flow(
      `"tunnel":{"a":1,"source":${a},"destination":${b},"x":1},"source":${b},"destination":${a},"Type":"L7"`,
    ),
    flow(`"source":${a},"destination":${b},"Type":"L7"`).slice(0, -1),
    `{"flow":{"uuid":"u"},"source":${a},"destination":${b},"node_name":"x"}`,
    `{"lost_events":{"a":1,"source":${a},"destination":${b},"x":1}}`,
    "{",
    "",
  ];
  for (const line of lines) {
    test(line.slice(0, 110), () => {
      // The second time they are known.
      for (let time = 0; time < 2; time++) assert.deepEqual(readPlainLine(Buffer.from(line)), whole(line));
    });
  }

  test("captures, and flows of a large cluster", () => {
    const made = realisticFlows(300, { seed: 5, endpoints: 40 }).map(responseToJson);
    const lines = [
      ...fixtureLines("hubble-cli/flows.jsonl"),
      ...fixtureLines("tutorial/flows.jsonl"),
      ...made,
    ];
    for (const line of lines) assert.deepEqual(readPlainLine(Buffer.from(line)), whole(line));
  });

  test("every beginning of a line, and a line with any byte of it changed", () => {
    const line = Buffer.from(flow(`"source":${a},"destination":${b},"Type":"L7"`));
    for (let at = 0; at < line.length; at++) {
      const cut = line.subarray(0, at);
      assert.deepEqual(readPlainLine(cut), whole(cut.toString()));
      for (const byte of [0x22, 0x2c, 0x5c, 0x7d]) {
        const changed = Buffer.from(line);
        changed[at] = byte;
        assert.deepEqual(readPlainLine(changed), whole(changed.toString()));
      }
    }
  });
});

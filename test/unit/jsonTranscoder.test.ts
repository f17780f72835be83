import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SeededRandom } from "../../src/demo/seededRandom.ts";
import { GetFlowsResponseSchema } from "../../src/hubble/gen/observer/observer_pb.js";
import { responseFromJson, responseToJson } from "../../src/hubble/jsonpb.ts";
import { JsonTranscoder } from "../../src/hubble/jsonTranscoder.ts";
import { readResponse } from "../../src/hubble/readResponse.ts";
import { hubbleMessages } from "../support/hubbleFixture.ts";
import { mutate } from "../support/mutateBytes.ts";
import { RandomWire, type RandomWireOptions } from "../support/randomWire.ts";
import { realisticFlows } from "../support/realisticFlows.ts";

const transcoder = new JsonTranscoder();

/** Answers whether a message was written; what is written must be what the full way writes. */
function check(raw: Uint8Array, by = transcoder): boolean {
  const line = by.line(raw);
  if (!line) return false;
  assert.equal(Buffer.from(line).toString(), responseToJson(raw), Buffer.from(raw).toString("hex"));
  return true;
}

const flow = (fields: string) => {
  const read = responseFromJson(`{"flow":{${fields}}}`);
  assert.ok("raw" in read);
  return read.raw;
};

describe("flows as lines of JSON, straight from the wire", () => {
  test("all flows of the captures, and of a large cluster", () => {
    const few = new JsonTranscoder({ rememberedBytes: 20_000 });
    for (const raw of [...hubbleMessages, ...realisticFlows(500, { seed: 2, endpoints: 60 })]) {
      const isFlow = readResponse(raw).kind === "flow";
      assert.equal(check(raw), isFlow);
      assert.equal(check(raw, few), isFlow);
    }
  });

  const written: readonly string[] = [
    '"Summary":"quotes \\" and \\\\ and \\u0007 and \\u007f"',
    '"Summary":"GET /?a=<b>&c\\u2028\\u2029"',
    '"Summary":"é \u{1f600} \ufeff"',
    `"Summary":"${"x".repeat(200_000)}"`,
    `"Summary":"${"<".repeat(50_000)}"`,
    '"time":"2025-07-26T20:55:10Z"',
    '"time":"2025-07-26T20:55:10.100Z"',
    '"time":"2025-07-26T20:55:10.000001Z"',
    '"time":"2025-07-26T20:55:10.000000001Z"',
    '"time":"1970-01-01T00:00:00Z"',
    '"is_reply":false,"event_type":{}',
    '"is_reply":true,"event_type":{"type":4,"sub_type":2147483647}',
    '"socket_cookie":"18446744073709551615","cgroup_id":"9007199254740993"',
    '"socket_cookie":"562949953421311","cgroup_id":"562949953421312"',
    '"verdict":200,"drop_reason_desc":133,"drop_reason":4294967295',
    '"source":{},"destination":{"labels":["","a"],"workloads":[{},{"name":"a"}]}',
    '"source":{"pod_name":"<a>"},"destination":{"pod_name":"<a>"}',
    '"tunnel":{"protocol":"VXLAN","IP":{"ipVersion":"IPv6"},"l4":{"TCP":{"flags":{"SYN":true}}},"vni":7}',
    '"ingress_allowed_by":[{"name":"a","labels":["k=v"],"revision":"3"},{"kind":"b"}],"policy_log":["x"]',
    '"l7":{"type":"RESPONSE","latency_ns":"5","dns":{"query":"a.","ips":["1.1.1.1"],"ttl":4294967295}}',
  ];
  for (const fields of written) {
    test(`written: ${fields.slice(0, 100)}`, () => {
      assert.ok(check(flow(fields)));
    });
  }

  const left: readonly (readonly [string, Uint8Array])[] = [
    ["a notice", Buffer.from("1a021005", "hex")],
    ["nothing", new Uint8Array()],
    ["a line of JSON", Buffer.from('{"flow":{}}')],
    ["an extension", flow('"extensions":{"@type":"type.googleapis.com/a.B","value":"CAE="}')],
    ["a time before 1970", flow('"time":"1969-12-31T23:59:59Z"')],
    ["a negative number", flow('"event_type":{"type":-1}')],
    ["two flows", Buffer.concat([flow('"uuid":"a"'), flow('"verdict":"DROPPED"')])],
    ["text that is none", Buffer.from("0a04920201ff", "hex")],
    ["a flow that is longer than its message", Buffer.from("0a7f1001", "hex")],
  ];
  for (const [what, raw] of left) {
    test(`left to the full way: ${what}`, () => {
      assert.equal(transcoder.line(raw), undefined);
    });
  }

  const forms: readonly (readonly [string, RandomWireOptions, least: number])[] = [
    ["every field", { fields: 100 }, 0],
    ["half of the fields", { fields: 50 }, 10],
    ["few fields", { fields: 15 }, 50],
    ["fields in any order", { fields: 20, shuffled: true }, 1],
    ["fields that nobody knows", { fields: 20, unknown: 20 }, 1],
    ["forms that no writer gives", { fields: 20, odd: 10 }, 1],
  ];
  for (const [what, options, least] of forms) {
    test(`random messages: ${what}`, () => {
      const wire = new RandomWire(new SeededRandom(7), {
        ...options,
        choose: (names) => (names.includes("flow") ? "flow" : undefined),
      });
      let count = 0;
      for (let index = 0; index < 400; index++) {
        if (check(Uint8Array.from(wire.message(GetFlowsResponseSchema)))) count += 1;
      }
      assert.ok(count >= least, `${count} of 400 were written`);
    });
  }

  test("damaged messages", () => {
    const random = new SeededRandom(11);
    const messages = [...hubbleMessages.slice(0, 60), ...realisticFlows(40, { seed: 9 })];
    let count = 0;
    for (let round = 0; round < 40; round++) {
      for (const message of messages) {
        if (check(mutate(message, random.pick(messages), random))) count += 1;
      }
    }
    assert.ok(count > 100);
  });
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { GetFlowsResponseSchema } from "../../src/hubble/gen/observer/observer_pb.js";
import { responseFromJson, responseToJson } from "../../src/hubble/jsonpb.ts";
import { fixtureLines, rawOf } from "../support/hubbleFixture.ts";

describe("jsonpb", () => {
  for (const file of ["hubble-cli/flows.jsonl", "tutorial/flows.jsonl"]) {
    test(`each line of ${file} is read and written without a loss`, () => {
      for (const line of fixtureLines(file)) {
        assert.deepEqual(JSON.parse(responseToJson(rawOf(line))), JSON.parse(line));
      }
    });
  }

  /** What is read, and what is written of it. */
  const same: readonly [string, string, string][] = [
    [
      "camelCase names and enumerations by number",
      '{"flow":{"nodeName":"a","dropReasonDesc":133,"eventType":{"subType":133,"type":1}},"nodeName":"a"}',
      '{"flow":{"node_name":"a","drop_reason_desc":"POLICY_DENIED","event_type":{"type":1,"sub_type":133}},"node_name":"a"}',
    ],
    [
      "fields and names of a newer relay are ignored",
      '{"flow":{"verdict":"DROPPED","brand_new":{"a":[1]},"auth_type":"QUANTUM"},"brand_new":1}',
      '{"flow":{"verdict":"DROPPED"}}',
    ],
    [
      "a bare flow",
      '{"time":"2025-07-26T20:55:10.5Z","verdict":"DROPPED","node_name":"a"}',
      '{"flow":{"time":"2025-07-26T20:55:10.500Z","verdict":"DROPPED","node_name":"a"},"node_name":"a","time":"2025-07-26T20:55:10.500Z"}',
    ],
    [
      "times keep their nanoseconds, in groups of three digits",
      '{"flow":{"time":"2025-07-26T20:55:10.000000120Z"},"time":"2025-07-26T22:55:10.120+02:00"}',
      '{"flow":{"time":"2025-07-26T20:55:10.000000120Z"},"time":"2025-07-26T20:55:10.120Z"}',
    ],
    [
      "64-bit numbers are exact, as strings",
      '{"flow":{"socket_cookie":18446744073709551615,"cgroup_id":"9007199254740993"}}'.replace(
        "18446744073709551615",
        '"18446744073709551615"',
      ),
      '{"flow":{"socket_cookie":"18446744073709551615","cgroup_id":"9007199254740993"}}',
    ],
    ["false is known, absent is not", '{"flow":{"is_reply":false}}', '{"flow":{"is_reply":false}}'],
    [
      "an extension of an unknown type keeps its bytes",
      '{"flow":{"uuid":"u","extensions":{"@type":"type.googleapis.com/acme.Thing","value":"CAE="}}}',
      '{"flow":{"uuid":"u","extensions":{"@type":"type.googleapis.com/acme.Thing","value":"CAE="}}}',
    ],
    [
      "an extension that is spelt out is left out, the flow is not",
      '{"flow":{"uuid":"u","extensions":{"@type":"type.googleapis.com/acme.Thing","size":3}}}',
      '{"flow":{"uuid":"u"}}',
    ],
  ];
  for (const [what, line, expected] of same) {
    test(what, () => {
      assert.deepEqual(JSON.parse(responseToJson(rawOf(line))), JSON.parse(expected));
    });
  }

  /** Lines that hold no event of ours. */
  const others: readonly [string, "broken" | "skipped", RegExp][] = [
    ['{"agent_event":{"type":"AGENT_STARTED"},"time":"2025-07-26T20:55:10Z"}', "skipped", /agent_event/],
    ["", "broken", /JSON/],
    ["null", "broken", /not a JSON object/],
    ["[]", "broken", /not a JSON object/],
    ["{}", "broken", /neither a flow/],
    ['{"time":"2025-07-26T20:55:10Z","node_name":"a"}', "broken", /neither a flow/],
    ['{"flow":null}', "broken", /empty/],
    ['{"flow":7}', "broken", /./],
    ['{"flow":{"time":"yesterday"}}', "broken", /time/i],
    ['{"flow":{"source":{"identity":-1}}}', "broken", /identity/],
    ['{"__proto__":{"flow":{}},"constructor":1}', "broken", /neither a flow/],
    ["[".repeat(200_000), "broken", /./],
  ];
  for (const [line, what, expected] of others) {
    test(`${line.slice(0, 60)} is ${what}`, () => {
      const read = responseFromJson(line);
      assert.ok("error" in read);
      assert.equal(read.skipped ?? false, what === "skipped");
      assert.match(read.error, expected);
    });
  }

  test("a time that no calendar has is written as the nearest that one has", () => {
    const response = create(GetFlowsResponseSchema, {
      responseTypes: { case: "flow", value: { time: { seconds: 10n ** 15n, nanos: -5 } } },
    });
    const json = responseToJson(toBinary(GetFlowsResponseSchema, response));
    assert.equal(json, '{"flow":{"time":"9999-12-31T23:59:59Z"}}');
  });
});

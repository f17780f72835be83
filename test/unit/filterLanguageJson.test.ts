import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { dropReasons } from "../../src/flows/language/dropReasons.ts";
import { filterFromJson, filterToJson, rawFiltersText } from "../../src/flows/language/filterJson.ts";
import { jsonFields } from "../../src/flows/language/jsonFields.ts";
import type { JsonValue } from "../../src/flows/language/protoJson.ts";
import { readArguments } from "../../src/flows/language/readArguments.ts";
import { DropReason, DropReasonSchema, FlowFilterSchema } from "../../src/hubble/gen/flow/flow_pb.js";

const now = { seconds: 1_800_000_000, nanos: 0 };

describe("filters as JSON", () => {
  test("every field of the API has its name", () => {
    const names = [...jsonFields.map(({ apiName }) => apiName), "experimental"].sort();
    assert.deepEqual(names, FlowFilterSchema.fields.map(({ name }) => name).sort());
  });

  test("drop reasons are those of the API", () => {
    const known = DropReasonSchema.values.map(({ number, name }) => [String(number), name]);
    assert.deepEqual(Object.entries(dropReasons), known);
    assert.equal(dropReasons[DropReason.POLICY_DENIED], "POLICY_DENIED");
  });

  const cases: readonly (readonly [json: JsonValue, expected: unknown])[] = [
    [
      { source_pod: ["a"], sourceIp: ["b"], destination_pod: null },
      { source_pod: ["a"], source_ip: ["b"] },
    ],
    [
      { verdict: [2, "ERROR"], ip_version: [1], traffic_direction: ["INGRESS"] },
      { verdict: ["DROPPED", "ERROR"], ip_version: ["IPv4"], traffic_direction: ["INGRESS"] },
    ],
    [
      { drop_reason_desc: [133, 999, "POLICY_DENY"] },
      { drop_reason_desc: ["POLICY_DENIED", 999, "POLICY_DENY"] },
    ],
    [
      { source_identity: ["7", 8, 1e3], ip_trace_id: [5, "18446744073709551615"] },
      { source_identity: [7, 8, 1000], ip_trace_id: ["5", "18446744073709551615"] },
    ],
    [
      { event_type: [{ type: 4, matchSubType: true, subType: 5 }, { sub_type: 3 }] },
      { event_type: [{ type: 4, match_sub_type: true, sub_type: 5 }, {}] },
    ],
    [
      {
        tcp_flags: [{ SYN: true, ACK: false }],
        interface: [{ index: 3 }],
        reply: [false],
        encrypted: [true],
      },
      { tcp_flags: [{ SYN: true }], interface: [{ index: 3 }], reply: [false], encrypted: [true] },
    ],
    [
      { experimental: { celExpression: ["a"] }, dns_query: ["x"] },
      { experimental: { cel_expression: ["a"] }, dns_query: ["x"] },
    ],
    [
      { experimental: null, http_header: [{ key: "a", value: "b" }] },
      { http_header: [{ key: "a", value: "b" }] },
    ],
    [{ source_pod: ["a"], sourcePod: ["b"] }, "the field “source_pod” is given twice"],
    [{ nosuch: [] }, "a filter has no field “nosuch”"],
    [{ source_pod: "a" }, 'source_pod: "a" is no list'],
    [{ source_pod: [1] }, "source_pod: 1 is no text; write it in quotes"],
    [{ source_pod: [null] }, "source_pod: null is no text; write it in quotes"],
    [{ verdict: ["dropped"] }, /^verdict: "dropped" is none of /],
    [{ verdict: [99] }, /^verdict: 99 is none of /],
    [{ source_identity: [-1] }, "source_identity: -1 is no whole number from 0 to 4294967295"],
    [{ source_identity: [1.5] }, /no whole number/],
    [
      { event_type: [{ typ: 1 }] },
      "event_type: there is no field “typ”; there are type, match_sub_type, sub_type",
    ],
    [{ experimental: [] }, "experimental: [] is no object"],
    ["x", /^"x" is no filter/],
  ];
  for (const [json, expected] of cases) {
    test(JSON.stringify(json), () => {
      const filter = filterFromJson(json);
      if ("error" in filter) {
        const message = filter.error;
        if (expected instanceof RegExp) assert.match(message, expected);
        else assert.equal(message, expected);
      } else assert.deepEqual(filterToJson(filter), expected);
    });
  }

  test("are printed as the CLI prints them", () => {
    const text = (args: string) => rawFiltersText(readArguments(args.split(" "), now).selection);
    assert.equal(
      text("--pod default/deathstar --verdict DROPPED --not --port 80"),
      `allowlist:
    - '{"source_pod":["default/deathstar"],"verdict":["DROPPED"]}'
    - '{"destination_pod":["default/deathstar"],"verdict":["DROPPED"]}'
denylist:
    - '{"source_port":["80"]}'
    - '{"destination_port":["80"]}'
`,
    );
    assert.equal(text("--last 5"), "{}\n");
    assert.equal(text("--not --uuid it's"), "denylist:\n    - '{\"uuid\":[\"it''s\"]}'\n");
    assert.equal(text("--uuid a\u0085b"), 'allowlist:\n    - \'{"uuid":["a\\u0085b"]}\'\n');
  });
});

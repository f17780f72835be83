import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { responseFromJson, responseToJson } from "../../src/hubble/jsonpb.ts";
import { readPlainFlow } from "../../src/hubble/readPlainFlow.ts";
import { readResponse } from "../../src/hubble/readResponse.ts";
import { fixtureLines, rawOf } from "../support/hubbleFixture.ts";

/** The flow by way of the wire's form, which knows every form of JSON. */
function byTheWire(line: string) {
  const response = readResponse(rawOf(line));
  return response.kind === "flow" ? response.flow : undefined;
}

describe("flows read straight from JSON", () => {
  for (const [file, flows] of [
    ["hubble-cli/flows.jsonl", 600],
    ["tutorial/flows.jsonl", 64],
  ] as const) {
    test(`each flow of ${file} is the one that comes by way of the wire`, () => {
      let plain = 0;
      for (const line of fixtureLines(file)) {
        const flow = readPlainFlow(JSON.parse(line));
        if (!flow) continue;
        plain += 1;
        assert.deepEqual(flow, byTheWire(line));
        const asLine = readResponse(Buffer.from(line));
        assert.deepEqual(asLine, { kind: "flow", flow });
        assert.equal(responseToJson(Buffer.from(line)), responseToJson(rawOf(line)));
      }
      assert.equal(plain, flows);
    });
  }

  /** The flow's fields, and whether they are in the usual form; either way both readings must agree. */
  const forms: readonly (readonly [fields: string, isUsual: boolean])[] = [
    ['"verdict":"DROPPED","drop_reason_desc":"POLICY_DENIED","auth_type":"SPIRE"', true],
    ['"verdict":"VERDICT_UNKNOWN","drop_reason_desc":"DROP_REASON_UNKNOWN","auth_type":"DISABLED"', true],
    ['"verdict":2', false],
    ['"verdict":"BRAND_NEW"', false],
    ['"dropReasonDesc":"POLICY_DENIED"', false],
    ['"brand_new":{"a":[1]}', false],
    ['"uuid":null', false],
    ['"uuid":"","node_name":"","Summary":"","node_labels":[],"proxy_port":0', true],
    ['"l4":{"TCP":{"source_port":"80"}}', false],
    ['"l4":{"TCP":{"source_port":80,"flags":{}}}', true],
    ['"l4":{"TCP":{"flags":{"SYN":false,"ACK":true}}}', true],
    ['"l4":{}', true],
    ['"l4":{"ICMPv4":{"type":8}}', true],
    ['"l4":{"VRRP":{"type":1,"vrid":2,"priority":3}}', true],
    ['"l4":{"IGMP":{"type":1,"group_address":"224.0.0.1"}}', false],
    ['"l7":{"type":"REQUEST","latency_ns":"120"}', true],
    ['"l7":{"type":"REQUEST","latency_ns":120}', false],
    ['"l7":{"type":"REQUEST","latency_ns":"00120"}', false],
    ['"l7":{"type":"RESPONSE","http":{"code":200,"headers":[{"key":"a","value":"b"},{}]}}', true],
    ['"l7":{"kafka":{"error_code":-1,"api_key":"produce","topic":"t"}}', true],
    ['"l7":{"dns":{"query":"a.","ips":["1.2.3.4"],"ttl":3,"rcode":3,"qtypes":["A"]}}', true],
    ['"event_type":{"type":129,"sub_type":-7}', true],
    ['"is_reply":true,"reply":true,"drop_reason":133,"socket_cookie":"18446744073709551615"', true],
    ['"ip_trace_id":{"trace_id":"7","ip_option_type":136}', true],
    ['"ip_trace_id":{"trace_id":"18446744073709551615"}', false],
    ['"ingress_denied_by":[{"name":"a","kind":"CiliumNetworkPolicy","revision":"18"},{}]', true],
    ['"source":{"identity":-0},"IP":{"source":"::1","ipVersion":"IPv6","encrypted":true}', true],
    ['"time":"2025-07-26T20:55:10Z"', true],
    ['"time":"2025-07-26T20:55:10.5Z"', true],
    ['"time":"2025-07-26T22:55:10.000000120+02:00"', false],
    ['"time":"0001-01-01T00:00:00Z"', false],
    ['"__proto__":{"uuid":"x"}', false],
  ];
  for (const [fields, isUsual] of forms) {
    test(fields, () => {
      const line = `{"flow":{${fields}},"node_name":"n","time":"2025-07-26T20:55:10.000000001Z"}`;
      const flow = readPlainFlow(JSON.parse(line));
      assert.equal(flow !== undefined, isUsual);
      if (flow) assert.deepEqual(flow, byTheWire(line));
      const read = readResponse(Buffer.from(line));
      assert.deepEqual(read, { kind: "flow", flow: byTheWire(line) });
    });
  }

  /** What the wire's reading refuses is never read in spite of it. */
  const refused = [
    '"time":"2025-13-26T20:55:10Z"',
    '"time":"2025-07-26T20:55:10"',
    '"source":{"identity":-1}',
    '"source":{"identity":4294967296}',
    '"source":{"labels":"a"}',
    '"l4":{"TCP":{},"UDP":{}}',
    '"l4":[]',
    '"uuid":7',
    '"is_reply":"true"',
  ];
  for (const fields of refused) {
    test(`refused: ${fields}`, () => {
      const line = `{"flow":{${fields}}}`;
      assert.ok("error" in responseFromJson(line));
      assert.equal(readPlainFlow(JSON.parse(line)), undefined);
      assert.equal(readResponse(Buffer.from(line)).kind, "undecodable");
    });
  }
});

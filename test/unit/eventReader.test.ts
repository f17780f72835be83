import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SeededRandom } from "../../src/demo/seededRandom.ts";
import type { FlowSelection } from "../../src/flows/flowFilter.ts";
import { FlowPrinter, textFormats } from "../../src/flows/flowPrinter.ts";
import { compileFlowTest } from "../../src/flows/match/compileFlowTest.ts";
import { compactLine } from "../../src/flows/printCompact.ts";
import { defaultPrintOptions, type PrintOptions } from "../../src/flows/printedFields.ts";
import { CompactBytes } from "../../src/hubble/compactBytes.ts";
import { EventReader } from "../../src/hubble/eventReader.ts";
import { GetFlowsResponseSchema } from "../../src/hubble/gen/observer/observer_pb.js";
import { readResponse } from "../../src/hubble/readResponse.ts";
import { ScannedFlow } from "../../src/hubble/scannedFlow.ts";
import { hubbleMessages } from "../support/hubbleFixture.ts";
import { RandomWire, type RandomWireOptions } from "../support/randomWire.ts";
import { realisticFlows } from "../support/realisticFlows.ts";

const options: readonly PrintOptions[] = [
  defaultPrintOptions,
  {
    timeFormat: "RFC3339Nano",
    nodeName: true,
    ipTranslation: false,
    policyNames: true,
    color: true,
  },
];
const plainOptions: readonly PrintOptions[] = [
  defaultPrintOptions,
  {
    ...defaultPrintOptions,
    nodeName: true,
    ipTranslation: false,
    policyNames: true,
    timeFormat: "RFC3339Nano",
  },
];

const filters: FlowSelection["whitelist"] = [
  { sourcePod: ["team-1"], verdict: ["FORWARDED"] },
  { destinationLabel: ["k8s:app"], protocol: ["tcp"] },
  { destinationPort: ["8080", "53"], reply: [false] },
  { sourceIp: ["10.0.0.0/8"], ipVersion: ["IPv4"] },
  { httpMethod: ["GET"], eventType: [{ type: 129 }] },
  { destinationService: ["team-2"], trafficDirection: ["EGRESS"] },
  { nodeName: ["*"], tcpFlags: [["SYN"]] },
  { sourceIpXlated: ["1.1.1.1"], encrypted: [true] },
  { nodeLabels: ["a"], traceId: ["a"] },
  { interface: [{ index: 1, name: "a" }], uuid: ["a"] },
  { sourceFqdn: ["*.com"], dnsQuery: ["a"] },
];
const selections: readonly FlowSelection[] = filters.flatMap((filter) => [
  { whitelist: [filter], blacklist: [] },
  { whitelist: [], blacklist: [filter] },
]);
const questions = selections.map((selection) => {
  const compiled = compileFlowTest(selection);
  if ("error" in compiled) assert.fail(compiled.error);
  return compiled;
});

let asBytes = 0;

/**
 * Reads messages in both ways; whoever asks both must get the same answers. Answers how many flows there were; and counts
 * those that were printed as bytes.
 */
function compare(messages: readonly Uint8Array[], reader = new EventReader()): number {
  const byteWriters = plainOptions.map((each) => [new CompactBytes(each), each] as const);
  const printers = textFormats.flatMap((format) =>
    options.map((each) => [new FlowPrinter(format, each), new FlowPrinter(format, each)] as const),
  );
  let flows = 0;
  for (const raw of messages) {
    const expected = readResponse(raw);
    const read = reader.read(raw);
    if (expected.kind !== "flow" || read.kind !== "flow") {
      assert.deepEqual(read, expected);
      continue;
    }
    flows += 1;
    const shown = Buffer.from(raw).toString("hex");
    for (const [one, other] of printers) assert.equal(one.flow(read.flow), other.flow(expected.flow), shown);
    for (const [writer, each] of byteWriters) {
      const line: Uint8Array | undefined =
        read.flow instanceof ScannedFlow ? writer.line(read.flow) : undefined;
      if (!line) continue;
      asBytes += 1;
      assert.equal(Buffer.from(line).toString(), compactLine(expected.flow, each), shown);
    }
    for (const question of questions) {
      assert.equal(question.holds(read.flow, raw), question.holds(expected.flow, raw), shown);
    }
  }
  for (const [one, other] of printers) assert.equal(one.end(), other.end());
  return flows;
}

describe("flows that are read as far as they are asked", () => {
  test("captures, and flows of a large cluster", () => {
    assert.ok(compare(hubbleMessages) > 500);
    asBytes = 0;
    assert.equal(compare(realisticFlows(1000, { seed: 4, endpoints: 100 })), 1000);
    assert.ok(asBytes > 1600, `${asBytes} of 2000`);
  });

  test("what is remembered is bounded, and forgotten in the midst of it", () => {
    const messages = realisticFlows(400, { seed: 4, churn: true });
    assert.equal(compare(messages, new EventReader({ rememberedBytes: 100_000 })), 400);
  });

  const forms: Readonly<Record<string, RandomWireOptions>> = {
    "every field": { fields: 100 },
    "half of the fields": { fields: 50 },
    "few fields": { fields: 15 },
    "fields that nobody knows": { fields: 40, unknown: 20 },
    "forms that no writer gives": { fields: 25, odd: 3 },
  };
  for (const [what, form] of Object.entries(forms)) {
    test(`random messages: ${what}`, () => {
      const choose = (names: readonly string[]) => (names.includes("flow") ? "flow" : undefined);
      const wire = new RandomWire(new SeededRandom(3), { ...form, choose });
      const made = Array.from({ length: 300 }, () => Uint8Array.from(wire.message(GetFlowsResponseSchema)));
      assert.ok(compare(made) > 100);
    });
  }

  test("notices, and what is neither", () => {
    const wire = new RandomWire(new SeededRandom(5), {
      fields: 60,
      choose: (names) => (names.includes("lost_events") ? "lost_events" : undefined),
    });
    const made = Array.from({ length: 50 }, () => Uint8Array.from(wire.message(GetFlowsResponseSchema)));
    const others = [
      new Uint8Array(),
      Buffer.from("0aff"),
      Buffer.from('{"flow":{"uuid":"a"}}'),
      Buffer.from("{"),
    ];
    assert.equal(compare([...made, ...others]), 1);
  });
});

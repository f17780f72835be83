import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createFlowDictionaries } from "../../src/flows/flowDictionaries.ts";
import { FlowRecord } from "../../src/flows/flowRecord.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import { FlowScanner } from "../../src/hubble/flowScanner.ts";
import { readResponse } from "../../src/hubble/readResponse.ts";
import { wireReaders } from "../../src/hubble/wireReaders.ts";
import { SeededRandom } from "../../src/demo/seededRandom.ts";
import { fixtureLines, hubbleMessages, rawOf } from "../support/hubbleFixture.ts";
import { mutate } from "../support/mutateBytes.ts";
import { lengthField, longVarint, varint, varintField } from "../support/randomWire.ts";
import { realisticFlows } from "../support/realisticFlows.ts";
import { fieldsOfFlow, fieldsOfRecord } from "../support/scannedFields.ts";

const makeScanner = () => {
  const dictionaries = createFlowDictionaries(wireReaders);
  return { dictionaries, scanner: new FlowScanner(dictionaries) };
};

/** A message with a flow of these fields. */
const flowOf = (...fields: readonly (readonly number[])[]) => Uint8Array.from(lengthField(1, fields.flat()));
const text = (value: string) => [...Buffer.from(value)];

describe("what a relay sends is scanned, flow by flow, as the full decoder reads it", () => {
  const sources = {
    "flows of every kind": hubbleMessages,
    "the tutorial": fixtureLines("tutorial/flows.jsonl").map(rawOf),
    "a large cluster": realisticFlows(3000, { seed: 11, endpoints: 500 }),
    "pods that come and go": realisticFlows(500, { seed: 12, endpoints: 500, churn: true }),
  };
  for (const [name, messages] of Object.entries(sources)) {
    test(name, () => {
      const { dictionaries, scanner } = makeScanner();
      for (const raw of messages) {
        const response = readResponse(raw);
        assert.equal(scanner.scan(raw), response.kind === "flow");
        if (response.kind !== "flow") continue;
        assert.deepEqual(fieldsOfRecord(scanner.record, dictionaries, raw), fieldsOfFlow(response.flow));
      }
    });
  }
});

describe("the record", () => {
  test("of a flow that says nothing, after one that says everything, is that of a new one", () => {
    const { scanner } = makeScanner();
    for (const raw of hubbleMessages) scanner.scan(raw);
    assert.equal(scanner.scan(flowOf()), true);
    const fresh = makeScanner().scanner;
    fresh.scan(flowOf());
    const said = (record: FlowRecord) => {
      const fields = new Map<string, unknown>(Object.entries(record));
      // A side that is not told has a number all the same.
      for (const name of ["source", "destination"]) fields.delete(name);
      return Object.fromEntries(fields);
    };
    assert.deepEqual(said(scanner.record), said(fresh.record));
    assert.deepEqual(said(fresh.record), { ...said(new FlowRecord()), flowStart: 2, flowEnd: 2 });
  });

  test("numbers equal endpoints alike, and others not", () => {
    const { scanner } = makeScanner();
    const endpoint = (name: string) => lengthField(5, text(name));
    const numbers = ["a-0", "a-1", "a-0"].map((name) => {
      scanner.scan(flowOf(lengthField(8, endpoint(name)), lengthField(9, endpoint("b"))));
      return scanner.record.source;
    });
    assert.equal(numbers[0], numbers[2]);
    assert.notEqual(numbers[0], numbers[1]);
  });

  test("says where the parts lie that the store keeps once", () => {
    const { dictionaries, scanner } = makeScanner();
    for (const raw of realisticFlows(300, { seed: 13, endpoints: 50 })) {
      assert.ok(scanner.scan(raw));
      const { record } = scanner;
      const at = (start: number, end: number) => Buffer.from(raw.subarray(start, end));
      const { endpoints, strings, attributions } = dictionaries;
      assert.deepEqual(
        at(record.sourceStart, record.sourceEnd),
        Buffer.from(endpoints.bytesAt(record.source) ?? []),
      );
      const node = strings.get(record.nodeName);
      assert.equal(at(record.nodeNameStart, record.nodeNameEnd).toString(), node);
      assert.equal(at(record.senderNameStart, record.senderNameEnd).toString(), node);
      assert.match(
        at(record.uuidStart, record.uuidStart + 36).toString(),
        /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
      );
      assert.match(
        at(record.commonStart, record.commonEnd).toString("latin1"),
        /kubernetes.io\/arch=amd64.*zone=/s,
      );
      const policies = at(record.attributionStart, record.attributionEnd);
      assert.deepEqual(policies, Buffer.from(attributions.bytesAt(record.attribution) ?? []));
    }
  });
});

describe("what is left to the full decoder", () => {
  const endpoint = lengthField(8, lengthField(5, text("a")));
  const tcp = lengthField(6, lengthField(1, varintField(1, 80n)));
  const dns = lengthField(15, lengthField(100, lengthField(1, text("q"))));
  const policy = lengthField(21_001, lengthField(1, text("p")));
  const cases: Readonly<Record<string, Uint8Array>> = {
    "a side in two pieces": flowOf(endpoint, endpoint),
    "a time in two pieces": flowOf(lengthField(1, varintField(1, 5n)), lengthField(1, varintField(2, 6n))),
    "a layer 4 in two pieces": flowOf(tcp, tcp),
    "two protocols": flowOf(lengthField(6, [...lengthField(1, []), ...lengthField(2, [])])),
    "TCP flags in two pieces": flowOf(
      lengthField(6, lengthField(1, [...lengthField(3, [8, 1]), ...lengthField(3, [16, 1])])),
    ),
    "a layer 7 in two pieces": flowOf(dns, dns),
    "two records": flowOf(lengthField(15, [...lengthField(100, []), ...lengthField(101, [])])),
    "policies with something between them": flowOf(policy, varintField(2, 1n), policy),
    "a flow in two pieces": Uint8Array.from([...flowOf(endpoint), ...flowOf(tcp)]),
    "a notice, and then a flow": Uint8Array.from([...lengthField(3, []), ...flowOf(endpoint)]),
    "a time of the message in two pieces": Uint8Array.from([
      ...flowOf(),
      ...lengthField(1001, []),
      ...lengthField(1001, []),
    ]),
    "groups in groups in groups": flowOf(new Array<number>(20).fill(0x63), new Array<number>(20).fill(0x64)),
    "a verdict that has a length": flowOf([2 * 8 + 2, 1]),
  };
  for (const [name, raw] of Object.entries(cases)) {
    test(`${name}: a flow to it`, () => {
      assert.equal(makeScanner().scanner.scan(raw), false);
      assert.equal(readResponse(raw).kind, "flow");
    });
  }

  test("lines of JSON, nothing, and messages without a flow", () => {
    const { scanner } = makeScanner();
    const none = [
      text('{"flow":{"verdict":"FORWARDED"}}'),
      [],
      lengthField(1000, text("node")),
      lengthField(7, []),
    ];
    for (const bytes of none) assert.equal(scanner.scan(Uint8Array.from(bytes)), false);
  });
});

describe("hostile bytes", () => {
  const hostile: Readonly<Record<string, Uint8Array>> = {
    "a flow that says it has 64 MB": Uint8Array.from([0x0a, ...varint(2n ** 26n), 1, 2, 3]),
    "an endpoint that says it has 64 MB": flowOf([0x42, ...varint(2n ** 26n), 1, 2, 3]),
    "a label that says it has 64 MB": flowOf(lengthField(8, [0x22, ...varint(2n ** 26n), 1])),
    "a length that has no end": flowOf([0x42, ...new Array<number>(4000).fill(0xff)]),
    "a header that goes over its record": flowOf(lengthField(15, lengthField(101, [0x2a, 0x7f, 0x0a]))),
    "an endpoint that looks like the key of one that came as JSON": flowOf(lengthField(8, text('{"id":0}'))),
    "groups 100,000 deep": flowOf(new Array<number>(100_000).fill(0x63)),
    "a name that is not UTF-8": flowOf(lengthField(11, [0xff])),
    "a label that is not UTF-8": flowOf(lengthField(8, lengthField(4, [0xff]))),
    "a policy that is cut": flowOf(lengthField(21_001, [0x0a, 5, 0x61])),
    "a version that is not UTF-8": flowOf(lengthField(41, lengthField(2, [0xff]))),
    "a tag of eleven bytes": flowOf(longVarint(8n, 11)),
  };
  for (const [name, raw] of Object.entries(hostile)) {
    test(`${name}: undecodable, time and again, and nothing is left behind`, () => {
      const { dictionaries, scanner } = makeScanner();
      for (let count = 0; count < 3; count++) assert.equal(scanner.scan(raw), false);
      assert.equal(readResponse(raw).kind, "undecodable");
      const { strings, endpoints, l7Records, attributions } = dictionaries;
      for (const { size } of [strings, endpoints, l7Records, attributions]) assert.equal(size, 1);
    });
  }

  test("what is new in a message that breaks off leaves nothing behind", () => {
    const { dictionaries, scanner } = makeScanner();
    const [whole] = realisticFlows(1, { seed: 14 });
    assert.ok(whole);
    const another = makeScanner().scanner;
    assert.ok(another.scan(whole));
    const { flowEnd } = another.record;
    for (let length = 0; length < flowEnd; length++) assert.ok(!scanner.scan(whole.subarray(0, length)));
    assert.equal(dictionaries.endpoints.size, 1);
    assert.equal(dictionaries.strings.size, 1);
  });

  test("new endpoints of a flow that is held already do not pile up", () => {
    const store = new FlowStore({ maxFlows: 100, maxBytes: 1 << 20, readers: wireReaders });
    const scanner = new FlowScanner(store.dictionaries);
    const uuid = lengthField(34, text("789cc67d-571b-4d52-af17-7119c19e4955"));
    for (let count = 0; count < 30_000; count++) {
      const raw = flowOf(lengthField(8, lengthField(5, text(`pod-${count}`))), uuid);
      assert.ok(scanner.scan(raw));
      assert.equal(store.appendRecord(scanner.record, raw), count === 0 ? 0 : undefined);
    }
    assert.ok(store.endpoints.size < 10_000, `${store.endpoints.size} endpoints`);
  });

  test("half a million fields in one message take no longer than their bytes", () => {
    const { scanner } = makeScanner();
    const fields = [...lengthField(37, text("a=b")), ...lengthField(13, text("n"))];
    const content = new Uint8Array(250_000 * fields.length);
    for (let at = 0; at < content.length; at += fields.length) content.set(fields, at);
    const head = [0x0a, ...varint(BigInt(content.length))];
    const raw = new Uint8Array(head.length + content.length);
    raw.set(head);
    raw.set(content, head.length);
    const startMs = performance.now();
    assert.equal(scanner.scan(raw), true);
    assert.ok(performance.now() - startMs < 10_000);
  });

  test("readers of parts answer something for whatever bytes", () => {
    const random = new SeededRandom(5);
    const parts: Uint8Array[] = [];
    const { dictionaries, scanner } = makeScanner();
    for (const raw of hubbleMessages) {
      if (!scanner.scan(raw)) continue;
      const { record } = scanner;
      const { endpoints, l7Records, attributions } = dictionaries;
      parts.push(
        endpoints.bytesAt(record.source) ?? new Uint8Array(),
        l7Records.bytesAt(record.l7Record) ?? new Uint8Array(),
        attributions.bytesAt(record.attribution) ?? new Uint8Array(),
      );
    }
    for (let count = 0; count < 5000; count++) {
      const bytes = mutate(random.pick(parts), random.pick(parts), random);
      assert.equal(typeof wireReaders.endpoint(bytes).namespace, "string");
      assert.equal(typeof wireReaders.l7Record(bytes).protocol, "string");
      assert.ok(Array.isArray(wireReaders.attribution(bytes).allowedBy));
    }
  });
});

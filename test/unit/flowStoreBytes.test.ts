import assert from "node:assert/strict";
import test from "node:test";
import { SeededRandom } from "../../src/demo/seededRandom.ts";
import { FlowRecord } from "../../src/flows/flowRecord.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import { FlowScanner } from "../../src/hubble/flowScanner.ts";
import { wireReaders } from "../../src/hubble/wireReaders.ts";
import { writeFlow } from "../../src/hubble/writeResponse.ts";
import { makeFlow } from "../support/makeFlow.ts";
import { randomFlow } from "../support/randomMatching.ts";
import { realisticFlows } from "../support/realisticFlows.ts";

const roomy = { maxFlows: 10_000, maxBytes: 1 << 28, readers: wireReaders };

type Stretch = readonly [start: number, end: number];

interface Cuts {
  readonly source?: Stretch;
  readonly destination?: Stretch;
  readonly attribution?: Stretch;
  readonly common?: Stretch;
  readonly nodeName?: Stretch;
  /** Equal to the node's name. */
  readonly senderName?: Stretch;
  readonly uuidStart?: number;
  readonly sourceIp?: Stretch;
  readonly destinationIp?: Stretch;
  readonly l7Record?: Stretch;
}

const uuid = "00112233-4455-6677-8899-aabbccddeeff";

/** A record that says so where the parts lie in a raw event, and has their numbers. */
function recordOf(store: FlowStore, raw: Uint8Array, cuts: Cuts): FlowRecord {
  const record = new FlowRecord();
  const { endpoints, attributions, strings, l7Records } = store.dictionaries;
  const number = (dictionary: Pick<typeof strings, "intern">, [start, end]: Stretch) =>
    dictionary.intern(raw, start, end);
  if (cuts.source) {
    record.source = number(endpoints, cuts.source);
    [record.sourceStart, record.sourceEnd] = cuts.source;
  }
  if (cuts.destination) {
    record.destination = number(endpoints, cuts.destination);
    [record.destinationStart, record.destinationEnd] = cuts.destination;
  }
  if (cuts.attribution) {
    record.attribution = number(attributions, cuts.attribution);
    [record.attributionStart, record.attributionEnd] = cuts.attribution;
  }
  if (cuts.nodeName) {
    record.nodeName = number(strings, cuts.nodeName);
    [record.nodeNameStart, record.nodeNameEnd] = cuts.nodeName;
  }
  if (cuts.sourceIp) {
    record.sourceIp = number(strings, cuts.sourceIp);
    [record.sourceIpStart, record.sourceIpEnd] = cuts.sourceIp;
  }
  if (cuts.destinationIp) {
    record.destinationIp = number(strings, cuts.destinationIp);
    [record.destinationIpStart, record.destinationIpEnd] = cuts.destinationIp;
  }
  if (cuts.l7Record) {
    record.l7Record = number(l7Records, cuts.l7Record);
    [record.l7RecordStart, record.l7RecordEnd] = cuts.l7Record;
  }
  if (cuts.senderName) [record.senderNameStart, record.senderNameEnd] = cuts.senderName;
  if (cuts.common) [record.commonStart, record.commonEnd] = cuts.common;
  if (cuts.uuidStart !== undefined) {
    record.uuidForm = 1;
    [record.uuid0, record.uuid1, record.uuid2, record.uuid3] = [
      0x00112233, 0x44556677, 0x8899aabb, 0xccddeeff,
    ];
    record.uuidStart = cuts.uuidStart;
  }
  return record;
}

const placements: readonly (readonly [what: string, length: number, cuts: Cuts])[] = [
  ["nothing is cut", 100, {}],
  ["source, then destination", 200, { source: [10, 60], destination: [63, 150] }],
  ["destination, then source", 200, { destination: [10, 60], source: [63, 150] }],
  ["next to each other, from the first byte to the last", 90, { source: [0, 45], destination: [45, 90] }],
  ["one side only", 50, { destination: [1, 2] }],
  ["an endpoint without any byte", 50, { source: [7, 7], destination: [9, 20] }],
  [
    "every part",
    400,
    {
      sourceIp: [1, 2],
      destinationIp: [2, 4],
      source: [5, 50],
      destination: [53, 90],
      nodeName: [91, 99],
      uuidStart: 100,
      common: [140, 240],
      l7Record: [241, 300],
      attribution: [303, 380],
      senderName: [382, 390],
    },
  ],
  [
    "every part, the other way round",
    400,
    {
      senderName: [0, 2],
      attribution: [2, 50],
      common: [53, 90],
      uuidStart: 100,
      nodeName: [136, 138],
      destination: [140, 300],
      source: [303, 370],
      l7Record: [371, 372],
      destinationIp: [373, 380],
      sourceIp: [381, 390],
    },
  ],
  [
    "as far from each other as a header can say",
    20_000,
    { source: [4095, 8200], destination: [12_295, 17_000] },
  ],
  ["too far for a header", 20_000, { source: [4096, 8200], destination: [12_295, 17_000] }],
  ["the second one too far", 40_000, { source: [1, 8200], destination: [30_000, 30_001] }],
  ["one within the other, which no event has", 200, { source: [10, 100], destination: [20, 40] }],
  ["longer than a segment", 1_000_000, { source: [10, 400_000], destination: [400_010, 400_020] }],
];

for (const [what, length, cuts] of placements) {
  test(`a raw event comes back as it came: ${what}`, () => {
    const random = new SeededRandom(length);
    const store = new FlowStore(roomy);
    const event = Uint8Array.from({ length }, () => random.integer(0, 255));
    if (cuts.senderName) event.copyWithin(cuts.senderName[0], ...(cuts.nodeName ?? [0, 0]));
    if (cuts.uuidStart !== undefined) event.set(new TextEncoder().encode(uuid), cuts.uuidStart);
    // In a buffer of which it is a part, as messages are.
    const buffer = new Uint8Array(length + 31).fill(9);
    const raw = buffer.subarray(13, 13 + length);
    raw.set(event);
    for (let index = 0; index < 3; index++) {
      const record = recordOf(store, raw, cuts);
      const row = store.appendRecord(record, raw) ?? 0;
      assert.deepEqual(store.rawAt(row), event);
      // Put together in the midst of other memory, which may be too small.
      const room = new Uint8Array(420).subarray(15);
      assert.deepEqual(store.rawAt(row, room), event);
      assert.ok(room.subarray(length).every((byte) => byte === 0));
      store.append(makeFlow(), Uint8Array.of(index));
    }
    buffer.fill(0);
    assert.deepEqual(store.rawAt(0), event);
  });
}

test("what many events share is kept once", () => {
  const kept = (cuts: Cuts) => {
    const store = new FlowStore(roomy);
    const raw = new Uint8Array(1700).fill(7);
    for (let index = 0; index < 9000; index++) store.appendRecord(recordOf(store, raw, cuts), raw);
    return store.bytes / 9000;
  };
  const whole = kept({});
  assert.ok(whole >= 1700, `${whole} bytes a row`);
  const cut = kept({
    source: [100, 600],
    destination: [605, 1200],
    common: [1210, 1500],
    attribution: [1500, 1590],
  });
  assert.ok(cut < 280, `${cut} bytes a row`);
});

test("a flow of usual size takes less than a fifth of its bytes, and little more than 100 in columns", () => {
  const store = new FlowStore({ ...roomy, maxFlows: 8000 });
  const scanner = new FlowScanner(store.dictionaries);
  const messages = realisticFlows(8000, { seed: 3, endpoints: 200 });
  let came = 0;
  let before = 0;
  for (const [index, raw] of messages.entries()) {
    if (index === 2000) before = store.bytes;
    if (index >= 2000) came += raw.length;
    assert.ok(scanner.scan(raw));
    store.appendRecord(scanner.record, raw);
  }
  assert.ok(came / 6000 > 1500, `${came / 6000} bytes came a flow`);
  const kept = (store.bytes - before) / 6000;
  assert.ok(kept < 300, `${kept} bytes kept a flow`);
  const columns = Object.values<{ readonly BYTES_PER_ELEMENT: number }>({ ...store.columns });
  const width = columns.reduce((sum, column) => sum + column.BYTES_PER_ELEMENT, 0);
  assert.ok(width < 120, `${width} bytes of columns a flow`);
});

test("scanned messages of every kind come back as they came, and so do those that are no flow", () => {
  const random = new SeededRandom(21);
  const store = new FlowStore({ ...roomy, maxFlows: 3000 });
  const scanner = new FlowScanner(store.dictionaries);
  const messages = [
    ...realisticFlows(1500, { seed: 4, endpoints: 100 }),
    ...realisticFlows(500, { seed: 5, churn: true }),
    ...Array.from({ length: 2000 }, (_, index) =>
      writeFlow(randomFlow(random, index % 3 === 0 ? `odd ${index}` : random.uuid())),
    ),
    writeFlow(makeFlow()),
    new TextEncoder().encode('{"flow":{}}'),
  ];
  const rows = new Map<number, Uint8Array>();
  let scanned = 0;
  for (const raw of messages) {
    const known = scanner.scan(raw);
    if (known) scanned += 1;
    const row = known ? store.appendRecord(scanner.record, raw) : store.append(makeFlow(), raw);
    assert.notEqual(row, undefined);
    rows.set(row ?? -1, raw);
  }
  assert.ok(scanned >= 3900, `${scanned} scanned`);
  for (let row = store.first; row < store.end; row++) {
    assert.deepEqual(store.rawAt(row), Uint8Array.from(rows.get(row) ?? []));
  }
  assert.equal(store.end - store.first, 3000);
});

test("dictionaries stay small while every flow brings an endpoint, a name and a request that no other has", () => {
  const store = new FlowStore({ ...roomy, maxFlows: 20_000 });
  const { endpoints, strings, l7Records } = store.dictionaries;
  const raw = new Uint8Array(1000);
  const view = new DataView(raw.buffer);
  const record = new FlowRecord();
  let [mostBytes, mostNumbers] = [0, 0];
  for (let index = 0; index < 300_000; index++) {
    for (const at of [100, 600, 700]) view.setUint32(at, index + at);
    record.source = endpoints.intern(raw, 0, 500);
    record.destination = endpoints.intern(raw, 500, 520);
    record.sourceEnd = 500;
    record.destinationNames = strings.intern(raw, 590, 640);
    record.l7Record = l7Records.intern(raw, 650, 850);
    record.seconds = index;
    assert.equal(store.appendRecord(record, raw), index);
    mostBytes = Math.max(mostBytes, store.bytes);
    mostNumbers = Math.max(mostNumbers, endpoints.size, strings.size, l7Records.size);
  }
  assert.ok(mostNumbers <= 2 * 20_000 + 10, `${mostNumbers} numbers`);
  // A row of 1,500 bytes, and its keys once again as garbage.
  assert.ok(mostBytes <= 20_000 * 2500, `${mostBytes} bytes`);
  assert.ok(store.generation >= 20 && store.generation <= 60, `generation ${store.generation}`);
  for (let row = store.first; row < store.end; row++) {
    for (const at of [100, 600, 700]) view.setUint32(at, row + at);
    const slot = store.slotOf(row);
    assert.ok(Buffer.from(store.rawAt(row) ?? []).equals(raw), `row ${row}`);
    assert.equal(store.columns.destinationNames[slot], strings.find(raw, 590, 640));
    assert.equal(store.columns.l7Record[slot], l7Records.find(raw, 650, 850));
  }
});

test("what is garbage in dictionaries goes before rows do, when bytes run short", () => {
  const raw = new Uint8Array(600);
  const held = (everyOther: boolean) => {
    const store = new FlowStore({ ...roomy, maxBytes: 8 << 20 });
    const record = new FlowRecord();
    for (let index = 0; index < 60_000; index++) {
      new DataView(raw.buffer).setUint32(100, everyOther ? index : index % 7);
      record.source = store.dictionaries.endpoints.intern(raw, 0, 500);
      record.sourceEnd = 500;
      store.appendRecord(record, raw);
      assert.ok(store.bytes <= 8 << 20, `${store.bytes} bytes`);
    }
    return store.end - store.first;
  };
  const few = held(false);
  assert.equal(few, 10_000);
  const many = held(true);
  assert.ok(many >= 6000, `${many} rows of 620 bytes with their endpoint`);
});

import assert from "node:assert/strict";
import test from "node:test";
import { SeededRandom } from "../../src/demo/seededRandom.ts";
import type { Flow, Notice } from "../../src/flows/flow.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import { FlowScanner } from "../../src/hubble/flowScanner.ts";
import { readResponse } from "../../src/hubble/readResponse.ts";
import { wireReaders } from "../../src/hubble/wireReaders.ts";
import { testTime } from "../support/makeFlow.ts";
import { realisticFlows } from "../support/realisticFlows.ts";

/** What a store must hold of a row. */
interface ModelRow {
  readonly flow?: Flow;
  readonly notice?: Notice;
  readonly raw?: Uint8Array;
}

const messages = [
  ...realisticFlows(3000, { seed: 1, endpoints: 200 }),
  ...realisticFlows(3000, { seed: 2, endpoints: 200, churn: true }),
];
const flows = messages.map((raw): Flow => {
  const read = readResponse(raw);
  if (read.kind !== "flow") throw new Error(read.kind);
  return read.flow;
});

/** Everything that can be asked of a held row, as a model's row would answer. */
function answer(store: FlowStore, row: number): object {
  const { columns, strings, endpoints, l7Records, attributions } = store;
  const slot = store.slotOf(row);
  const text = (column: Uint32Array) => strings.get(column[slot] ?? 0);
  const { allowedBy = [], deniedBy = [] } = attributions.get(columns.attribution[slot] ?? 0) ?? {};
  return {
    kind: columns.kind[slot],
    time: store.timeAt(row),
    uuid: store.uuidAt(row),
    raw: Buffer.from(store.rawAt(row) ?? []).toString("latin1"),
    notice: store.noticeAt(row),
    source: endpoints.get(columns.source[slot] ?? 0),
    destination: endpoints.get(columns.destination[slot] ?? 0),
    texts: [columns.nodeName, columns.sourceIp, columns.destinationService, columns.dropReason].map(text),
    ports: [columns.sourcePort[slot], columns.destinationPort[slot]],
    request: l7Records.get(columns.l7Record[slot] ?? 0),
    policies: [...allowedBy, ...deniedBy].map(({ name }) => name),
  };
}

function expected({ flow, notice, raw }: ModelRow): object {
  const { l4, destinationService: service } = flow ?? {};
  const hasPorts = l4?.protocol === "TCP" || l4?.protocol === "UDP";
  const policies = flow && [
    ...flow.ingressAllowedBy,
    ...flow.egressAllowedBy,
    ...flow.ingressDeniedBy,
    ...flow.egressDeniedBy,
  ];
  return {
    kind: notice ? 2 : 1,
    time: (flow ?? notice)?.time,
    uuid: flow?.uuid,
    raw: Buffer.from(raw ?? []).toString("latin1"),
    notice,
    source: flow?.source,
    destination: flow?.destination,
    texts: [
      flow?.nodeName,
      flow?.ip?.source,
      service && `${service.namespace}/${service.name}`,
      flow?.dropReasonDesc,
    ],
    ports: hasPorts ? [l4.sourcePort, l4.destinationPort] : [0, 0],
    request: flow?.l7?.record,
    policies: policies?.map(({ name }) => name) ?? [],
  };
}

for (let seed = 1; seed <= 12; seed++) {
  test(`as a naive model has it, whatever comes: seed ${seed}`, () => {
    const random = new SeededRandom(seed);
    const bounds = () => ({
      maxFlows: random.pick([1, 7, 100, 900, 4000]),
      maxBytes: random.pick([1, 700_000, 2_000_000, 1 << 28]),
    });
    const model: ModelRow[] = [];
    let dropped = 0;
    let limits = { maxFlows: 4000, maxBytes: seed % 3 === 0 ? 1_500_000 : 1 << 28 };
    const store: FlowStore = new FlowStore({
      ...limits,
      readers: wireReaders,
      onDrop: (row) => {
        assert.equal(row, dropped++);
        const old = model[row];
        if (old && random.percent(10)) assert.deepEqual(answer(store, row), expected(old));
      },
      // Of all at once, or of one after the other.
      ...(seed % 2 === 0 && {
        onClear: () => {
          assert.equal(store.first, dropped);
          dropped = model.length;
        },
      }),
    });
    const scanner = new FlowScanner(store.dictionaries);
    const check = () => {
      const { first, end } = store;
      assert.deepEqual([first, end, store.dropped], [dropped, model.length, dropped]);
      assert.ok(end - first <= limits.maxFlows);
      for (let row = first; row < end; row++) {
        assert.deepEqual(answer(store, row), expected(model[row] ?? {}), `row ${row}`);
      }
    };
    const append = (index: number, kept: Uint8Array | undefined, byValue: boolean) => {
      const flow = flows[index];
      const raw = messages[index];
      if (!flow || !raw) return;
      const known = store.hasUuid(flow.uuid ?? "");
      const held = model.slice(dropped).some((other) => other.flow?.uuid === flow.uuid);
      assert.equal(known, held);
      if (!byValue) assert.ok(scanner.scan(raw));
      const row = byValue ? store.append(flow, kept) : store.appendRecord(scanner.record, kept);
      assert.equal(row, held ? undefined : model.length);
      if (held) return;
      model.push({ flow, ...(kept && { raw: kept }) });
      assert.ok(store.bytes <= limits.maxBytes || store.end - store.first === 1, `${store.bytes} bytes`);
    };
    let next = random.integer(0, messages.length - 1);
    for (let step = 0; step < 4000; step++) {
      const chance = random.fraction() * 1000;
      if (chance < 5) {
        limits = bounds();
        store.setBounds(limits);
      } else if (chance < 7) store.clear();
      else if (chance < 10) check();
      else if (chance < 60) {
        const notice: Notice = {
          kind: "gap",
          time: testTime(step),
          until: testTime(step + 1),
          cause: "test",
        };
        assert.equal(store.appendNotice(notice), model.length);
        model.push({ notice });
      } else {
        next = chance < 200 ? random.integer(0, messages.length - 1) : (next + 1) % messages.length;
        const raw = messages[next];
        append(next, random.percent(95) ? raw : undefined, random.percent(15));
      }
    }
    check();
    assert.ok(store.generation > 0 && dropped > 100, `${store.generation} generations, ${dropped} dropped`);
  });
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import type { Flow } from "../../src/flows/flow.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import { compileFlowTest } from "../../src/flows/match/compileFlowTest.ts";
import { compileSelection } from "../../src/flows/match/compileSelection.ts";
import { compileCel } from "../../src/hubble/celFilter.ts";
import { filterToRelay } from "../../src/hubble/filterToRelay.ts";
import { FlowFilterSchema } from "../../src/hubble/gen/flow/flow_pb.js";
import { readResponse } from "../../src/hubble/readResponse.ts";
import { filterFromRelay } from "../support/filterFromRelay.ts";
import { fixtureText, hubbleMessages } from "../support/hubbleFixture.ts";

/** A command line with the filters it stands for and what the real `hubble` lets through with it. */
interface OracleCase {
  readonly argv: readonly string[];
  readonly filters?: { readonly allowlist: readonly JsonValue[]; readonly denylist: readonly JsonValue[] };
  readonly matches?: readonly string[];
  readonly matchError?: string;
}

const cases = JSON.parse(fixtureText("hubble-cli/filters.json")) as readonly OracleCase[];

const flows = hubbleMessages.flatMap((raw) => {
  const read = readResponse(raw);
  return read.kind === "flow" ? [{ raw, flow: read.flow }] : [];
});
const store = new FlowStore({ maxFlows: 1000, maxBytes: 1 << 24 });
for (const { raw, flow } of flows) store.append(flow, raw);

let decoded = 0;
const flowAt = (row: number): Flow | undefined => {
  decoded += 1;
  const raw = store.rawAt(row);
  const read = raw && readResponse(raw);
  return read?.kind === "flow" ? read.flow : undefined;
};

for (const { argv, filters, matches, matchError } of cases) {
  if (!filters) continue;
  const read = (json: JsonValue) => filterFromRelay(fromJson(FlowFilterSchema, json));
  const selection = { whitelist: filters.allowlist.map(read), blacklist: filters.denylist.map(read) };
  test(`observe ${argv.join(" ")}`, () => {
    for (const filter of [...selection.whitelist, ...selection.blacklist]) {
      assert.deepEqual(filterFromRelay(filterToRelay(filter)), filter, "to a relay and back");
    }
    const single = compileFlowTest(selection, { compileCel });
    if (matchError !== undefined) {
      assert.ok("error" in single, `must be refused: ${matchError}`);
      return;
    }
    assert.ok("holds" in single, "error" in single ? single.error : "");
    const ones = flows.filter(({ flow, raw }) => single.holds(flow, raw)).map(({ flow }) => flow.uuid);
    assert.deepEqual(ones, matches);
    const matchesRow = compileSelection(selection, store, { flowAt, compileCel });
    const rows = Array.from({ length: store.end }, (_, row) => row).filter(matchesRow);
    assert.deepEqual(
      rows.map((row) => store.uuidAt(row)),
      matches,
    );
  });
}

test("there are cases", () => {
  assert.ok(cases.length > 90);
});

test("whole flows are decoded once per row, and only where all else holds", () => {
  decoded = 0;
  const filter = { verdict: ["DROPPED"], encrypted: [false], traceId: [""] } as const;
  const holds = compileSelection(
    { whitelist: [filter, { ...filter, traceId: ["x"] }], blacklist: [] },
    store,
    {
      flowAt,
    },
  );
  for (let row = 0; row < store.end; row++) holds(row);
  assert.equal(decoded, flows.filter(({ flow }) => flow.verdict === "DROPPED").length);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { FilterError } from "../../src/demo/filterError.ts";
import { relayFilter } from "../../src/demo/relayFilter.ts";
import type { Flow } from "../../src/flows/flow.ts";
import { compileCel } from "../../src/hubble/celFilter.ts";
import { FlowFilterSchema } from "../../src/hubble/gen/flow/flow_pb.js";
import { readResponse } from "../../src/hubble/readResponse.ts";
import { fixtureText, hubbleMessages } from "../support/hubbleFixture.ts";

interface FilterCase {
  readonly argv: readonly string[];
  readonly filters?: { readonly allowlist: readonly JsonValue[]; readonly denylist: readonly JsonValue[] };
  readonly matches?: readonly string[];
  readonly matchError?: string;
}

const cases = JSON.parse(fixtureText("hubble-cli/filters.json")) as readonly FilterCase[];

const flows: readonly Flow[] = hubbleMessages.flatMap((raw) => {
  const read = readResponse(raw);
  return read.kind === "flow" ? [read.flow] : [];
});

for (const { argv, filters, matches, matchError } of cases) {
  if (!filters) continue;
  const compile = () =>
    relayFilter(
      filters.allowlist.map((json) => fromJson(FlowFilterSchema, json)),
      filters.denylist.map((json) => fromJson(FlowFilterSchema, json)),
      { compileCel },
    );
  test(`observe ${argv.join(" ")}`, () => {
    if (matchError !== undefined) {
      assert.throws(compile, FilterError);
      return;
    }
    assert.deepEqual(
      flows.filter(compile()).map((flow) => flow.uuid),
      matches,
    );
  });
}

test("there are cases", () => {
  assert.ok(cases.length > 90);
});

test("a filter on requests that excludes requests is refused", () => {
  const filter = fromJson(FlowFilterSchema, { http_method: ["GET"], event_type: [{ type: 1 }] });
  assert.throws(() => relayFilter([filter], []), FilterError);
});

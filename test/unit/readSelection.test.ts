import assert from "node:assert/strict";
import { test } from "node:test";
import { readSelection } from "../../src/engine/readSelection.ts";

/** A line in which `«»` mark the place of its one error; `undefined`: there is none. */
const cases: readonly (readonly [line: string, message: RegExp | undefined])[] = [
  ["", undefined],
  ["--pod shop/ --verdict DROPPED", undefined],
  ["--cel-expression '_flow.verdict == Verdict.DROPPED'", undefined],
  ["--cel-expression _flow«.eventType.type==1»", /It is written "event_type"/],
  ["--verdict DROPPED --cel-expression «'_flow.nosuch == 1'»", /no field "nosuch"/],
  ["--http-path «'('»", /./],
  ["--ip «10.0.0.0/99»", /./],
  ["--to-port «70000»", /./],
  ['--allowlist «\'{"source_label":["a b"]}\'»', /./],
  ["--label «'a b'»", /./],
  ["--fqdn «'['»", /./],
];

for (const [marked, message] of cases) {
  test(`a filter line: ${marked}`, async () => {
    const start = marked.indexOf("«");
    const line = marked.replace(/[«»]/g, "");
    const { problems } = await readSelection({ filter: line });
    const errors = problems.filter(({ severity }) => severity === "error");
    if (!message) {
      assert.deepEqual(errors, []);
      return;
    }
    const [error] = errors;
    assert.ok(error && errors.length === 1, JSON.stringify(errors));
    assert.match(error.message, message);
    assert.deepEqual(error.range, { start, end: marked.indexOf("»") - 1 });
  });
}

test("a selection is checked as a line is", async () => {
  const { problems } = await readSelection({
    selection: { whitelist: [{ sourceIp: ["x"] }], blacklist: [] },
  });
  assert.equal(problems.length, 1);
});

test("what evaluates expressions is there only for those", async () => {
  assert.equal((await readSelection({ filter: "--pod a" })).seams.compileCel, undefined);
  assert.ok((await readSelection({ filter: "--not --cel-expression true" })).seams.compileCel);
});

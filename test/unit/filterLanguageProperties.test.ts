import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SeededRandom } from "../../src/demo/seededRandom.ts";
import type { FlowSelection } from "../../src/flows/flowFilter.ts";
import { addTerm } from "../../src/flows/language/addTerm.ts";
import { completeFilterLine } from "../../src/flows/language/completeFilterLine.ts";
import { compileTerms } from "../../src/flows/language/compileTerms.ts";
import { filterChips } from "../../src/flows/language/filterChip.ts";
import { filterFromJson, filterToJson } from "../../src/flows/language/filterJson.ts";
import type { TermText } from "../../src/flows/language/filterTerm.ts";
import { hubbleCommand } from "../../src/flows/language/hubbleCommand.ts";
import { isFilterLike, observeFlags } from "../../src/flows/language/observeFlags.ts";
import { readArguments } from "../../src/flows/language/readArguments.ts";
import { readFilterLine } from "../../src/flows/language/readFilterLine.ts";
import { readLineTerms } from "../../src/flows/language/readLineTerms.ts";
import { removeTerm } from "../../src/flows/language/rewriteLine.ts";
import { selectionToTerms } from "../../src/flows/language/selectionToTerms.ts";
import { termText, writeFilterLine } from "../../src/flows/language/writeFilterLine.ts";

const now = { seconds: 1_800_000_000, nanos: 0 };
const flags = observeFlags.filter((flag) => isFilterLike(flag) && flag.name !== "not");
const texts = [
  "a",
  "b",
  "default/x",
  "shop/",
  "/",
  "it's",
  "a b",
  '"q"',
  "$x",
  "\\",
  "|",
  "#x",
  "--not",
  "-",
  "",
  "é😀",
  "a,b",
  "*",
  "\n",
];

/** Values that flags take, by the flag; any other takes any text. */
const values: Readonly<Record<string, readonly string[]>> = {
  allowlist: [
    "{}",
    '{"source_pod":["a"]}{"verdict":["ERROR"]}',
    '{"reply":[true]}',
    '{"interface":[{"index":3}]}',
  ],
  denylist: ['{"source_workload":[{"name":"a/b"}]}', '{"tcp_flags":[{}],"encrypted":[true,false]}'],
  last: ["5", "0", "0x10"],
  first: ["5", "0"],
  since: ["5m", "2026-01-31", "2026-01-31T15:04:05.123456789+01:00", "-1.5s"],
  until: ["1h30m", "2026-01-31T15Z"],
  "ip-trace-id": ["7", "18446744073709551615"],
  "http-header": ["a:b", ":", "a:b:c"],
  "tcp-flags": ["SYN", "syn,ACK", "NS,URG,PSH"],
  type: ["drop", "l7", "255:127", "4294967295", "trace:to-proxy", "4:99", "agent:policy-updated", "0:0"],
  policy: ["a", "shop/p"],
  rule: ["shop/p:spec.ingress[0]", "NetworkPolicy/a/b:spec", "wide:specs[1].egressDeny[0]"],
  workload: ["web", "Deployment/web", "Deployment/", "a/b/c", ""],
  identity: ["host", "42", "0x10", "0"],
  verdict: ["DROPPED", "FORWARDED", "VERDICT_UNKNOWN"],
};

function randomTerm(random: SeededRandom): TermText {
  const flag = random.pick(flags);
  const canNegate = (flag.group === "filter" || flag.group === "ours") && flag.name !== "rule";
  const negated = canNegate && random.percent(30);
  if (flag.value === "none") {
    const value = flag.name === "reply" && random.percent(50) ? "false" : undefined;
    return { flag: flag.name, negated, value };
  }
  const known = values[flag.name.replace(/^(from|to)-/, "")] ?? flag.words ?? texts;
  return { flag: flag.name, negated, value: random.pick(known) };
}

/** Terms that mean something: those with which there would be an error are left out. */
function randomTerms(random: SeededRandom, most: number): readonly TermText[] {
  const terms: TermText[] = [];
  for (let count = random.integer(0, most); count > 0; count--) {
    const term = randomTerm(random);
    const { problems } = compileTerms([...terms, term], now);
    if (!problems.some(({ severity }) => severity === "error")) terms.push(term);
  }
  return terms;
}

function plain(terms: readonly TermText[]): readonly TermText[] {
  return terms.map(({ flag, negated, value }) => ({ flag, negated, value }));
}

function hasError(text: string): boolean {
  // What a relay would refuse of a value has nothing to do with how it is written.
  return readFilterLine(text, now).problems.some(
    ({ severity, code }) => severity === "error" && code !== "refused-value",
  );
}

describe("filters, whichever they are", () => {
  test("terms → text → terms → text: nothing changes", () => {
    const random = new SeededRandom(1);
    for (let run = 0; run < 3000; run++) {
      const terms = randomTerms(random, 6);
      const text = writeFilterLine(terms);
      const line = readFilterLine(text, now);
      assert.deepEqual(plain(line.terms), terms, text);
      assert.equal(writeFilterLine(line.terms), text);
      for (const { range, text: whole } of filterChips(line.terms)) {
        assert.equal(text.slice(range.start, range.end), whole);
      }
    }
  });

  test("terms → selection → terms → selection: nothing changes", () => {
    const random = new SeededRandom(2);
    for (let run = 0; run < 3000; run++) {
      const { selection } = compileTerms(randomTerms(random, 6), now);
      const again = compileTerms(selectionToTerms(selection), now);
      assert.deepEqual(again, { ...again, selection });
      assert.deepEqual(
        again.problems.filter(({ severity }) => severity === "error"),
        [],
      );
    }
  });

  test("the command for the CLI means the same, but for what it cannot say", () => {
    const random = new SeededRandom(3);
    for (let run = 0; run < 2000; run++) {
      const { local, rule, ...selection } = compileTerms(randomTerms(random, 6), now).selection;
      const full: FlowSelection = { ...selection, ...(local && { local }), ...(rule && { rule }) };
      const { command, cannotSay } = hubbleCommand(full, { context: "kind 'prod'", output: "json" });
      assert.doesNotMatch(
        command.replaceAll(/'[^']*'/g, ""),
        /--(reply|dns-query|policy|rule|decision|lost)\b/,
      );
      const line = readFilterLine(command, now);
      assert.deepEqual(line.selection, selection, command);
      assert.deepEqual(readFilterLine(cannotSay.join(" "), now).selection.local, local);
    }
  });

  test("a line says what the same words as arguments say", () => {
    const random = new SeededRandom(4);
    for (let run = 0; run < 2000; run++) {
      const terms = randomTerms(random, 6);
      const args = terms.flatMap(({ flag, negated, value }) => [
        ...(negated ? ["--not"] : []),
        ...(value === undefined ? [`--${flag}`] : [`--${flag}=${value}`]),
      ]);
      const asArguments = readArguments(args, now);
      assert.deepEqual(asArguments.selection, readFilterLine(writeFilterLine(terms), now).selection);
      for (const { range, flag } of asArguments.terms) {
        assert.match(args.join(" ").slice(range.start, range.end), new RegExp(`^(--not )?--${flag}`));
      }
    }
  });

  test("filter → JSON → filter: nothing changes", () => {
    const random = new SeededRandom(5);
    for (let run = 0; run < 2000; run++) {
      const { whitelist, blacklist } = compileTerms(randomTerms(random, 8), now).selection;
      for (const filter of [...whitelist, ...blacklist]) {
        const json = JSON.parse(JSON.stringify(filterToJson(filter))) as ReturnType<typeof filterToJson>;
        assert.deepEqual(filterFromJson(json), filter);
      }
    }
  });

  test("what is added is there once, makes no error, and is gone when it is taken away", () => {
    const random = new SeededRandom(6);
    for (let run = 0; run < 2000; run++) {
      const text = writeFilterLine(randomTerms(random, 4));
      const term = randomTerm(random);
      if (compileTerms([term], now).problems.some(({ severity }) => severity === "error")) continue;
      const added = addTerm(text, term);
      const story = `${text} + ${termText(term)} = ${added}`;
      assert.equal(hasError(added), false, story);
      assert.equal(addTerm(added, term), added, story);
      const { terms } = readLineTerms(added);
      const removed = terms.map(({ range }) => plain(readLineTerms(removeTerm(added, range)).terms));
      assert.deepEqual(
        removed,
        terms.map((_, index) => plain(terms.filter((__, other) => other !== index))),
        story,
      );
    }
  });

  test("what is left out by adding is never admitted again", () => {
    const random = new SeededRandom(7);
    for (let run = 0; run < 1000; run++) {
      const negative = (): TermText => ({ ...randomTerm(random), negated: true });
      const usable = (term: TermText): boolean =>
        compileTerms([term], now).selection.blacklist.length > 0 && !hasError(termText(term));
      const [one, other] = [negative(), negative()];
      if (!usable(one) || !usable(other)) continue;
      const { blacklist } = readFilterLine(addTerm(termText(one), other), now).selection;
      const [first, second] = [one, other].map((term) => compileTerms([term], now).selection.blacklist);
      const said = blacklist.map((filter) => JSON.stringify(filterToJson(filter)));
      if (one.flag === other.flag) continue;
      for (const filter of [...(first ?? []), ...(second ?? [])]) {
        assert.ok(
          said.includes(JSON.stringify(filterToJson(filter))),
          `${termText(one)} + ${termText(other)}`,
        );
      }
    }
  });
});

test("whatever is typed, nothing throws, and every place is in the text", () => {
  const random = new SeededRandom(8);
  const pieces = [
    ...[
      "--not",
      "--",
      "-",
      "--pod",
      "--pod=",
      "-t",
      "-4f",
      "--verdict",
      "--label",
      "--allowlist",
      "{",
      '{"a":[',
      "'",
    ],
    ...[
      '"',
      "\\",
      "\\\n",
      "#",
      "$(",
      "|",
      ">",
      " ",
      "  ",
      "\n",
      "=",
      ",",
      "drop",
      "default/x",
      "é😀",
      "hubble",
      "observe",
    ],
    ...[
      "kubectl exec --",
      "$",
      "(",
      "x'y",
      "--rule",
      "a/b:c",
      "--since",
      "5m",
      "--ip",
      "1.1.1.1/99",
      "--http-path",
    ],
  ];
  const inside = ({ start, end }: { start: number; end: number }, length: number): boolean =>
    0 <= start && start <= end && end <= length;
  for (let run = 0; run < 4000; run++) {
    const text = Array.from(
      { length: random.integer(0, 10) },
      () => random.pick(pieces) + (random.percent(60) ? " " : ""),
    ).join("");
    const line = readFilterLine(text, now);
    const ranges = [
      ...line.problems.map(({ range }) => range),
      ...line.terms.flatMap(({ range, valueRange }) => [range, valueRange ?? range]),
    ];
    assert.ok(
      ranges.every((range) => inside(range, text.length)),
      text,
    );
    const offset = random.integer(0, text.length);
    const { range } = completeFilterLine(text, offset);
    assert.ok(
      inside(range, text.length) && range.start <= offset && offset <= range.end,
      `${text} at ${offset}`,
    );
    const added = addTerm(text, { flag: "to-port", negated: random.percent(50), value: "53" });
    const more = addTerm(added, { flag: "uuid", negated: false, value: "u" });
    assert.match(more, /--uuid u|"uuid":\["u"/, text);
    for (const term of line.terms) removeTerm(text, term.range);
    readArguments(text.split(" "), now);
  }
});

import assert from "node:assert/strict";
import test from "node:test";
import type { Problem, Severity } from "../../src/base/problem.ts";
import { Completion, type Completions, type Option } from "../../webview/flows/filter/completion.ts";
import { FilterDraft } from "../../webview/flows/filter/filterDraft.ts";
import { HistoryWalk } from "../../webview/flows/filter/historyWalk.ts";
import { pastedText, readLine, withTermNegated } from "../../webview/flows/filter/lineLanguage.ts";
import { changedPart } from "../../webview/flows/filter/replaceText.ts";
import { underlines } from "../../webview/flows/filter/underlines.ts";
import { visibleProblems } from "../../webview/flows/filter/visibleProblems.ts";

function problem(start: number, end: number, severity: Severity = "error", fix?: string): Problem {
  return {
    severity,
    code: `at-${start}`,
    message: `at ${start}`,
    range: { start, end },
    ...(fix && { fix }),
  };
}

test("underlines cut the text where they begin and end, the gravest above the others", () => {
  const cases: readonly [string, readonly Problem[], string][] = [
    ["--port 80", [], "--port 80"],
    ["--prot 80", [problem(0, 6)], "<error --prot> 80"],
    ["--port x", [problem(7, 8), problem(0, 8, "hint")], "<hint --port ><error x>"],
    // Something is missing behind the end.
    ["--port", [problem(6, 6)], "--port<error \u00a0>"],
    ["a b", [problem(1, 1, "warning")], "a<warning  >b"],
    // A place that a shorter text no longer has.
    ["ab", [problem(5, 9)], "ab"],
  ];
  for (const [text, problems, expected] of cases) {
    const drawn = underlines(text, problems)
      .map((part) => (part.severity ? `<${part.severity} ${part.text}>` : part.text))
      .join("");
    assert.equal(drawn, expected, text);
  }
});

test("what is being written waits, and what can be put right by a click comes first", () => {
  const starts = (problems: readonly Problem[], text: string, caret: number, settled: boolean) =>
    visibleProblems(problems, { text, caret, settled }).map(({ range }) => range.start);
  const text = "--verdict  --prot 80";
  const both = [problem(0, 9), problem(11, 17, "error", "--port")];
  assert.deepEqual(starts(both, text, 20, true), [11, 0]);
  assert.deepEqual(starts(both, text, 17, false), [0]);
  assert.deepEqual(starts(both, text, 10, false), [11]);
  assert.deepEqual(starts(both, text, -1, false), [11, 0]);
  assert.deepEqual(starts([problem(0, 9, "hint"), problem(3, 4, "warning")], text, -1, true), [3, 0]);
});

test("history goes back without repeating what is shown, and forward to what was being written", () => {
  const walk = new HistoryWalk();
  walk.begin(["--port 80", "--port 443", "--port 53"]);
  assert.equal(walk.newer(), undefined);
  assert.equal(walk.older("--port 80"), "--port 443");
  assert.equal(walk.older("--port 443"), "--port 53");
  assert.equal(walk.older("--port 53"), undefined);
  assert.equal(walk.newer(), "--port 443");
  assert.equal(walk.newer(), "--port 80");
  assert.equal(walk.newer(), "--port 80");
  assert.equal(walk.newer(), undefined);
});

test("an echo of our own wish leaves alone what is written meanwhile; a filter from elsewhere does not", () => {
  const draft = new FilterDraft();
  draft.text = "--port 80";
  draft.ask();
  draft.text = "--port 80 --ver";
  assert.equal(draft.show("--port 80", false), false);
  assert.equal(draft.text, "--port 80 --ver");
  draft.text = "a";
  draft.ask();
  draft.text = "b";
  draft.ask();
  assert.equal(draft.settled, true);
  // The state skipped a wish that was overtaken.
  assert.equal(draft.show("b", false), false);
  assert.equal(draft.show("--verdict DROPPED", false), true);
  assert.equal(draft.text, "--verdict DROPPED");
  // Nor does it take letters from somebody who is writing.
  draft.text = "--po";
  assert.equal(draft.show("--port 53", true), false);
  assert.equal(draft.text, "--po");
  // A text that the engine refused is not waited for.
  draft.text = "c";
  draft.ask();
  draft.answer("c", [problem(0, 1)]);
  assert.deepEqual(
    draft.problems([]).map(({ code }) => code),
    ["at-0"],
  );
  assert.equal(draft.settled, false);
  draft.text = "cc";
  assert.deepEqual(draft.problems([]), []);
});

interface Asked {
  readonly kind: string;
  readonly prefix: string;
  answer(values: readonly Option[]): void;
}

function option(label: string, detail = ""): Option {
  return { label, insert: label, detail };
}

function setUpCompletion(answers: Readonly<Record<string, Completions>>) {
  const asked: Asked[] = [];
  let changes = 0;
  const completion = new Completion({
    complete: (text) => answers[text] ?? { range: { start: 0, end: 0 }, items: [] },
    seen: ({ kind, prefix }) =>
      new Promise((resolve) => {
        asked.push({ kind, prefix, answer: resolve });
      }),
    onChange: () => {
      changes += 1;
    },
  });
  return { completion, asked, changes: () => changes };
}

test("values that were seen join the fixed words, unless something else was asked meanwhile", async () => {
  const { completion, asked, changes } = setUpCompletion({
    "--protocol t": {
      range: { start: 11, end: 12 },
      items: [option("tcp", "The protocol"), option("http", "The protocol")],
      wanted: { kind: "protocol", prefix: "t" },
    },
    "--x": { range: { start: 0, end: 3 }, items: [option("--xy"), option("--xz")] },
  });
  completion.update("--protocol t", 12);
  assert.equal(completion.heading, "The protocol");
  completion.move(1);
  completion.move(1);
  asked[0]?.answer([option("tcp", "12 flows")]);
  await Promise.resolve();
  await Promise.resolve();
  assert.equal(changes(), 1);
  assert.deepEqual(completion.options, [option("tcp", "12 flows"), option("http")]);
  assert.equal(completion.options[completion.active]?.label, "http");

  completion.update("--protocol t", 12);
  completion.update("--x", 3);
  asked[1]?.answer([option("late")]);
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(
    completion.options.map(({ label }) => label),
    ["--xy", "--xz"],
  );
});

test("an option takes the place of its word, and writing goes on behind it", () => {
  const { completion } = setUpCompletion({
    "--ver": { range: { start: 0, end: 5 }, items: [option("--verdict")] },
    "--ver DROPPED": { range: { start: 0, end: 5 }, items: [option("--verdict")] },
    "--pod kube": { range: { start: 6, end: 10 }, items: [option("kube-system/")] },
    "--port": { range: { start: 0, end: 6 }, items: [option("--port")] },
  });
  completion.update("--ver", 5);
  assert.deepEqual(completion.accept(0), { text: "--verdict ", caret: 10 });
  completion.update("--ver DROPPED", 5);
  assert.deepEqual(completion.accept(0), { text: "--verdict DROPPED", caret: 10 });
  completion.update("--pod kube", 10);
  assert.deepEqual(completion.accept(0), { text: "--pod kube-system/", caret: 18 });
  assert.equal(completion.accept(1), undefined);
  // What is written already is nothing to offer.
  completion.update("--port", 6);
  assert.equal(completion.isOpen, false);
});

test("what is pasted from a terminal or from documentation comes to the flags that filter", () => {
  const cases: readonly [string, string][] = [
    ["--verdict DROPPED", "--verdict DROPPED"],
    ["$ hubble observe --pod default/xwing --verdict DROPPED", "--pod default/xwing --verdict DROPPED"],
    [
      "hubble observe \\\n  --server localhost:4245 \\\n  --label 'app in (a, b)' \\\n  -o jsonpb --follow\n",
      "--label 'app in (a, b)' --follow",
    ],
    ["--verdict DROPPED \\\n  --port 80", "--verdict DROPPED --port 80"],
    // What does not read well is shown as it is, in one line.
    ["hubble observe \\\n --verdct DROPPED", "hubble observe --verdct DROPPED"],
  ];
  for (const [pasted, expected] of cases) assert.equal(pastedText(pasted), expected, pasted);
});

test("of a text that is put in the place of another only what differs is written, so that undo takes back just that", () => {
  const cases: readonly [before: string, after: string, put: string, replaced: string][] = [
    ["--verd", "--verdict ", "ict ", ""],
    ["--verdict DRO --port 80", "--verdict DROPPED --port 80", "PPED", ""],
    ["--port 80", "", "", "--port 80"],
    ["", "--port 80", "--port 80", ""],
    ["aa", "a", "", "a"],
    ["--pod a --pod b", "--pod b", "", "--pod a "],
  ];
  for (const [before, after, put, replaced] of cases) {
    const part = changedPart(before, after);
    assert.deepEqual([part.put, before.slice(part.start, part.end).length], [put, replaced.length], after);
    assert.equal(before.slice(0, part.start) + part.put + before.slice(part.end), after);
  }
});

test("a term that is turned into its opposite leaves out more, not less", () => {
  const text = "--verdict DROPPED --not --port 53";
  const term = readLine(text).terms[0];
  assert.ok(term);
  const turned = withTermNegated(text, term);
  const { selection, problems } = readLine(turned);
  assert.deepEqual(problems, []);
  assert.deepEqual(selection.whitelist, []);
  assert.ok(
    selection.blacklist.some((filter) => JSON.stringify(filter) === '{"verdict":["DROPPED"]}'),
    turned,
  );
  assert.ok(
    selection.blacklist.some(({ sourcePort }) => sourcePort?.[0] === "53"),
    turned,
  );
});

import type { FlowFilter, FlowSelection, LocalFilter } from "../flowFilter.ts";
import type { FlowStore } from "../flowStore.ts";
import { compileFilter, type FieldQuestion } from "./compileFilter.ts";
import type { FieldTest } from "./fieldTest.ts";
import { decisionOf, localNoticeTest, namesPolicy } from "./localTest.ts";
import type { RowSeams } from "./matchSeams.ts";
import { NumberMemo } from "./numberMemo.ts";
import { rangeTest } from "./rangeTest.ts";
import { RowSubject } from "./rowSubject.ts";

/** Says of a held row whether something holds. */
export type RowPredicate = (row: number) => boolean;

/**
 * Compiles a selection (its rule aside, and of its range only the times) to a predicate over a store's rows, with the
 * meaning that Hubble's server gives its filters. Columns are read at no cost per row, endpoints and texts are judged
 * once each; what no column holds is asked of the whole flow, decoded at most once per row and only when all else holds.
 * Notices match, unless a local question speaks of them. A value that no relay takes (see `checkSelection`) never holds.
 */
export function compileSelection(
  selection: FlowSelection,
  store: FlowStore,
  seams: RowSeams = {},
): RowPredicate {
  const subject = new RowSubject(store, seams);
  const compile = (filter: FlowFilter) =>
    allOf(compileFilter(filter, seams).questions.map((question) => rowQuestion(question, subject)));
  const white = selection.whitelist.map(compile);
  const black = selection.blacklist.map(compile);
  const local = (selection.local ?? []).map((filter) => localRowTest(filter, store));
  const noticeTests = (selection.local ?? []).map(localNoticeTest);
  const { since, until } = selection.range ?? {};
  const inRange = rangeTest(selection.range);
  const isRanged = since !== undefined || until !== undefined;
  if (white.length + black.length + local.length === 0 && !isRanged) return () => true;
  return (row) => {
    if (isRanged && !inRange(store.timeAt(row))) return false;
    if (store.columns.kind[store.slotOf(row)] === 2) {
      const notice = store.noticeAt(row);
      return notice !== undefined && noticeTests.every((holds) => holds(notice));
    }
    subject.at(row);
    for (const holds of local) if (!holds(row)) return false;
    for (const rejects of black) if (rejects(row)) return false;
    for (const admits of white) if (admits(row)) return true;
    return white.length === 0;
  };
}

function allOf(tests: readonly RowPredicate[]): RowPredicate {
  const [only] = tests;
  if (only && tests.length === 1) return only;
  return (row) => {
    for (const holds of tests) if (!holds(row)) return false;
    return true;
  };
}

/** Any of the field's values; those that are answered by one dictionary are judged together, once per entry. */
function rowQuestion(question: FieldQuestion, subject: RowSubject): RowPredicate {
  const [first] = question;
  if (first && first.length === 1 && first[0] && question.every((tests) => isAlike(tests, first[0]))) {
    return subject.anyOf(question.map(([test]) => test ?? never));
  }
  const values = question.map((tests) => tests.map((test) => subject.anyOf([test])));
  return (row) => {
    for (const tests of values) if (tests.every((holds) => holds(row))) return true;
    return false;
  };
}

const never: FieldTest = { of: "numbers", holds: () => false };

/** A single test of the same subject? All texts of one field are of one column. */
function isAlike(tests: readonly FieldTest[], first: FieldTest | undefined): boolean {
  return tests.length === 1 && tests[0]?.of === first?.of;
}

function localRowTest(filter: LocalFilter, store: FlowStore): RowPredicate {
  const holds = unnegated(filter, store);
  return filter.negated ? (row) => !holds(row) : holds;
}

function unnegated(filter: LocalFilter, store: FlowStore): RowPredicate {
  switch (filter.kind) {
    case "policy": {
      const memo = new NumberMemo(store, (number) => {
        const attribution = store.attributions.get(number);
        return attribution !== undefined && namesPolicy(filter.names, attribution);
      });
      return (row) => memo.answer(store.columns.attribution[store.slotOf(row)] ?? 0);
    }
    case "decision":
      return (row) => {
        const { columns } = store;
        const slot = store.slotOf(row);
        const decided = decisionOf({
          eventType: columns.eventType[slot] ?? 0,
          verdict: columns.verdict[slot] ?? 0,
          l7Type: columns.l7Type[slot] ?? 0,
          dropReason: store.strings.get(columns.dropReason[slot] ?? 0) ?? "",
        });
        return decided === filter.decision;
      };
    case "lost":
      return () => false;
  }
}

import type { FlowFilter, FlowFilterField, FlowRange, FlowSelection, LocalFilter } from "../flowFilter.ts";
import type { FlowStore } from "../flowStore.ts";
import { AllOf } from "./allOf.ts";
import { AnyOf } from "./anyOf.ts";
import { type ColumnTest, wholeFlowCost } from "./columnTest.ts";
import { compileFilter } from "./compileFilter.ts";
import { DictionaryTest } from "./dictionaryTest.ts";
import { EitherSide } from "./eitherSide.ts";
import { decisionOf, localNoticeTest, namesPolicy } from "./localTest.ts";
import type { RowSeams } from "./matchSeams.ts";
import { NoneOf } from "./noneOf.ts";
import { NumberMemo } from "./numberMemo.ts";
import { questionTests } from "./questionTests.ts";
import { RowSubject } from "./rowSubject.ts";
import { RowTest } from "./rowTest.ts";
import { TimeTest } from "./timeTest.ts";

/** A selection as tests of a store's columns. */
export interface SelectionTest {
  /** Where the tests are asked. */
  readonly subject: RowSubject;
  /** Of flows; `undefined`: it admits them all. */
  readonly flows: ColumnTest | undefined;
  /** Of the row of a notice. */
  readonly admitsNotice: (row: number) => boolean;
}

/** Compiles a selection to tests of columns; what `compileSelection` says of its meaning is said of these. */
export function selectionTest(selection: FlowSelection, store: FlowStore, seams: RowSeams): SelectionTest {
  const subject = new RowSubject(store, seams);
  const { whitelist, blacklist, local = [], rule, range } = selection;
  const filterTests = (filter: FlowFilter) =>
    compileFilter(filter, seams).questions.flatMap((question) => questionTests(question, subject));
  const anyFilter = (filters: readonly FlowFilter[]): readonly ColumnTest[] => {
    const { common, rests } = factor(filters);
    const all = filterTests(common);
    if (rests.some((rest) => Object.keys(rest).length === 0)) return all;
    return [...all, anyTests(rests.map(filterTests), subject)];
  };
  const times = timeTests(range, subject);
  const { decides } = seams;
  const tests = [
    ...times,
    ...local.map((filter) => localTest(filter, subject)),
    ...(whitelist.length > 0 ? anyFilter(whitelist) : []),
    ...(blacklist.length > 0 ? [new NoneOf(new AllOf(subject, anyFilter(blacklist)))] : []),
    ...(rule && decides
      ? [new RowTest(subject, wholeFlowCost / 2, (slot) => decides(subject.rowIn(slot)))]
      : []),
  ];
  const noticeTests = local.map(localNoticeTest);
  return {
    subject,
    flows: tests.length > 0 ? new AllOf(subject, tests) : undefined,
    admitsNotice: (row) => {
      const notice = store.noticeAt(row);
      if (!notice || !times.every((test) => test.holds(store.slotOf(row)))) return false;
      return noticeTests.every((holds) => holds(notice));
    },
  };
}

/** Do all tests of any of these lists hold? */
function anyTests(lists: readonly (readonly ColumnTest[])[], subject: RowSubject): ColumnTest {
  const alone = lists.flatMap((tests) => (tests.length === 1 ? tests : []));
  const [one, other] = alone;
  const areSides =
    lists.length === 2 &&
    one instanceof DictionaryTest &&
    other instanceof DictionaryTest &&
    one.memo === other.memo &&
    one.column !== other.column;
  if (areSides) return new EitherSide(subject, one.memo);
  return new AnyOf(lists.map((tests) => new AllOf(subject, tests)));
}

/** Who follows sees what comes, whatever the end: as `hubble observe` has it. */
function timeTests(range: FlowRange | undefined, subject: RowSubject): readonly ColumnTest[] {
  const since = range?.since;
  const until = range?.follow ? undefined : range?.until;
  return since || until ? [new TimeTest(subject, since, until)] : [];
}

/** What all of the filters ask alike, and what else each asks: a namespace of either side is asked beside one verdict. */
function factor(filters: readonly FlowFilter[]): {
  readonly common: FlowFilter;
  readonly rests: readonly FlowFilter[];
} {
  const [first = {}] = filters;
  const isCommon = (field: FlowFilterField) =>
    filters.every((filter) => JSON.stringify(filter[field]) === JSON.stringify(first[field]));
  const pick = (filter: FlowFilter, wanted: boolean): FlowFilter =>
    Object.fromEntries(
      (Object.entries(filter) as readonly [FlowFilterField, readonly unknown[]][]).filter(
        ([field, values]) => values.length > 0 && isCommon(field) === wanted,
      ),
    );
  return { common: pick(first, true), rests: filters.map((filter) => pick(filter, false)) };
}

function localTest(filter: LocalFilter, subject: RowSubject): ColumnTest {
  const test = unnegated(filter, subject);
  return filter.negated ? new NoneOf(test) : test;
}

function unnegated(filter: LocalFilter, subject: RowSubject): ColumnTest {
  const { store } = subject;
  switch (filter.kind) {
    case "policy":
      return new DictionaryTest(
        subject,
        "attribution",
        new NumberMemo(store, "attributions", (number) => {
          const attribution = store.attributions.get(number);
          return attribution !== undefined && namesPolicy(filter.names, attribution);
        }),
      );
    case "decision":
      return new RowTest(subject, 20, (slot) => {
        const { eventType, verdict, l7Type, dropReason } = store.columns;
        const decided = decisionOf({
          eventType: eventType[slot] ?? 0,
          verdict: verdict[slot] ?? 0,
          l7Type: l7Type[slot] ?? 0,
          dropReason: store.strings.get(dropReason[slot] ?? 0) ?? "",
        });
        return decided === filter.decision;
      });
    case "lost":
      return new AnyOf([]);
  }
}

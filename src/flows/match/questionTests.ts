import { AllOf } from "./allOf.ts";
import { AnyOf } from "./anyOf.ts";
import { ByteTest } from "./byteTest.ts";
import type { FieldQuestion } from "./compileFilter.ts";
import { type ColumnTest, wholeFlowCost } from "./columnTest.ts";
import { DictionaryTest } from "./dictionaryTest.ts";
import type { FieldTest } from "./fieldTest.ts";
import { RowNumbers } from "./flowNumbers.ts";
import { NumberMemo } from "./numberMemo.ts";
import type { RowSubject } from "./rowSubject.ts";
import { RowTest } from "./rowTest.ts";
import { ShortTest } from "./shortTest.ts";

/**
 * The tests of columns that all hold when a question about a field does. What each of its values asks is asked once, and
 * values that are told by the same column are judged together.
 */
export function questionTests(question: FieldQuestion, subject: RowSubject): readonly ColumnTest[] {
  const [first] = question;
  if (!first) return [new AnyOf([])];
  const shared = first.filter((test) => question.every((tests) => tests.includes(test)));
  const rests = question.map((tests) => tests.filter((test) => !shared.includes(test)));
  const tests = shared.map((test) => columnTest([test], subject));
  if (rests.some((rest) => rest.length === 0)) return tests;
  const alone = rests.map(([test]) => test ?? never);
  if (rests.every((rest) => rest.length === 1) && areAlike(alone))
    return [...tests, columnTest(alone, subject)];
  const each = rests.map(
    (rest) =>
      new AllOf(
        subject,
        rest.map((test) => columnTest([test], subject)),
      ),
  );
  return [...tests, new AnyOf(each)];
}

const never: FieldTest = { of: "number", column: "protocol", values: [] };

/** Are they answered by the same of a row? */
function areAlike(tests: readonly FieldTest[]): boolean {
  const subjects = new Set(tests.map((test) => ("column" in test ? `${test.of} ${test.column}` : test.of)));
  return subjects.size === 1;
}

/** Holds when any of these tests does, which are all alike. */
function columnTest(tests: readonly FieldTest[], subject: RowSubject): ColumnTest {
  const { store } = subject;
  const [first = never] = tests;
  switch (first.of) {
    case "number":
      return numberTest(
        first.column,
        only(tests, "number").flatMap(({ values }) => values),
        subject,
      );
    case "numbers": {
      const each = only(tests, "numbers");
      const numbers = new RowNumbers(store.columns);
      return new RowTest(subject, 10, (slot) => {
        numbers.at(store.columns, slot);
        return each.some(({ holds }) => holds(numbers));
      });
    }
    case "source":
    case "destination": {
      const each = only(tests, first.of);
      const asks = each.map((test) => test.asks).join("\n");
      const memo = subject.endpointMemo(asks, anyHolds(each.map(({ holds }) => holds)));
      return new DictionaryTest(subject, first.of, memo);
    }
    case "l7Record": {
      const each = only(tests, "l7Record");
      const memo = new NumberMemo(store, "l7Records", (number) => {
        const record = store.l7Records.get(number);
        return each.some(({ holds }) => holds(record));
      });
      return new DictionaryTest(subject, "l7Record", memo);
    }
    case "text": {
      const each = only(tests, "text");
      const memo = new NumberMemo(store, "strings", (number) => {
        const text = store.strings.get(number) ?? "";
        return each.some(({ holds }) => holds(text));
      });
      return new DictionaryTest(subject, first.column, memo);
    }
    case "uuid": {
      const each = only(tests, "uuid");
      return new RowTest(subject, 200, (slot) => {
        const uuid = store.uuidAt(subject.rowIn(slot)) ?? "";
        return each.some(({ holds }) => holds(uuid));
      });
    }
    case "flow":
      return wholeFlowTest(only(tests, "flow"), subject);
  }
}

function anyHolds<T>(tests: readonly ((subject: T) => boolean)[]): (subject: T) => boolean {
  const [only] = tests;
  if (only && tests.length === 1) return only;
  return (subject) => tests.some((holds) => holds(subject));
}

function numberTest(
  column: (FieldTest & { readonly of: "number" })["column"],
  values: readonly number[],
  subject: RowSubject,
): ColumnTest {
  switch (column) {
    case "sourcePort":
    case "destinationPort":
    case "tcpFlags":
      return new ShortTest(subject, column, values);
    case "eventSubType": {
      const { store } = subject;
      return new RowTest(subject, 3, (slot) => values.includes(store.columns.eventSubType[slot] ?? 0));
    }
    case "verdict":
    case "eventType":
    case "trafficDirection":
    case "isReply":
    case "ipVersion":
    case "protocol":
      return new ByteTest(subject, column, values);
  }
}

/** A test that has no answer ends the question: those after it are not asked. */
function wholeFlowTest(
  tests: readonly (FieldTest & { readonly of: "flow" })[],
  subject: RowSubject,
): ColumnTest {
  return new RowTest(subject, wholeFlowCost, (slot) => {
    const row = subject.rowIn(slot);
    const flow = subject.flowOf(row);
    if (!flow) return false;
    const raw = subject.store.rawAt(row);
    for (const { holds } of tests) {
      const answer = holds(flow, raw);
      if (answer !== false) return answer === true;
    }
    return false;
  });
}

function only<Of extends FieldTest["of"]>(
  tests: readonly FieldTest[],
  of: Of,
): readonly Extract<FieldTest, { readonly of: Of }>[] {
  return tests.filter((test): test is Extract<FieldTest, { readonly of: Of }> => test.of === of);
}

import type { Flow } from "../flow.ts";
import type { FlowStore } from "../flowStore.ts";
import type { FieldTest, TextColumn } from "./fieldTest.ts";
import { RowNumbers } from "./flowNumbers.ts";
import type { RowSeams } from "./matchSeams.ts";
import { NumberMemo } from "./numberMemo.ts";

/** The row that is being judged, as what fields ask of: set by {@link at}, asked by what {@link anyOf} makes. */
export class RowSubject {
  readonly #store: FlowStore;
  readonly #seams: RowSeams;
  readonly #numbers: RowNumbers;
  #decodedRow = -1;
  #decoded: Flow | undefined;

  constructor(store: FlowStore, seams: RowSeams) {
    this.#store = store;
    this.#seams = seams;
    this.#numbers = new RowNumbers(store);
  }

  at(row: number): void {
    this.#numbers.at(row);
  }

  /** A predicate that holds when any of these tests does, all of which ask the same of a flow. */
  anyOf(tests: readonly FieldTest[]): (row: number) => boolean {
    const store = this.#store;
    const [first] = tests;
    if (!first) return () => false;
    switch (first.of) {
      case "numbers":
        return this.#anyNumber(only(tests, "numbers"));
      case "source":
      case "destination": {
        const side = first.of;
        const each = only(tests, side);
        const memo = new NumberMemo(store, (number) => {
          const endpoint = store.endpoints.get(number);
          return endpoint !== undefined && each.some(({ holds }) => holds(endpoint));
        });
        return (row) => memo.answer(store.columns[side][store.slotOf(row)] ?? 0);
      }
      case "l7Record": {
        const each = only(tests, "l7Record");
        const memo = new NumberMemo(store, (number) => {
          const record = store.l7Records.get(number);
          return each.some(({ holds }) => holds(record));
        });
        return (row) => memo.answer(store.columns.l7Record[store.slotOf(row)] ?? 0);
      }
      case "uuid": {
        const each = only(tests, "uuid");
        return (row) => {
          const uuid = store.uuidAt(row) ?? "";
          return each.some(({ holds }) => holds(uuid));
        };
      }
      case "flow":
        return this.#anyOfWhole(only(tests, "flow"));
      case "text":
        return this.#anyText(first.column, only(tests, "text"));
    }
  }

  #anyNumber(tests: readonly (FieldTest & { readonly of: "numbers" })[]): (row: number) => boolean {
    const numbers = this.#numbers;
    const [first] = tests;
    if (first && tests.length === 1) return () => first.holds(numbers);
    return () => {
      for (const { holds } of tests) if (holds(numbers)) return true;
      return false;
    };
  }

  #anyText(
    column: TextColumn,
    each: readonly (FieldTest & { readonly of: "text" })[],
  ): (row: number) => boolean {
    const store = this.#store;
    const memo = new NumberMemo(store, (number) => {
      const text = store.strings.get(number) ?? "";
      return each.some(({ holds }) => holds(text));
    });
    return (row) => memo.answer(store.columns[column][store.slotOf(row)] ?? 0);
  }

  #anyOfWhole(tests: readonly (FieldTest & { readonly of: "flow" })[]): (row: number) => boolean {
    return (row) => {
      const flow = this.#flowAt(row);
      if (!flow) return false;
      const raw = this.#store.rawAt(row);
      for (const { holds } of tests) {
        const answer = holds(flow, raw);
        if (answer !== false) return answer === true;
      }
      return false;
    };
  }

  #flowAt(row: number): Flow | undefined {
    if (row !== this.#decodedRow) {
      this.#decodedRow = row;
      this.#decoded = this.#seams.flowAt?.(row);
    }
    return this.#decoded;
  }
}

function only<Of extends FieldTest["of"]>(
  tests: readonly FieldTest[],
  of: Of,
): readonly Extract<FieldTest, { readonly of: Of }>[] {
  return tests.filter((test): test is Extract<FieldTest, { readonly of: Of }> => test.of === of);
}

import type { DescEnum } from "@bufbuild/protobuf";
import type { GenEnum } from "@bufbuild/protobuf/codegenv2";

const numbers = new WeakMap<DescEnum, ReadonlyMap<string, number>>();

/** The name of an enumeration's value as the `.proto` spells it; a number that it does not know is its own name. */
export function enumName(schema: DescEnum, value: number): string {
  return schema.value[value]?.name ?? String(value);
}

/** The value with this name, or with this number written out (see {@link enumName}); else the value 0. */
export function enumNumber<T extends number>(schema: GenEnum<T>, name: string): T {
  let known = numbers.get(schema);
  if (!known) {
    known = new Map(schema.values.map((value) => [value.name, value.number]));
    numbers.set(schema, known);
  }
  return (known.get(name) ?? numberIn(name)) as T;
}

function numberIn(name: string): number {
  const number = Number(name);
  return Number.isInteger(number) && Math.abs(number) < 2 ** 31 ? number : 0;
}

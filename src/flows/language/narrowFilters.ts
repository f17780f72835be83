import type { FlowFilter } from "../flowFilter.ts";
import { sameJson } from "./sameJson.ts";

/**
 * Filters of which any may admit a flow, so that those that admit it also ask what any of `asked` does. Values of a field that
 * is asked already are alternatives. Filters that all ask it stay as they are.
 */
export function narrowFilters(
  filters: readonly FlowFilter[],
  asked: readonly FlowFilter[],
): readonly FlowFilter[] {
  if (filters.every((filter) => asked.some((each) => sameJson(together(filter, each), filter))))
    return filters;
  return filters.flatMap((filter) => asked.map((each) => together(filter, each)));
}

function together(one: FlowFilter, other: FlowFilter): FlowFilter {
  const result: Record<string, readonly unknown[]> = { ...one };
  for (const [field, items] of Object.entries(other) as readonly [string, readonly unknown[]][]) {
    const present = result[field] ?? [];
    const more = items.filter((item) => !present.some((each) => sameJson(each, item)));
    result[field] = [...present, ...more];
  }
  return result;
}

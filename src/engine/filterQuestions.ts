import type { Problem } from "../base/problem.ts";
import type { FlowStore } from "../flows/flowStore.ts";
import { addTerm } from "../flows/language/addTerm.ts";
import type { FilterLine } from "../flows/language/filterLine.ts";
import type { TermText } from "../flows/language/filterTerm.ts";
import { readFilterLine } from "../flows/language/readFilterLine.ts";
import type { EngineRequests } from "../protocol/engine.ts";
import { flowAt } from "./flowRow.ts";
import { valueTerm } from "./valueTerm.ts";

type Reply<Name extends keyof EngineRequests> = EngineRequests[Name]["reply"];

/** How to ask for the flows that have what a row has in a column. */
export function cellTerm(store: FlowStore, row: number, column: string): Reply<"cellTerm"> {
  const flow = flowAt(store, row);
  const term = flow && valueTerm(flow, column);
  return { term: term ? { ...term, negated: false } : null };
}

/** A filter line with terms added. */
export function addTerms(filter: string, terms: readonly TermText[]): Reply<"addTerms"> {
  return { filter: terms.reduce(addTerm, filter) };
}

/** Reads a filter line as of now. */
export function readFilter(filter: string): FilterLine {
  const nowMs = Date.now();
  return readFilterLine(filter, { seconds: Math.floor(nowMs / 1000), nanos: (nowMs % 1000) * 1_000_000 });
}

/** Does it hold an error, so that nothing should be done by it? */
export function isWrong(problems: readonly Problem[]): boolean {
  return problems.some(({ severity }) => severity === "error");
}

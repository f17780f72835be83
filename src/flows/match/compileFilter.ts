import type { FlowFilter, FlowFilterField } from "../flowFilter.ts";
import { costOf, type FieldTest } from "./fieldTest.ts";
import { type CompiledValue, filterFields } from "./filterFields.ts";
import type { FilterProblem } from "./filterProblem.ts";
import type { MatchSeams } from "./matchSeams.ts";

/** What one field asks: any of the values, of each of which all tests must hold. */
export type FieldQuestion = readonly (readonly FieldTest[])[];

/** A filter as questions about a flow, the cheapest first; all must hold. With problems, no relay takes the filter. */
export interface CompiledFilter {
  readonly questions: readonly FieldQuestion[];
  readonly problems: readonly FilterProblem[];
}

/** Compiles one filter: every field that it has must hold. An empty field asks nothing. */
export function compileFilter(filter: FlowFilter, seams: MatchSeams): CompiledFilter {
  const questions: FieldQuestion[] = [];
  const problems: FilterProblem[] = [...requestProblems(filter)];
  for (const [field, compile] of Object.entries(filterFields) as Entries) {
    const values = filter[field];
    if (!values || values.length === 0) continue;
    const question: (readonly FieldTest[])[] = [];
    for (const value of values) {
      const compiled = compile(value, seams);
      if (!("error" in compiled)) question.push("of" in compiled ? [compiled] : compiled);
      else problems.push({ field, value: valueText(value), ...problemOf(compiled) });
    }
    questions.push(question);
  }
  return { questions: questions.sort((a, b) => questionCost(a) - questionCost(b)), problems };
}

/** Each compiles the values of its own field: that they belong together, the table says. */
type Entries = readonly (readonly [
  field: FlowFilterField,
  compile: (value: unknown, seams: MatchSeams) => CompiledValue,
])[];

const requestFields = ["httpStatusCode", "httpMethod", "httpPath", "httpUrl", "httpHeader"] as const;
const l7EventType = 129;

/** Filters on HTTP requests beside types of events that have none are refused. */
function requestProblems(filter: FlowFilter): readonly FilterProblem[] {
  const types = filter.eventType ?? [];
  if (types.length === 0 || types.some(({ type }) => type === l7EventType)) return [];
  return requestFields.flatMap((field) => {
    const [value] = filter[field] ?? [];
    if (value === undefined) return [];
    const message = "Only events of type l7 have requests: add the type l7, or name no type.";
    return [{ field, value: valueText(value), message }];
  });
}

function problemOf({ error, offset }: { readonly error: string; readonly offset?: number }) {
  return { message: error, ...(offset !== undefined && { offset }) };
}

function valueText(value: unknown): string {
  if (typeof value === "string") return value;
  if (isHeader(value)) return `${value.key}:${value.value}`;
  return JSON.stringify(value);
}

function isHeader(value: unknown): value is { readonly key: string; readonly value: string } {
  return typeof value === "object" && value !== null && "key" in value && "value" in value;
}

function questionCost(question: FieldQuestion): number {
  return Math.max(0, ...question.flatMap((tests) => tests.map(costOf)));
}

import type { Flow, Notice } from "../flow.ts";
import type { FlowSelection } from "../flowFilter.ts";
import { checkSelection } from "./checkFilter.ts";
import { compileFilter, type FieldQuestion } from "./compileFilter.ts";
import { type FieldAnswer, type FieldTest, textOf } from "./fieldTest.ts";
import { type FlowNumbers, flowNumbers } from "./flowNumbers.ts";
import { localFlowTest, localNoticeTest } from "./localTest.ts";
import type { MatchSeams } from "./matchSeams.ts";
import { rangeTest } from "./rangeTest.ts";

/** What a selection admits, one by one. */
export interface FlowTest {
  /** Where the flow came as `raw`, expressions see what our own flow leaves out. */
  holds(flow: Flow, raw?: Uint8Array): boolean;
  holdsNotice(notice: Notice): boolean;
}

/**
 * Compiles a selection (its rule aside, and of its range only the times) for single flows, with the meaning that
 * Hubble's server gives its filters; with a filter that no relay takes, says why.
 */
export function compileFlowTest(
  selection: FlowSelection,
  seams: MatchSeams = {},
): FlowTest | { readonly error: string } {
  const [problem] = checkSelection(selection, seams);
  if (problem) return { error: problem.message };
  const white = selection.whitelist.map((filter) => compileFilter(filter, seams).questions);
  const black = selection.blacklist.map((filter) => compileFilter(filter, seams).questions);
  const local = (selection.local ?? []).map(localFlowTest);
  const localNotice = (selection.local ?? []).map(localNoticeTest);
  const inRange = rangeTest(selection.range);
  return {
    holds: (flow, raw) => {
      if (!inRange(flow.time) || !local.every((holds) => holds(flow))) return false;
      const asked = { flow, raw, numbers: flowNumbers(flow) };
      if (black.some((questions) => answer(questions, asked))) return false;
      return white.length === 0 || white.some((questions) => answer(questions, asked));
    },
    holdsNotice: (notice) => inRange(notice.time) && localNotice.every((holds) => holds(notice)),
  };
}

interface Asked {
  readonly flow: Flow;
  readonly raw: Uint8Array | undefined;
  readonly numbers: FlowNumbers;
}

function answer(questions: readonly FieldQuestion[], asked: Asked): boolean {
  return questions.every((question) => {
    for (const tests of question) {
      let all: FieldAnswer = true;
      for (const test of tests) {
        all = ask(test, asked);
        if (all !== true) break;
      }
      if (all !== false) return all === true;
    }
    return false;
  });
}

function ask(test: FieldTest, { flow, raw, numbers }: Asked): FieldAnswer {
  switch (test.of) {
    case "number":
      return test.values.includes(numbers[test.column]);
    case "numbers":
      return test.holds(numbers);
    case "source":
      return test.holds(flow.source);
    case "destination":
      return test.holds(flow.destination);
    case "l7Record":
      return test.holds(flow.l7?.record);
    case "uuid":
      return test.holds(flow.uuid ?? "");
    case "flow":
      return test.holds(flow, raw);
    case "text":
      return test.holds(textOf(flow, test.column));
  }
}

import type { Flow } from "../flows/flow.ts";
import type { FlowSelection } from "../flows/flowFilter.ts";
import { compileFlowTest } from "../flows/match/compileFlowTest.ts";
import type { MatchSeams } from "../flows/match/matchSeams.ts";
import { unknownFlow } from "../flows/unknownFlow.ts";
import type { EventGate } from "./flowEvent.ts";

export interface GateOptions {
  readonly seams: MatchSeams;
  /** Whether a flow decided about the selection's rule; absent: it has none. */
  readonly decides?: (flow: Flow) => boolean;
}

/**
 * Compiles a selection to a gate, or says why no relay would take it. A notice passes where a flow would pass of which
 * nothing is known: so the `hubble` CLI reads captures. But who asks for lost events gets them, whatever else is asked.
 */
export function openEventGate(
  selection: FlowSelection,
  { seams, decides = () => true }: GateOptions,
): EventGate | { readonly error: string } {
  const test = compileFlowTest(selection, seams);
  const { whitelist, blacklist, local = [] } = selection;
  const filters = compileFlowTest({ whitelist, blacklist }, seams);
  if ("error" in test) return test;
  if ("error" in filters) return filters;
  const wantsLost = local.some(({ kind, negated }) => kind === "lost" && !negated);
  const noticesPass = wantsLost || filters.holds(unknownFlow);
  return (event, raw) => {
    if (event.kind === "notice") return noticesPass && test.holdsNotice(event.notice);
    // What a rule counts is every flow: it is asked first.
    return decides(event.flow) && test.holds(event.flow, raw);
  };
}

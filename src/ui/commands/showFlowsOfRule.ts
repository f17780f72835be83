import { allFlows, type RuleFilter } from "../../flows/flowFilter.ts";
import type { CommandParts } from "./commandParts.ts";

/** Shows the flows that a rule, a direction or an L7 entry decided. */
export async function showFlowsOfRule(parts: CommandParts, rule: RuleFilter, label: string): Promise<void> {
  await parts.panel.show({ ...allFlows, rule }, label);
}

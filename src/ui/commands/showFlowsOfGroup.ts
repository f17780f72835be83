import type { FlowSelection } from "../../flows/flowFilter.ts";
import type { CommandParts } from "./commandParts.ts";

/** Shows the flows of a namespace or workload of the tree. */
export async function showFlowsOfGroup(
  parts: CommandParts,
  selection: FlowSelection,
  label: string,
): Promise<void> {
  await parts.panel.show(selection, label);
}

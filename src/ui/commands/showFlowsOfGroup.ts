import { type GroupPlace, groupTerms } from "../views/groupTerms.ts";
import type { CommandParts } from "./commandParts.ts";

/** Shows the flows of a namespace or workload of the tree, in place of whatever was shown. */
export async function showFlowsOfGroup(
  { engine, panel }: CommandParts,
  { namespace, workload }: GroupPlace,
): Promise<void> {
  const terms = groupTerms(namespace, workload);
  const { filter } = await engine.request("addTerms", { filter: "", terms });
  await panel.show(filter);
}

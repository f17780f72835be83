import type { RuleFilter } from "../../flows/flowFilter.ts";
import { ruleText } from "../../flows/language/ruleText.ts";
import type { CommandParts } from "./commandParts.ts";

/** Shows the flows that a rule, a direction or an L7 entry decided. */
export async function showFlowsOfRule({ engine, panel }: CommandParts, rule: RuleFilter): Promise<void> {
  const terms = [{ flag: "rule", negated: false, value: ruleText(rule) }];
  const { filter } = await engine.request("addTerms", { filter: "", terms });
  await panel.show(filter);
}

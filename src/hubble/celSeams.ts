import type { FlowSelection } from "../flows/flowFilter.ts";
import type { MatchSeams } from "../flows/match/matchSeams.ts";

/** What a selection needs to be compiled: loads what evaluates expressions (some 300 KB) only where it has any. */
export async function celSeams({
  whitelist,
  blacklist,
}: Pick<FlowSelection, "whitelist" | "blacklist">): Promise<MatchSeams> {
  const hasExpression = [...whitelist, ...blacklist].some(
    ({ celExpression }) => celExpression !== undefined && celExpression.length > 0,
  );
  if (!hasExpression) return {};
  const { compileCel } = await import("./celFilter.ts");
  return { compileCel };
}

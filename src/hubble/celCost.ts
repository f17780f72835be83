import type { CelExpression } from "./celCheck.ts";

/** Lists of a flow (labels, names, policies, headers) are taken to have so many elements. */
const usualLength = 50;

/** At most so many steps for each flow: Hubble's server has a limit of this kind too. */
export const celCostAtMost = 100_000;

/** At most how many steps an expression takes to evaluate, by its form: what is looped over counts as often as it may run. */
export function celCost(expression: CelExpression): number {
  const { exprKind: node } = expression;
  switch (node.case) {
    case "constExpr":
    case "identExpr":
    case undefined:
      return 1;
    case "selectExpr":
      return 1 + costOf([node.value.operand]);
    case "callExpr": {
      // Comparing and concatenating lists and texts goes through them.
      const lengths = node.value.args.map(lengthOf);
      return Math.max(1, ...lengths) + costOf([node.value.target, ...node.value.args]);
    }
    case "listExpr":
      return 1 + costOf(node.value.elements);
    case "structExpr": {
      const keys = node.value.entries.map(({ keyKind }) =>
        keyKind.case === "mapKey" ? keyKind.value : undefined,
      );
      return 1 + costOf([...keys, ...node.value.entries.map(({ value }) => value)]);
    }
    case "comprehensionExpr": {
      const { iterRange, accuInit, loopCondition, loopStep, result } = node.value;
      const times = iterRange ? lengthOf(iterRange) : 0;
      return costOf([iterRange, accuInit, result]) + times * costOf([loopCondition, loopStep]);
    }
  }
}

function costOf(expressions: readonly (CelExpression | undefined)[]): number {
  return expressions.reduce((sum, each) => sum + (each ? celCost(each) : 0), 0);
}

/** How many elements an expression's value can have, where it is a list. */
function lengthOf({ exprKind: node }: CelExpression): number {
  switch (node.case) {
    case "listExpr":
      return node.value.elements.length;
    case "structExpr":
      return node.value.entries.length;
    case "selectExpr":
      return usualLength;
    case "identExpr":
      return 1;
    case "callExpr": {
      const lengths = node.value.args.map(lengthOf);
      return node.value.function === "_+_"
        ? lengths.reduce((sum, each) => sum + each, 0)
        : Math.max(1, ...lengths);
    }
    case "comprehensionExpr":
      return node.value.iterRange ? lengthOf(node.value.iterRange) : 1;
    case "constExpr":
    case undefined:
      return 1;
  }
}

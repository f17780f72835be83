import type { ClusterContext } from "./clusterContext.ts";
import type { SelectedSpec } from "./compiledPolicy.ts";
import type { Direction, PolicySpec } from "./policy.ts";

/** How one direction of an endpoint stands; `null`: it cannot be told. */
export interface Posture {
  /** Does anything decide about its traffic? */
  readonly enforced: boolean | null;
  /** Is what no rule allows denied? */
  readonly deniesByDefault: boolean | null;
}

/** How the specs that select an endpoint, and the agents' mode, make one of its directions stand. */
export function postureOf(
  selected: readonly SelectedSpec[],
  place: { readonly direction: Direction; readonly isInit: boolean; readonly context: ClusterContext },
): Posture {
  const { direction, isInit, context } = place;
  if (context.enforcementMode === "never") return { enforced: false, deniesByDefault: false };
  if (context.enforcementMode === "always" || isInit) return { enforced: true, deniesByDefault: true };
  const ask = (holds: (spec: SelectedSpec) => boolean): boolean | null => {
    const holding = selected.filter(holds);
    if (holding.some((spec) => spec.selects === "yes")) return true;
    return holding.length > 0 ? null : false;
  };
  return {
    enforced: ask(({ compiled }) => compiled.spec.enforces[direction]),
    deniesByDefault: ask(({ compiled }) => deniesByDefault(compiled.spec, direction, context)),
  };
}

/** Does a spec deny what no rule allows? Agents may be told to take no `enableDefaultDeny: false` for an answer. */
export function deniesByDefault(spec: PolicySpec, direction: Direction, context: ClusterContext): boolean {
  return context.nonDefaultDenyPolicies === false ? spec.enforces[direction] : spec.defaultDenies[direction];
}

import type { ClusterContext } from "./clusterContext.ts";
import { type Policy, policyKey } from "./policy.ts";

export { policyKey, policyName, samePolicy } from "./policy.ts";

/** Policies made ready for decisions: what the kinds imply is filled in, selectors and patterns are compiled once. */
export interface PolicySet {
  /** Without those that a later namesake replaced, in the order of their first mention. */
  readonly policies: readonly Policy[];
  readonly context: ClusterContext;
}

/** Makes a set of policies; of namesakes (kind, namespace, name) the last one counts. */
export function createPolicySet(policies: readonly Policy[], context: ClusterContext): PolicySet {
  return { policies: [...new Map(policies.map((policy) => [policyKey(policy), policy])).values()], context };
}

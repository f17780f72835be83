import { type Policy, policyKey, samePolicy } from "../policy/policy.ts";

/** Do two lists hold the same policies, in whatever order and formatting, and with the same effect? */
export function sayTheSame(one: readonly Policy[], other: readonly Policy[]): boolean {
  return haveSameContent(one, other) && refusals(one) === refusals(other);
}

/** The same, whether or not agents take the policies. */
export function haveSameContent(one: readonly Policy[], other: readonly Policy[]): boolean {
  const byKey = new Map(one.map((policy) => [policyKey(policy), policy]));
  const others = new Map(other.map((policy) => [policyKey(policy), policy]));
  return (
    byKey.size === others.size &&
    [...others].every(([key, policy]) => {
      const namesake = byKey.get(key);
      return namesake !== undefined && samePolicy(namesake, policy);
    })
  );
}

function refusals(policies: readonly Policy[]): string {
  const refused = policies.filter((policy) => policy.refused !== undefined);
  return refused.map(policyKey).sort().join("\n");
}

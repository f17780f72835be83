import type { Flow } from "../flows/flow.ts";
import type { RuleFilter } from "../flows/flowFilter.ts";
import { FlowStore } from "../flows/flowStore.ts";
import { policyName } from "../policy/policy.ts";
import { createPolicySet } from "../policy/policySet.ts";
import { Tally } from "../policy/tally.ts";
import type { PolicyFiles } from "./policyFiles.ts";

/** Policies are judged as flows come: these many are held, so that their number does not matter. */
const heldFlows = 1 << 12;

/**
 * Says of flows, one by one, whether they decided about a rule: whether they stand behind one of the numbers that
 * `tally` prints for it. Drops stand in for verdicts until the first verdict comes.
 */
export class RuleTest {
  readonly #store = new FlowStore({ maxFlows: heldFlows, maxBytes: Infinity });
  readonly #tally: Tally;
  readonly #rule: RuleFilter;

  constructor({ policies, cidrGroups }: PolicyFiles, rule: RuleFilter) {
    this.#tally = new Tally(createPolicySet(policies, { cidrGroups }), policies, this.#store);
    this.#rule = rule;
  }

  /** Lets the flow count, and answers. */
  decides(flow: Flow): boolean {
    // A flow that came before is asked about again.
    const row = this.#store.append({ ...flow, uuid: "" });
    if (row === undefined) return false;
    this.#tally.add(row);
    return this.#tally.decidedBy(row, this.#rule);
  }
}

/** Why a rule cannot be asked for with these policies; undefined: it can. */
export function missingRule({ policies }: PolicyFiles, rule: RuleFilter): string | undefined {
  const named = policies.filter((policy) => policy.kind === rule.kind && policyName(policy) === rule.policy);
  if (named.length === 0) {
    const there = policies.map((policy) => `${policy.kind}/${policyName(policy)}`).join(", ");
    return `--rule: the policies have no ${rule.kind}/${rule.policy}; they have ${there}`;
  }
  const paths = rulePaths(named);
  if (paths.includes(rule.path)) return undefined;
  return `--rule: ${rule.kind}/${rule.policy} has no ${rule.path}; it has ${paths.join(", ")}`;
}

function rulePaths(policies: PolicyFiles["policies"]): readonly string[] {
  const store = new FlowStore({ maxFlows: 1, maxBytes: Infinity });
  const entries = new Tally(createPolicySet(policies, {}), policies, store).entries();
  return entries.flatMap(({ type, path }) => (type === "policy" ? [] : [path]));
}

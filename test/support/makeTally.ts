import type {
  DirectionTally,
  ElsewhereTally,
  L7Tally,
  PolicyTally,
  RuleTally,
} from "../../src/policy/tallyEntry.ts";

/** Every attempt stands on what is loaded. */
export const nothingElsewhere: ElsewhereTally = {
  defaultDenied: 0,
  audited: 0,
  authRequired: 0,
  localhost: 0,
  defaultAllowed: 0,
  differs: 0,
  otherPolicies: 0,
  undecided: 0,
};

const place = {
  policy: "default/rule1",
  kind: "CiliumNetworkPolicy",
  path: "spec",
  range: { start: 0, end: 1 },
};

/** The tally of a policy, but for what is given. */
export function head(given: Partial<PolicyTally> = {}): PolicyTally {
  return { ...place, type: "policy", endpoints: 2, attempts: 1234, ...given };
}

/** The tally of a direction in which nothing happened, but for what is given. */
export function direction(given: Partial<DirectionTally> = {}): DirectionTally {
  return {
    ...place,
    type: "direction",
    direction: "ingress",
    enforced: true,
    defaultDenied: 0,
    audited: 0,
    authRequired: 0,
    localhost: 0,
    defaultAllowed: 0,
    differs: 0,
    lastDeniedMs: null,
    topDenied: [],
    others: { allowed: 0, denied: 0, policies: [] },
    ...given,
  };
}

/** The tally of a rule that nothing met, but for what is given. */
export function rule(given: Partial<RuleTally> = {}): RuleTally {
  return {
    ...place,
    type: "rule",
    section: "ingress",
    allowed: 0,
    denied: 0,
    nearMiss: 0,
    nearMissPorts: [],
    possible: 0,
    needs: [],
    l7Allowed: null,
    l7Denied: null,
    lastHitMs: null,
    perMinute: 0,
    topPeers: [],
    ...given,
  };
}

/** The tally of an HTTP entry that nothing met, but for what is given. */
export function l7(given: Partial<L7Tally> = {}): L7Tally {
  return { ...place, type: "l7", l7Allowed: 0, lastHitMs: null, ...given };
}

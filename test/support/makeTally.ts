import type { ElsewhereTally } from "../../src/policy/tallyEntry.ts";

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

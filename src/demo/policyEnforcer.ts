import { LineIndex } from "../base/textRange.ts";
import type { Logger } from "../base/logger.ts";
import type { CidrGroup } from "../policy/clusterContext.ts";
import { type Connection, decide } from "../policy/decide.ts";
import { decideRequest } from "../policy/decideRequest.ts";
import { type Policy, policyKey, policyName } from "../policy/policy.ts";
import { createPolicySet, type PolicySet } from "../policy/policySet.ts";
import { readPolicies } from "../policy/readPolicies.ts";
import type { Layer7 } from "../flows/flow.ts";
import { demoAgents, demoJudge } from "./demoAgents.ts";
import { type PolicyVerdict, policyVerdict } from "./policyVerdict.ts";
import { splitDocuments } from "./splitDocuments.ts";

/** What became of a change: the names (`namespace/name`) of the policies that it touched, or why it was refused. */
export type PolicyChange = { readonly policies: readonly string[] } | { readonly refused: string };

/** One YAML document in force: it holds one policy, or CIDR groups. */
interface AppliedDocument {
  readonly text: string;
  readonly policy?: Policy;
  readonly groups: readonly CidrGroup[];
}

/**
 * Holds the policies in force and decides by them, as the agents of a cluster do. Every decision for the same two
 * sides and port is made once per change.
 */
export class PolicyEnforcer {
  readonly #logger: Logger;
  readonly #documents = new Map<string, AppliedDocument>();
  #set: PolicySet = createPolicySet([], demoAgents);
  #verdicts = new Map<string, PolicyVerdict>();
  #revision = 1;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Each policy in force as its YAML text, in the order in which they came. */
  get texts(): readonly string[] {
    return [...this.#documents.values()].map((document) => document.text);
  }

  /** Puts every policy of a YAML text in force, in the place of its namesake; all or, when one is broken, none. */
  apply(text: string): PolicyChange {
    const read = readDocuments(text);
    if ("refused" in read) return read;
    for (const document of read.documents) {
      const key = documentKey(document);
      this.#documents.delete(key);
      this.#documents.set(key, document);
    }
    this.#changed();
    return { policies: namesOf(read.documents) };
  }

  /** Puts every policy that a YAML text names out of force; refuses when none of them is in force. */
  remove(text: string): PolicyChange {
    const read = readDocuments(text);
    if ("refused" in read) return read;
    const removed = read.documents.filter((document) => this.#documents.delete(documentKey(document)));
    if (removed.length === 0) return { refused: `not in force: ${namesOf(read.documents).join(", ")}` };
    this.#changed();
    return { policies: namesOf(removed) };
  }

  /** What the enforced side of a connection does with its first packet; not enforced: `none`. */
  decide(connection: Connection): PolicyVerdict {
    const { direction, sourceIp, destinationIp, l4 } = connection;
    const key = `${direction}|${sourceIp}|${destinationIp}|${l4?.protocol ?? ""}|${l4?.port ?? 0}`;
    const known = this.#verdicts.get(key);
    if (known) return known;
    const decision = decide(this.#set, connection);
    if (decision.verdict === "undecidable") this.#logUndecidable(key);
    const verdict = policyVerdict(decision, { connection, revision: String(this.#revision) });
    this.#verdicts.set(key, verdict);
    return verdict;
  }

  /** Does the proxy let this request of an allowed and redirected connection pass? */
  admits(connection: Connection, record: NonNullable<Layer7["record"]>): boolean {
    const decision = decideRequest(this.#set, connection, record);
    return decision.verdict !== "denied";
  }

  #changed(): void {
    const documents = [...this.#documents.values()];
    const policies = documents.flatMap(({ policy }) => policy ?? []);
    const cidrGroups = documents.flatMap(({ groups }) => groups);
    this.#set = createPolicySet(policies, { ...demoAgents, cidrGroups });
    this.#verdicts = new Map();
    this.#revision += 1;
  }

  #logUndecidable(connection: string): void {
    this.#logger.warn("demo", `cannot decide about ${connection} by the policies in force: it is allowed`);
  }
}

function readDocuments(
  text: string,
): { readonly documents: readonly AppliedDocument[] } | { readonly refused: string } {
  const whole = readPolicies(text, demoJudge);
  const error = whole.problems.find((problem) => problem.severity === "error");
  if (error) {
    return { refused: `line ${new LineIndex(text).at(error.range.start).line}: ${error.message}` };
  }
  const documents: AppliedDocument[] = [];
  for (const part of splitDocuments(text)) {
    const { policies, cidrGroups } = readPolicies(part, demoJudge);
    const [policy, other] = policies;
    if (other) return { refused: "a List of policies: write each policy as a document of its own" };
    if (policy) documents.push({ text: part, policy, groups: cidrGroups });
    else if (cidrGroups.length > 0) documents.push({ text: part, groups: cidrGroups });
  }
  return documents.length > 0 ? { documents } : { refused: "the text holds no policy" };
}

function documentKey({ policy, groups }: AppliedDocument): string {
  if (policy) return policyKey(policy);
  return groups.map(({ name }) => `CiliumCIDRGroup||${name}`).join();
}

function namesOf(documents: readonly AppliedDocument[]): readonly string[] {
  return documents.flatMap(({ policy, groups }) =>
    policy ? [policyName(policy)] : groups.map(({ name }) => name),
  );
}

import type { Problem } from "../base/problem.ts";

/** A problem of a policy, with all that a judgement needs to know of it. */
export interface PolicyProblem extends Problem {
  /** How the YAML names the place: `spec.ingress[0].toPorts[0]`. */
  readonly path: string;
  /** Who refuses the policy for it; nobody: the policy is taken, but means something else or nothing. */
  readonly refusedBy: readonly Refuser[];
  /** The names of Cilium's fields that the problem is about, where it is about fields that contradict each other. */
  readonly fields?: readonly string[];
  /** Does it depend on the version, so that others take what this one refuses? */
  readonly versionDependent?: boolean;
}

/**
 * The API server checks a policy against its schema before it is stored; the agent checks what is stored, and gives a
 * policy that it refuses no effect at all.
 */
export type Refuser = "apiserver" | "agent";

/** The versions of Cilium whose rules are known, oldest first. */
export const ciliumVersions = ["1.17", "1.18", "1.19", "1.20"] as const;

export type CiliumVersion = (typeof ciliumVersions)[number];

/** Is a version this one or a newer one? */
export function isSince(version: CiliumVersion, first: CiliumVersion): boolean {
  return ciliumVersions.indexOf(version) >= ciliumVersions.indexOf(first);
}

/** What policies are judged by. What is missing is taken as said, and never refuses a policy. */
export interface JudgeOptions {
  /** Missing: the newest, and nothing is refused that an older version would take. */
  readonly ciliumVersion?: CiliumVersion;
  /** `enable-node-selector-labels`, which agents have off unless told otherwise. */
  readonly nodeSelectorLabels?: boolean;
  /** `enable-extended-ip-protocols`, which agents have off unless told otherwise. */
  readonly extendedIpProtocols?: boolean;
  /** `enable-icmp-rules`; missing: on. */
  readonly icmpRules?: boolean;
  /** `enable-l7-proxy`; missing: on. */
  readonly l7Proxy?: boolean;
}

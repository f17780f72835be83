import type { AddressBlock } from "../base/ipAddress.ts";

/**
 * What only the cluster knows. Everything is optional: what is missing either has the agent's default (said at each
 * fact) or makes the rules that need it undecidable, with the fact named.
 */
export interface ClusterContext {
  /** The name of the local cluster; missing: the entity `cluster` is decided by reserved labels only. */
  readonly clusterName?: string;
  /** `enable-policy`; missing: `default`. */
  readonly enforcementMode?: "default" | "always" | "never";
  /** `policy-default-local-cluster` (default in 1.19); missing: off. */
  readonly defaultLocalCluster?: boolean;
  /** `policy-cidr-match-mode: nodes`; missing: CIDR rules do not match nodes. */
  readonly cidrMatchesNodes?: boolean;
  /** `enable-node-selector-labels`; missing: told from the `node:` labels of the peer. */
  readonly nodeSelectorLabels?: boolean;
  /** `enable-host-firewall`; missing: nobody knows whether node policies are enforced. */
  readonly hostFirewall?: boolean;
  /** `allow-localhost`; missing: `always`, as agents in Kubernetes have it. */
  readonly allowLocalhost?: "always" | "policy";
  /** `enable-non-default-deny-policies`; missing: on. */
  readonly nonDefaultDenyPolicies?: boolean;
  /** All CiliumCIDRGroup objects; missing: groups are told from the peer's `cidrgroup:` labels. */
  readonly cidrGroups?: readonly CidrGroup[];
}

/** A CiliumCIDRGroup. */
export interface CidrGroup {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly blocks: readonly AddressBlock[];
}

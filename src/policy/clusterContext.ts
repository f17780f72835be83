import type { AddressBlock } from "../base/ipAddress.ts";

/**
 * What only the cluster knows. Everything is optional: what is missing either has the agent's default (said at each
 * fact) or makes the rules that need it undecidable, with the fact named.
 */
export interface ClusterContext {
  /** The name of the local cluster; missing: told from the labels of the endpoint that a rule protects. */
  readonly clusterName?: string;
  /** The agents' version, `1.18`; missing: what differs between versions is undecidable. */
  readonly agentVersion?: { readonly major: number; readonly minor: number };
  /** `enable-policy`; missing: `default`. */
  readonly enforcementMode?: "default" | "always" | "never";
  /** `policy-default-local-cluster` (on from 1.19); missing: peers in other clusters may be undecidable. */
  readonly defaultLocalCluster?: boolean;
  /** Is `policy-cidr-match-mode` `nodes`? Missing: address blocks that hold a node's address are undecidable. */
  readonly cidrMatchesNodes?: boolean;
  /** `enable-node-selector-labels`; off: agents refuse policies with `fromNodes` or `toNodes`. */
  readonly nodeSelectorLabels?: boolean;
  /** Does Hubble strip the query from URLs (`hubble.redact.http.urlQuery`)? Missing: it does not. */
  readonly urlQueryRedacted?: boolean;
  /** `enable-host-firewall`; missing: nobody knows whether node policies are enforced. */
  readonly hostFirewall?: boolean;
  /** `allow-localhost`; missing: `always`, as agents in Kubernetes have it. */
  readonly allowLocalhost?: "always" | "policy";
  /** `enable-non-default-deny-policies`; missing: on. */
  readonly nonDefaultDenyPolicies?: boolean;
  /** The CiliumCIDRGroup objects that are known, of namesakes the last; others are told from the peer's `cidrgroup:` labels. */
  readonly cidrGroups?: readonly CidrGroup[];
  /** Are those all there are? Then a group that is not among them matches nothing. */
  readonly allCidrGroups?: boolean;
  /** The named container ports of all pods, by `namespace/pod`; missing: port names are undecidable. */
  readonly podPorts?: ReadonlyMap<string, readonly PodPort[]>;
  /** All Services; missing: `toServices` is undecidable. */
  readonly services?: readonly ClusterService[];
}

/** Is a version this one or a later one? `undefined`: the version is not known. */
export function isSince(
  version: ClusterContext["agentVersion"],
  major: number,
  minor: number,
): boolean | undefined {
  if (!version) return undefined;
  return version.major > major || (version.major === major && version.minor >= minor);
}

/** A CiliumCIDRGroup. */
export interface CidrGroup {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly blocks: readonly AddressBlock[];
}

/** A named port of a container. */
export interface PodPort {
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
}

/** A Service with what stands behind it. */
export interface ClusterService {
  readonly namespace: string;
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  /** Of its pods; absent or empty when it has none, and `addresses` say where it leads. */
  readonly selector?: ReadonlyMap<string, string>;
  /** From its EndpointSlices. */
  readonly addresses: readonly string[];
}

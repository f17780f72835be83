import type { AddressBlock } from "../base/ipAddress.ts";
import type { Pattern } from "../base/pattern.ts";
import type { TextRange } from "../base/textRange.ts";

/**
 * What a policy says, as it is written: nothing implied is filled in yet (that needs the cluster, see `policySet.ts`).
 * Every part knows the stretch of the text that it was read from; `path` is how the YAML names it.
 */
export interface Policy {
  readonly kind: PolicyKind;
  /** Empty for a cluster-wide policy. */
  readonly namespace: string;
  readonly name: string;
  /** The head: the line that holds `spec:` (or `specs:`). */
  readonly range: TextRange;
  readonly specs: readonly PolicySpec[];
  /** What the specs say in a form that does not depend on formatting: equal for policies that say the same. */
  readonly content: string;
  /** Why API server or agent refuse the policy: then it has no effect, however many rules could be read. */
  readonly refused?: string;
}

export type PolicyKind = "CiliumNetworkPolicy" | "CiliumClusterwideNetworkPolicy" | "NetworkPolicy";

export type Direction = "ingress" | "egress";

export type SectionName = "ingress" | "egress" | "ingressDeny" | "egressDeny";

/** One `spec`, or one item of `specs`: a subject and what is allowed and denied to it. */
export interface PolicySpec {
  /** `spec` or `specs[1]`. */
  readonly path: string;
  /** Its number in `specs`; 0 for `spec`. */
  readonly index: number;
  readonly range: TextRange;
  readonly subject: Subject;
  /** In the order of the text. */
  readonly sections: readonly PolicySection[];
  /** `policyTypes` of a NetworkPolicy, where it is written. */
  readonly policyTypes?: { readonly path: string; readonly range: TextRange };
  /** The directions in which the spec makes its subject enforce policy. */
  readonly enforces: Readonly<Record<Direction, boolean>>;
  /** The directions in which it denies what no rule allows: never where it does not enforce. */
  readonly defaultDenies: Readonly<Record<Direction, boolean>>;
}

/** Whom a spec speaks of. A `nodes` subject is the host itself, and only under the host firewall. */
export interface Subject {
  readonly type: "endpoints" | "nodes" | "unknown";
  readonly selector: LabelSelector;
}

export interface PolicySection {
  readonly name: SectionName;
  readonly direction: Direction;
  readonly effect: "allow" | "deny";
  readonly path: string;
  readonly range: TextRange;
  readonly rules: readonly PolicyRule[];
}

/** One list item of a section: its peers AND its ports; the L7 parts hang on the ports. */
export interface PolicyRule {
  readonly section: SectionName;
  readonly index: number;
  readonly path: string;
  readonly range: TextRange;
  /** `any`: no peer is named and every one fits. Else one of these must fit: an empty list fits nobody. */
  readonly peers: "any" | readonly Peer[];
  /** Constraints (`fromRequires`, `toRequires`) on the peers of all rules, which only agents up to 1.18 know. */
  readonly requires: readonly Peer[];
  /** `any`: every protocol and port. Else one of these must fit: an empty list fits none. */
  readonly ports: "any" | readonly PortItem[];
  /** Asks for mutual authentication, which never changes what matches. */
  readonly authentication?: string;
}

export type Peer =
  | {
      readonly type: "endpoints";
      readonly selector: LabelSelector;
      readonly path: string;
      readonly range: TextRange;
    }
  /** A peer of a NetworkPolicy: at least one of the selectors is there. */
  | {
      readonly type: "pods";
      readonly pods?: LabelSelector;
      readonly namespaces?: LabelSelector;
      readonly path: string;
      readonly range: TextRange;
    }
  | { readonly type: "entity"; readonly entity: string; readonly path: string; readonly range: TextRange }
  | {
      readonly type: "cidr";
      readonly block: AddressBlock;
      readonly except: readonly AddressBlock[];
      readonly path: string;
      readonly range: TextRange;
    }
  | {
      readonly type: "cidr-group";
      readonly group: { readonly name: string } | { readonly selector: LabelSelector };
      readonly except: readonly AddressBlock[];
      readonly path: string;
      readonly range: TextRange;
    }
  | {
      readonly type: "fqdn";
      /** The agent labels each address that it learned for the name with these very letters. */
      readonly name: DnsName;
      readonly path: string;
      readonly range: TextRange;
    }
  | {
      readonly type: "nodes";
      readonly selector: LabelSelector;
      readonly path: string;
      readonly range: TextRange;
    }
  | {
      readonly type: "service";
      readonly service:
        | { readonly name: string; readonly namespace: string }
        | { readonly selector: LabelSelector; readonly namespace: string };
      readonly path: string;
      readonly range: TextRange;
    }
  /** Something that cannot be judged here: `field` names it, `needs` the fact that is missing. */
  | {
      readonly type: "unknown";
      readonly field: string;
      readonly needs: string;
      readonly path: string;
      readonly range: TextRange;
    };

/** One item of `toPorts` (or of `icmps`): one of its ports must fit, then its L7 part decides about requests. */
export interface PortItem {
  readonly path: string;
  readonly range: TextRange;
  readonly ports: readonly PortMatch[];
  readonly l7?: L7Part;
  /** TLS, SNI or a listener: traffic goes through the proxy whatever the L7 part is. What it does there, no flow tells. */
  readonly proxied: boolean;
}

export type PortMatch =
  | {
      readonly type: "range";
      readonly protocol: PortProtocol;
      /** Both inclusive; 0 to 65535 is every port. */
      readonly first: number;
      readonly last: number;
      readonly path: string;
      readonly range: TextRange;
    }
  | {
      readonly type: "named";
      readonly protocol: PortProtocol;
      /** In lower case. */
      readonly name: string;
      readonly path: string;
      readonly range: TextRange;
    }
  | {
      readonly type: "icmp";
      readonly family: "IPv4" | "IPv6";
      readonly icmpType: number;
      readonly path: string;
      readonly range: TextRange;
    }
  | {
      readonly type: "unknown";
      readonly field: string;
      readonly needs: string;
      readonly path: string;
      readonly range: TextRange;
    };

/** `ANY` is TCP, UDP and SCTP, not ICMP. Of those after it, the last five are in no flow: nothing tells of them. */
export type PortProtocol =
  | "TCP"
  | "UDP"
  | "SCTP"
  | "ANY"
  | "VRRP"
  | "IGMP"
  | "GRE"
  | "IPIP"
  | "IPV6"
  | "ESP"
  | "AH";

/** What a proxy checks of each request; a request passes when one entry fits. */
export interface L7Part {
  /** `l7proto`: a parser of one's own; `other`: what cannot be read. */
  readonly protocol: "http" | "dns" | "kafka" | "l7proto" | "other";
  readonly entries: readonly L7Entry[];
}

export type L7Entry =
  | {
      readonly type: "http";
      readonly method?: Pattern;
      /** Matched against the whole `:path`, with its query. */
      readonly urlPath?: Pattern;
      readonly host?: Pattern;
      readonly headers: readonly HeaderMatch[];
      readonly path: string;
      readonly range: TextRange;
    }
  | { readonly type: "dns"; readonly name: DnsName; readonly path: string; readonly range: TextRange }
  | {
      readonly type: "kafka";
      /** In lower case; those of a role are filled in. None: every one. */
      readonly apiKeys: readonly string[];
      readonly apiVersion?: string;
      readonly topic?: string;
      readonly clientId?: string;
      readonly path: string;
      readonly range: TextRange;
    }
  | {
      readonly type: "unknown";
      readonly field: string;
      readonly needs: string;
      readonly path: string;
      readonly range: TextRange;
    };

/** A DNS name, or a pattern of names, as it is written. */
export interface DnsName {
  readonly type: "matchName" | "matchPattern";
  readonly text: string;
}

/** A header that a request must carry. */
export interface HeaderMatch {
  /** In lower case. */
  readonly name: string;
  /** Absent: any value will do. */
  readonly value?: string;
  /** The value is in this Secret, which only the cluster knows. */
  readonly secret?: string;
}

/** All requirements must hold; none at all selects everything. */
export interface LabelSelector {
  readonly requirements: readonly LabelRequirement[];
}

export interface LabelRequirement {
  /** `k8s`, `reserved`, …; `any` when none is written. */
  readonly source: string;
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  readonly values: readonly string[];
  /** Was it written under `matchLabels`? */
  readonly label: boolean;
}

/** `namespace/name`, the name alone for a cluster-wide policy: what people call it. */
export function policyName(policy: Pick<Policy, "namespace" | "name">): string {
  return policy.namespace === "" ? policy.name : `${policy.namespace}/${policy.name}`;
}

/** Tells policies apart as the API server does: by kind, namespace and name. */
export function policyKey(policy: Pick<Policy, "kind" | "namespace" | "name">): string {
  return `${policy.kind}|${policy.namespace}|${policy.name}`;
}

/** Do two policies say the same, whatever their names and formatting? */
export function samePolicy(one: Policy, other: Policy): boolean {
  return one.kind === other.kind && one.namespace === other.namespace && one.content === other.content;
}

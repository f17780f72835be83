/** What kind of value a flag takes, for suggesting those that were seen in flows. */
export type SuggestionKind =
  | "namespace"
  /** `namespace/name`. */
  | "pod"
  /** Labels of endpoints, as `source:key=value`. */
  | "label"
  | "nodeLabel"
  /** `namespace/name`. */
  | "service"
  /** `kind/name`. */
  | "workload"
  | "port"
  | "ip"
  | "snatIp"
  | "fqdn"
  /** Numbers, or the names of reserved identities. */
  | "identity"
  /** `cluster/node`. */
  | "node"
  | "cluster"
  | "protocol"
  | "dropReason"
  | "httpMethod"
  | "httpStatus"
  | "httpPath"
  | "httpUrl"
  /** `key:value`. */
  | "httpHeader"
  | "dnsQuery"
  | "interface"
  | "uuid"
  | "traceId"
  | "ipTraceId"
  /** `namespace/name`, or the name alone of a cluster-wide one. */
  | "policy";

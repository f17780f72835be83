/** A policy to begin with. */
export interface DocumentSkeleton {
  readonly label: string;
  readonly doc: string;
  /** A snippet. */
  readonly text: string;
}

const cilium = (kind: string, namespace: string): string => `apiVersion: cilium.io/v2
kind: ${kind}
metadata:
  name: \${1:name}
${namespace}spec:
  endpointSelector:
    matchLabels:
      \${3:app}: \${4:name}
  ingress:
    - fromEndpoints:
        - matchLabels:
            \${5:app}: \${6:peer}
      toPorts:
        - ports:
            - port: "\${7:80}"
              protocol: \${8|TCP,UDP,SCTP,ANY|}
`;

/** What an empty document may become. */
export const documentSkeletons: readonly DocumentSkeleton[] = [
  {
    label: "CiliumNetworkPolicy",
    doc: "A policy of Cilium for pods of one namespace.",
    text: cilium("CiliumNetworkPolicy", "  namespace: ${2:default}\n"),
  },
  {
    label: "CiliumClusterwideNetworkPolicy",
    doc: "A policy of Cilium for pods of all namespaces.",
    text: cilium("CiliumClusterwideNetworkPolicy", ""),
  },
  {
    label: "NetworkPolicy",
    doc: "A policy of Kubernetes for pods of one namespace.",
    text: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: \${1:name}
  namespace: \${2:default}
spec:
  podSelector:
    matchLabels:
      \${3:app}: \${4:name}
  policyTypes:
    - Ingress
  ingress:
    - from:
        - podSelector:
            matchLabels:
              \${5:app}: \${6:peer}
      ports:
        - port: \${7:80}
          protocol: \${8|TCP,UDP,SCTP|}
`,
  },
];

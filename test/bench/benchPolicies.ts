/**
 * Three policies for workloads that realistic flows are of, by name: all pods of a tier, one workload by ports with HTTP
 * rules, and what one namespace may call outside.
 */
export const benchPolicies: Readonly<Record<string, string>> = {
  "tier.yaml": `apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata:
  name: backends
spec:
  endpointSelector:
    matchLabels:
      tier: backend
  ingress:
    - fromEndpoints:
        - matchLabels:
            tier: frontend
      toPorts:
        - ports:
            - { port: "8080", protocol: TCP }
            - { port: "8443", protocol: TCP }
    - fromEntities: [host, remote-node]
  ingressDeny:
    - fromEndpoints:
        - matchLabels:
            tier: cache
`,
  "workload.yaml": `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: orders
  namespace: team-0-frontend
spec:
  endpointSelector:
    matchExpressions:
      - { key: app, operator: In, values: [orders-0, carts-1, billing-2, search-3] }
  ingress:
    - fromEndpoints:
        - matchExpressions:
            - { key: "k8s:io.kubernetes.pod.namespace", operator: Exists }
      toPorts:
        - ports:
            - { port: "8080", protocol: TCP }
          rules:
            http:
              - method: GET
                path: "/api/v1/.*"
              - method: POST
                path: "/api/v1/orders/.*"
    - toPorts:
        - ports:
            - { port: "9090", endPort: 9100, protocol: TCP }
`,
  "egress.yaml": `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: outside
  namespace: team-1-backend
spec:
  endpointSelector: {}
  egress:
    - toEndpoints:
        - matchLabels:
            "k8s:io.kubernetes.pod.namespace": team-0-frontend
      toPorts:
        - ports:
            - { port: "8080", protocol: TCP }
    - toFQDNs:
        - matchPattern: "api-*.example.com"
      toPorts:
        - ports:
            - { port: "443", protocol: TCP }
    - toCIDRSet:
        - cidr: 10.0.0.0/8
          except: [10.129.0.0/16]
`,
};

/** A Kubernetes object as the API sends it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly creationTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

const creationTimestamp = "2026-01-02T03:04:05Z";
const relayLabels = { "k8s-app": "hubble-relay" };

/** The relay's Service as Cilium's Helm chart makes it: one unnamed port, whose target is a container port's name. */
export function relayService(changes: Readonly<Record<string, unknown>> = {}): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "hubble-relay", namespace: "kube-system", creationTimestamp, labels: relayLabels },
    spec: {
      type: "ClusterIP",
      clusterIP: "10.96.0.7",
      selector: relayLabels,
      ports: [{ protocol: "TCP", port: 80, targetPort: "grpc" }],
      ...changes,
    },
  };
}

const kubeSystem: KubernetesObject = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "kube-system", creationTimestamp },
};

/** A pod of the relay. */
export function relayPod(name: string, ready = true): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "kube-system", creationTimestamp, labels: relayLabels },
    spec: {
      nodeName: "k8s-w1",
      containers: [{ name: "hubble-relay", ports: [{ name: "grpc", containerPort: 4245, protocol: "TCP" }] }],
    },
    status: {
      phase: "Running",
      podIP: "10.0.1.12",
      conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
    },
  };
}

/** The EndpointSlice that the cluster keeps for the relay's Service. */
export function relaySlice(
  pods: readonly { readonly name: string; readonly ready: boolean }[],
): KubernetesObject {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: "hubble-relay-x7k2p",
      namespace: "kube-system",
      labels: { "kubernetes.io/service-name": "hubble-relay" },
    },
    addressType: "IPv4",
    ports: [{ name: "", port: 4245, protocol: "TCP" }],
    endpoints: pods.map(({ name, ready }, index) => ({
      addresses: [`10.0.1.${12 + index}`],
      conditions: { ready, serving: ready, terminating: false },
      targetRef: { kind: "Pod", namespace: "kube-system", name },
    })),
  };
}

/** The Endpoints object of the same Service, for clusters where slices may not be read. */
export function relayEndpoints(pods: readonly string[]): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: { name: "hubble-relay", namespace: "kube-system", creationTimestamp, labels: relayLabels },
    subsets: [
      {
        addresses: pods.map((name) => ({
          ip: "10.0.1.12",
          targetRef: { kind: "Pod", namespace: "kube-system", name },
        })),
        ports: [{ port: 4245, protocol: "TCP" }],
      },
    ],
  };
}

/** A whole relay with one ready pod. */
export function readyRelay(podName: string): readonly KubernetesObject[] {
  return [
    kubeSystem,
    relayService(),
    relayPod(podName),
    relaySlice([{ name: podName, ready: true }]),
    relayEndpoints([podName]),
  ];
}

/**
 * Does the agents' default filter drop a label of a pod, so that no identity carries it? Namespace labels, service
 * account and cluster have keys of their own, which are kept.
 */
export function isDroppedLabel(key: string): boolean {
  if (kept.some((prefix) => key.startsWith(prefix))) return false;
  return dropped.some((pattern) => pattern.test(key));
}

const kept = ["io.kubernetes.pod.namespace", "io.cilium.k8s.", "app.kubernetes.io"];

const dropped = [
  /kubernetes\.io/,
  /k8s\.io/,
  /^io\.kubernetes/,
  /^pod-template-(generation|hash)/,
  /^controller-revision-hash/,
  /^annotation\./,
  /^etcd_node/,
];

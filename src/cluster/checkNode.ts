import { ClusterError } from "./clusterError.ts";

/** The oldest Node.js that the Kubernetes client runs on. */
const oldestNode = { major: 22, minor: 19 };

/** Throws `ClusterError` of kind `node-too-old` when the Kubernetes client does not run on this Node.js. */
export function checkNode(version: string): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > oldestNode.major || (major === oldestNode.major && minor >= oldestNode.minor)) return;
  throw new ClusterError(
    "node-too-old",
    `Reaching a cluster through its kubeconfig needs Node.js ${oldestNode.major}.${oldestNode.minor} or newer; this is ${version}. ` +
      "Use a newer one, or the address of a relay that you forward yourself.",
  );
}

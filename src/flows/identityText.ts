/** Cilium's reserved identities by number. */
const reservedIdentities = [
  "unknown",
  "host",
  "world",
  "unmanaged",
  "health",
  "init",
  "remote-node",
  "kube-apiserver",
  "ingress",
  "world-ipv4",
  "world-ipv6",
];

/** A security identity as the `hubble` CLI prints it: `(world)`, `(ID:12397)`. */
export function identityText(identity: number): string {
  return `(${reservedIdentities[identity] ?? `ID:${identity}`})`;
}

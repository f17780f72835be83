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

/** Texts of identities, which are few; more than a cluster can have are forgotten. */
const texts = new Map<number, string>();
const mostTexts = 1 << 17;

/** A security identity as the `hubble` CLI prints it: `(world)`, `(ID:12397)`. */
export function identityText(identity: number): string {
  const known = texts.get(identity);
  if (known !== undefined) return known;
  if (texts.size >= mostTexts) texts.clear();
  const text = `(${reservedIdentities[identity] ?? `ID:${identity}`})`;
  texts.set(identity, text);
  return text;
}

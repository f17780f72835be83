/** Cilium's reserved identities by name, as `--identity` takes them; any other identity is a number. */
export const reservedIdentityNumbers: Readonly<Record<string, number>> = {
  host: 1,
  world: 2,
  unmanaged: 3,
  health: 4,
  init: 5,
  "remote-node": 6,
  "kube-apiserver": 7,
  ingress: 8,
  "world-ipv4": 9,
  "world-ipv6": 10,
  "overlay-to-encrypt": 11,
};

/** Groups of flags of which only one may be given (each any number of times), as the `hubble` CLI has them. */
const groups: readonly (readonly string[])[] = [
  [
    "from-fqdn",
    "from-ip",
    "ip",
    "fqdn",
    "from-namespace",
    "namespace",
    "from-all-namespaces",
    "all-namespaces",
  ],
  ["from-fqdn", "from-ip", "ip", "fqdn", "from-pod", "pod"],
  ["to-fqdn", "to-ip", "ip", "fqdn", "to-namespace", "namespace", "to-all-namespaces", "all-namespaces"],
  ["to-fqdn", "to-ip", "ip", "fqdn", "to-pod", "pod"],
  ["to-pod", "namespace", "all-namespaces"],
  ["from-pod", "namespace", "all-namespaces"],
  ["to-service", "namespace", "all-namespaces"],
  ["from-service", "namespace", "all-namespaces"],
  ["label", "from-label"],
  ["label", "to-label"],
  ["service", "from-service"],
  ["service", "to-service"],
  ["port", "to-port"],
  ["port", "from-port"],
  ["identity", "to-identity"],
  ["identity", "from-identity"],
  ["workload", "to-workload"],
  ["workload", "from-workload"],
  ["encrypted", "unencrypted"],
  ["first", "last"],
  ["first", "all"],
  ["first", "follow"],
  ["last", "all"],
];

const conflicts = new Map<string, ReadonlySet<string>>();
for (const flag of new Set(groups.flat())) {
  const others = groups.filter((group) => group.includes(flag)).flat();
  conflicts.set(flag, new Set(others.filter((other) => other !== flag)));
}

/** Can the two flags (long names) not stand in one list, be it that of `--not` or the other? */
export function conflictBetween(one: string, other: string): boolean {
  return conflicts.get(one)?.has(other) ?? false;
}

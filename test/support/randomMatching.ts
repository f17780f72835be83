import type { SeededRandom } from "../../src/demo/seededRandom.ts";
import {
  type Endpoint,
  type Flow,
  ipVersions,
  type Layer4,
  type Layer7,
  l7Types,
  tcpFlags,
  type TcpFlag,
  trafficDirections,
  verdicts,
} from "../../src/flows/flow.ts";
import type { FlowFilter, FlowFilterField } from "../../src/flows/flowFilter.ts";
import { makeEndpoint, makeFlow, testTime } from "./makeFlow.ts";

const namespaces = ["default", "shop", "shop-eu", "kube-system", ""];
const pods = ["deathstar-8464cdd4d9-bp6qw", "xwing", "x", "cart-1", "coredns-12", ""];
const names = ["deathstar", "cart", "frontend", "coredns"];
const labels = [
  "k8s:org=empire",
  "k8s:org=alliance",
  "k8s:app=cart",
  "app=cart",
  "reserved:world",
  "reserved:host",
  "k8s:io.kubernetes.pod.namespace=shop",
  "k8s:app.kubernetes.io/name=cart",
  "cidr:10.1.0.0/16",
  "cidr:1.1.1.1/32",
  "container:tier",
  "k8s:weight=7",
  "any:odd=-3",
  "",
  "$host",
];
const nodeLabels = [
  "kubernetes.io/os=linux",
  "kubernetes.io/hostname=k8s-w1",
  "io.cilium/egress-gateway",
  "gpu=",
];
const addresses = [
  "10.1.2.3",
  "10.1.255.255",
  "10.2.0.1",
  "1.1.1.1",
  "fd00::1",
  "fd00::ff",
  "2001:db8::7",
  "",
];
const domains = [
  "cilium.io",
  "docs.cilium.io",
  "one.one.one.one",
  "a_b.example.com",
  "CILIUM.IO",
  "end.dot.",
];
const nodes = ["default/k8s-w1", "k8s-w1", "eu-west/eu-1.company.com", "eu-west/K8S", ""];
const clusters = ["default", "eu-west", ""];
const urls = [
  "http://cart.shop/cart/42?sku=a",
  "http://cart.shop:8080/",
  "/healthz",
  "/a%20b/%C3%A9?x",
  "?/no",
  "",
  "*",
  "mailto:somebody",
  "http://user:pass@h/p?",
  "http://[fd00::1]:80/v6",
  "http://bad host/x",
  "http://h:port/x",
  "/bad%zz",
  "//double/slash",
  "HTTP://UPPER/Path#frag",
];
const methods = ["GET", "post", "PUT", ""];
const headers = [
  { key: "User-Agent", value: "curl/8.5.0" },
  { key: "user-agent", value: "curl/8.5.0" },
  { key: "X-Empty", value: "" },
];
const queries = ["cilium.io.", "example.com", ""];
const reasons = ["POLICY_DENIED", "POLICY_DENY", "CT_MAP_INSERTION_FAILED", "DROP_REASON_UNKNOWN"];
const interfaces = [
  { index: 3, name: "eth0" },
  { index: 7, name: "lxc3a5b" },
  { index: 0, name: "eth0" },
  { index: 3, name: "" },
];
const traces = ["3901206590ff9842a2bf4747b0cc06f8", "abc"];
const ports = [80, 443, 53, 0, 33000];

/** A flow of any kind, with odd values among the usual ones. */
export function randomFlow(random: SeededRandom, uuid: string): Flow {
  const maybe = <T>(chance: number, make: () => T): T | undefined =>
    random.percent(chance) ? make() : undefined;
  const l4 = maybe(85, () => randomLayer4(random));
  const l7 = maybe(40, () => randomLayer7(random));
  const optional = {
    nodeName: random.pick(nodes) || undefined,
    nodeLabels: maybe(50, () => some(random, nodeLabels, 3, 1)),
    dropReasonDesc: maybe(30, () => random.pick(reasons.slice(0, 3))),
    isReply: maybe(70, () => random.percent(50)),
    sourceService: maybe(30, () => ({ namespace: random.pick(namespaces), name: random.pick(names) })),
    destinationService: maybe(30, () => ({ namespace: random.pick(namespaces), name: random.pick(names) })),
    interface: maybe(40, () => random.pick(interfaces)),
    traceId: maybe(30, () => random.pick(traces)),
    ipTraceId: maybe(30, () => random.pick(["7", "22", "18446744073709551615"])),
    ip: maybe(90, () => ({
      source: random.pick(addresses),
      destination: random.pick(addresses),
      ...(random.percent(30) && { sourceXlated: random.pick(addresses.slice(0, -1)) }),
      version: random.pick(ipVersions),
      encrypted: random.percent(30),
    })),
  };
  return makeFlow({
    uuid,
    time: testTime(random.integer(0, 1000)),
    verdict: random.pick(verdicts),
    eventType: random.pick([0, 1, 4, 5, 129]),
    eventSubType: random.pick([0, 0, 1, 5, 101, 133]),
    trafficDirection: random.pick(trafficDirections),
    source: randomEndpoint(random),
    destination: randomEndpoint(random),
    sourceNames: some(random, domains),
    destinationNames: some(random, domains),
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
    ...(l4 && { l4 }),
    ...(l7 && { l7 }),
  });
}

function randomEndpoint(random: SeededRandom): Endpoint {
  if (random.percent(10)) return makeEndpoint("", { clusterName: "" });
  return makeEndpoint(`${random.pick(namespaces)}/${random.pick(pods)}`, {
    clusterName: random.pick(clusters),
    identity: random.pick([0, 1, 2, 7, 4101, 16777218]),
    labels: some(random, labels),
    workloads: some(random, names, 2).map((name) => ({
      name,
      kind: random.pick(["Deployment", "DaemonSet", ""]),
    })),
  });
}

function randomLayer4(random: SeededRandom): Layer4 {
  const between = { sourcePort: random.pick(ports), destinationPort: random.pick(ports) };
  return random.pick<() => Layer4>([
    () => ({ protocol: "TCP", ...between, ...(random.percent(80) && { flags: someFlags(random) }) }),
    () => ({ protocol: "TCP", ...between, flags: someFlags(random) }),
    () => ({ protocol: "UDP", ...between }),
    () => ({ protocol: "SCTP", ...between }),
    () => ({ protocol: "ICMPv4", type: random.pick([0, 8]), code: 0 }),
    () => ({ protocol: "ICMPv6", type: 128, code: random.pick([0, 80]) }),
    () => ({ protocol: "VRRP", type: 1, vrid: 7, priority: 100 }),
    () => ({ protocol: "IGMP", type: 22, groupAddress: "224.0.0.1" }),
  ])();
}

/** In Hubble's order. */
function someFlags(random: SeededRandom): readonly TcpFlag[] {
  const picked = some(random, tcpFlags);
  return tcpFlags.filter((flag) => picked.includes(flag));
}

function randomLayer7(random: SeededRandom): Layer7 {
  const type = random.pick(l7Types);
  const record = random.pick<() => Layer7["record"]>([
    () => undefined,
    () => ({
      protocol: "http",
      code: random.pick([0, 200, 404, 503, 99, 1000]),
      method: random.pick(methods),
      url: random.pick(urls),
      version: "HTTP/1.1",
      headers: some(random, headers),
    }),
    () => ({
      protocol: "dns",
      query: random.pick(queries),
      ips: [],
      ttl: 5,
      cnames: [],
      observationSource: "proxy",
      rcode: 0,
      qtypes: ["A"],
      rrtypes: [],
    }),
    () => ({
      protocol: "kafka",
      errorCode: 0,
      apiVersion: 5,
      apiKey: "produce",
      correlationId: 1,
      topic: "t",
    }),
  ])();
  return { type, latencyNs: 0, ...(record && { record }) };
}

/** Values for a field, right ones and wrong ones: how they are to be taken is for both readers to say. */
const values: { readonly [Field in FlowFilterField]: readonly NonNullable<FlowFilter[Field]>[number][] } = {
  uuid: ["flow-1", "flow-2", "", "nosuch"],
  nodeName: [
    "k8s-w1",
    "k8s*",
    "default/k8s-w1",
    "eu-west/*",
    "*/",
    "/",
    "K8S-W1.",
    "*",
    "eu-*/eu-1.company.com",
    "a/b/c",
    "",
    "a b",
  ],
  nodeLabels: [
    "kubernetes.io/os=linux",
    "io.cilium/egress-gateway",
    "!gpu",
    "gpu=",
    "kubernetes.io/hostname in (k8s-w1,k8s-w2)",
  ],
  sourceIp: [
    "10.1.2.3",
    "10.0.0.0/8",
    "10.1.0.0/16",
    "fd00::/8",
    "fd00::1",
    "FD00::1",
    "0.0.0.0/0",
    "::/0",
    "10.1.2.3/99",
    "10.1.2",
    "x",
    "",
  ],
  destinationIp: ["1.1.1.1", "1.1.1.1/32", "2001:db8::/32", "fd00::ff/127", "10.1.128.0/17"],
  sourceIpXlated: ["10.1.2.3", "10.0.0.0/7", "::1"],
  ipVersion: ipVersions,
  sourcePod: ["x", "default/xwing", "shop/", "/cart", "/", "kube-system/coredns", "a/b/c", "", "shop-eu/c"],
  destinationPod: ["deathstar", "default/", "/x", "shop/cart-1", ""],
  sourceService: ["deathstar", "shop/", "/c", "/", ""],
  destinationService: ["shop/cart", "default/dea", "cart"],
  sourceWorkload: [
    { kind: "", name: "cart" },
    { kind: "Deployment", name: "" },
    { kind: "DaemonSet", name: "coredns" },
    { kind: "", name: "" },
  ],
  destinationWorkload: [
    { kind: "", name: "deathstar" },
    { kind: "Deployment", name: "frontend" },
  ],
  sourceFqdn: [
    "cilium.io",
    "*.cilium.io",
    "*",
    "CILIUM.IO",
    " cilium.io. ",
    "a_b.*",
    "*example.com",
    "",
    ".",
    "x..",
    "[",
    "end.dot.",
  ],
  destinationFqdn: ["one.*.one.one", "*.io", "**", "docs*"],
  sourceLabel: [
    "org=empire",
    "k8s:org!=empire",
    "any:org",
    "!org",
    "org in (empire, alliance)",
    "org notin (empire)",
    "reserved:host",
    "k8s:app=cart,tier",
    "app.kubernetes.io/name",
    "k8s:app.kubernetes.io/name == cart",
    "cidr:10.0.0.0/8",
    "cidr:10.1.0.0/17",
    "weight>5",
    "weight < 7",
    "odd<0",
    "weight>x",
    "",
    " ",
    "a b",
    "=",
    "()",
    "x in ()",
    "org in (,alliance)",
    "org notin (a,,b)",
    "!org=empire",
    "org=em=pire",
    "any:k8s:bla",
    "-bad",
    "org,",
    "Org/App/x",
    "UPPER/x=1",
    "k8s.org",
    "unspec:app",
    "io.kubernetes.pod.namespace=shop",
  ],
  destinationLabel: ["reserved:world", "k8s:weight=7", "container:tier", "host", "!reserved:host"],
  sourceIdentity: [0, 1, 7, 4101],
  destinationIdentity: [2, 16777218],
  sourceClusterName: ["default", "eu-*", ""],
  destinationClusterName: ["eu-west", "default"],
  sourcePort: ["80", "443", "0", "080", "65536", "-1", "http", ""],
  destinationPort: ["53", "33000", "80"],
  protocol: [
    "tcp",
    "UDP",
    "icmp",
    "icmpv6",
    "ICMPv4",
    "sctp",
    "vrrp",
    "igmp",
    "dns",
    "http",
    "Kafka",
    "quic",
    "",
  ],
  tcpFlags: [["SYN"], ["ACK", "SYN"], [], ["NS"], ["FIN", "RST"]],
  eventType: [
    { type: 0 },
    { type: 1 },
    { type: 4, subType: 5 },
    { type: 129 },
    { type: 5 },
    { type: 0, subType: 1 },
    { type: 300 },
  ],
  verdict: verdicts,
  dropReasonDesc: reasons,
  trafficDirection: trafficDirections,
  reply: [true, false],
  httpStatusCode: ["404", "4+", "50+", "200", "5+", "404+", "+", "909", "", "20", "4++", "99"],
  httpMethod: ["get", "POST", ""],
  httpPath: ["^/cart/\\d+$", "/", "^$", "a b", "é", "(", "a**", "(?i)PATH", "p$", ".*"],
  httpUrl: ["\\?sku=", "shop", "^http", "[", ""],
  httpHeader: [...headers, { key: "User-Agent", value: "" }],
  dnsQuery: ["\\.$", "^example", "*", ""],
  traceId: ["abc", "", "nosuch"],
  ipTraceId: ["7", "18446744073709551615", "0"],
  interface: [...interfaces, { index: 0, name: "" }, { index: 9, name: "eth0" }],
  encrypted: [true, false],
  celExpression: [
    "_flow.verdict == Verdict.DROPPED",
    "_flow.source.labels.exists(l, l == 'k8s:org=empire')",
    "has(_flow.l4.TCP) && _flow.l4.TCP.destination_port == 80u",
    "_flow.source.labels[1] != ''",
    "_flow.l4.TCP.destination_port == 80",
    "_flow.nosuch",
    "((",
  ],
};

const fields = Object.keys(values) as readonly FlowFilterField[];

/** A filter over one to three fields, each with one or two values; expressions are rare, as they cost. */
export function randomFilter(random: SeededRandom): FlowFilter {
  const filter: Partial<Record<FlowFilterField, readonly unknown[]>> = {};
  for (let count = random.integer(1, 3); count > 0; count--) {
    const field = random.pick(fields);
    filter[field] = some<unknown>(random, values[field], 2, 1);
  }
  return filter as FlowFilter;
}

/** Every field with each of its values, one filter each. */
export function everyValue(): readonly FlowFilter[] {
  return fields.flatMap((field) => values[field].map((value) => ({ [field]: [value] })));
}

/** Some of the items, each at most once. */
function some<T>(random: SeededRandom, items: readonly T[], atMost = 3, atLeast = 0): readonly T[] {
  const picked = new Set<T>();
  const count = random.integer(atLeast, atMost);
  for (let index = 0; index < count; index++) picked.add(random.pick(items));
  return [...picked];
}

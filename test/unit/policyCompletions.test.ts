import assert from "node:assert/strict";
import test from "node:test";
import { fieldDoc } from "../../src/policy/language/fieldDocs.ts";
import { fieldsOf, policyKinds, writtenShape } from "../../src/policy/language/policyFields.ts";
import type { Shape } from "../../src/policy/policyShape.ts";
import { clusterwide, complete, head, kubernetes, subject } from "../support/completionAsk.ts";

/** What is offered: with how often it was seen, and how long Cilium knew it. `…`: and more. */
const offers: readonly (readonly [title: string, text: string, labels: string])[] = [
  ["empty", "▏", "CiliumNetworkPolicy CiliumClusterwideNetworkPolicy NetworkPolicy"],
  ["empty with comment", "# a\n▏", "CiliumNetworkPolicy CiliumClusterwideNetworkPolicy NetworkPolicy"],
  ["empty word", "Cil▏", "CiliumNetworkPolicy CiliumClusterwideNetworkPolicy NetworkPolicy"],
  ["second doc", kubernetes + "---\n▏", "CiliumNetworkPolicy CiliumClusterwideNetworkPolicy NetworkPolicy"],
  ["on the mark", kubernetes + "---▏", ""],
  ["kind", "apiVersion: cilium.io/v2\nkind: ▏", "CiliumNetworkPolicy CiliumClusterwideNetworkPolicy"],
  ["kind no version", "kind: Net▏", "CiliumNetworkPolicy CiliumClusterwideNetworkPolicy NetworkPolicy"],
  ["kind other", "apiVersion: apps/v1\nkind: ▏", ""],
  ["version", "apiVersion: ▏\nkind: NetworkPolicy\n", "networking.k8s.io/v1"],
  ["other kind", "kind: Service\n▏", ""],
  ["root key", "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n▏", "metadata spec specs"],
  [
    "root key typed",
    "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmet▏\nspec: {}\n",
    "metadata specs",
  ],
  ["metadata key", "kind: CiliumNetworkPolicy\nmetadata:\n  ▏", "name namespace labels annotations"],
  [
    "metadata key ccnp",
    "kind: CiliumClusterwideNetworkPolicy\nmetadata:\n  name: a\n  ▏",
    "labels annotations",
  ],
  [
    "spec keys",
    head + "  ▏",
    "endpointSelector ingress ingressDeny egress egressDeny labels enableDefaultDeny description log",
  ],
  [
    "spec keys ccnp",
    clusterwide + "  ▏",
    "endpointSelector nodeSelector ingress ingressDeny egress egressDeny labels enableDefaultDeny description log",
  ],
  [
    "spec keys after",
    subject + "  eg▏\n  ingress: []\n",
    "ingressDeny egress egressDeny labels enableDefaultDeny description log",
  ],
  ["spec wrong column", head + "    endpointSelector: {}\n  ▏", ""],
  ["spec np", kubernetes + "  ▏", "policyTypes ingress egress"],
  [
    "ingress fresh",
    subject + "  ingress:\n    ▏",
    "fromEndpoints fromEntities fromCIDR fromCIDRSet fromNodes fromGroups toPorts icmps authentication fromRequires(until 1.18)",
  ],
  [
    "ingress dash",
    subject + "  ingress:\n    - ▏",
    "fromEndpoints fromEntities fromCIDR fromCIDRSet fromNodes fromGroups toPorts icmps authentication fromRequires(until 1.18)",
  ],
  [
    "ingress flat dash",
    subject + "  ingress:\n  - ▏",
    "fromEndpoints fromEntities fromCIDR fromCIDRSet fromNodes fromGroups toPorts icmps authentication fromRequires(until 1.18)",
  ],
  [
    "ingress second key",
    subject + "  ingress:\n    - fromEndpoints:\n        - {}\n      ▏",
    "fromEntities fromCIDR fromCIDRSet fromNodes fromGroups toPorts icmps authentication fromRequires(until 1.18)",
  ],
  [
    "ingress second item",
    subject + "  ingress:\n    - fromEndpoints:\n        - {}\n    ▏",
    "fromEndpoints fromEntities fromCIDR fromCIDRSet fromNodes fromGroups toPorts icmps authentication fromRequires(until 1.18)",
  ],
  [
    "ingress half",
    subject + "  ingress:\n    - fromE▏\n",
    "fromEndpoints fromEntities fromCIDR fromCIDRSet fromNodes fromGroups toPorts icmps authentication fromRequires(until 1.18)",
  ],
  [
    "ingress half colon",
    subject + "  ingress:\n    - fromE▏: [world]\n",
    "fromEndpoints fromEntities fromCIDR fromCIDRSet fromNodes fromGroups toPorts icmps authentication fromRequires(until 1.18)",
  ],
  [
    "deny",
    subject + "  ingressDeny:\n    - ▏",
    "fromEndpoints fromEntities fromCIDR fromCIDRSet fromNodes fromGroups toPorts icmps fromRequires(until 1.18)",
  ],
  [
    "egress",
    subject + "  egress:\n    - toF▏",
    "toEndpoints toEntities toCIDR toCIDRSet toNodes toServices toGroups toFQDNs toPorts icmps authentication toRequires(until 1.18)",
  ],
  [
    "entities",
    subject + "  ingress:\n    - fromEntities:\n        - ▏",
    "world(8) all cluster host init ingress unmanaged remote-node health none kube-apiserver",
  ],
  [
    "entities fresh",
    subject + "  ingress:\n    - fromEntities:\n        ▏",
    "world(8) all cluster host init ingress unmanaged remote-node health none kube-apiserver",
  ],
  [
    "entities inline",
    subject + "  ingress:\n    - fromEntities: ▏",
    "[world](8) [all] [cluster] [host] [init] [ingress] [unmanaged] [remote-node] [health] [none] [kube-apiserver]",
  ],
  [
    "entities flow",
    subject + "  ingress:\n    - fromEntities: [world, ▏]",
    "all cluster host init ingress unmanaged remote-node health none kube-apiserver",
  ],
  [
    "entities quoted",
    subject + '  ingress:\n    - fromEntities:\n        - "w▏"',
    "world(8) all cluster host init ingress unmanaged remote-node health none kube-apiserver",
  ],
  ["selector", subject + "  ingress:\n    - fromEndpoints:\n        - ▏", "matchLabels matchExpressions"],
  ["selector behind", head + "  endpointSelector: ▏", "{}"],
  [
    "labels fresh",
    head + "  endpointSelector:\n    matchLabels:\n      ▏",
    "k8s:io.kubernetes.pod.namespace(70) org(70) app(30) k8s:io.cilium.k8s.namespace.labels.team(7) reserved:host(5)",
  ],
  [
    "labels second",
    head + "  endpointSelector:\n    matchLabels:\n      app: a\n      ▏",
    "k8s:io.kubernetes.pod.namespace(70) org(70) k8s:io.cilium.k8s.namespace.labels.team(7) reserved:host(5)",
  ],
  [
    "labels flow",
    head + "  endpointSelector: { matchLabels: { ▏ } }",
    "k8s:io.kubernetes.pod.namespace(70) org(70) app(30) k8s:io.cilium.k8s.namespace.labels.team(7) reserved:host(5)",
  ],
  ["labels value", head + "  endpointSelector:\n    matchLabels:\n      org: ▏", "empire(50) alliance(20)"],
  ["labels value flow", head + "  endpointSelector: { matchLabels: { org: e▏ } }", "empire(50) alliance(20)"],
  [
    "label ns",
    subject +
      "  ingress:\n    - fromEndpoints:\n        - matchLabels:\n            k8s:io.kubernetes.pod.namespace: ▏",
    "default(60) shop(10)",
  ],
  ["expr keys", head + "  endpointSelector:\n    matchExpressions:\n      - ▏", "key operator values"],
  [
    "expr key",
    head + "  endpointSelector:\n    matchExpressions:\n      - key: ▏",
    "k8s:io.kubernetes.pod.namespace(70) org(70) app(30) k8s:io.cilium.k8s.namespace.labels.team(7) reserved:host(5)",
  ],
  [
    "expr operator",
    head + "  endpointSelector:\n    matchExpressions:\n      - key: org\n        operator: ▏",
    "In NotIn Exists DoesNotExist",
  ],
  [
    "expr values",
    head +
      "  endpointSelector:\n    matchExpressions:\n      - key: org\n        operator: In\n        values:\n          - ▏",
    "empire(50) alliance(20)",
  ],
  [
    "expr values flow",
    head + "  endpointSelector:\n    matchExpressions:\n      - { key: org, operator: In, values: [▏] }",
    "empire(50) alliance(20)",
  ],
  [
    "toPorts",
    subject + "  ingress:\n    - toPorts:\n        - ▏",
    "ports rules terminatingTLS originatingTLS serverNames listener",
  ],
  [
    "port item",
    subject + "  ingress:\n    - toPorts:\n        - ports:\n            - ▏",
    "port endPort protocol",
  ],
  [
    "port value",
    subject + "  ingress:\n    - toPorts:\n        - ports:\n            - port: ▏",
    "80(40) 8080(3)",
  ],
  [
    "port quoted",
    subject + '  ingress:\n    - toPorts:\n        - ports:\n            - port: "▏"',
    "80(40) 8080(3)",
  ],
  ["port flow", subject + '  ingress: [{ toPorts: [{ ports: [{ port: "8▏" }] }] }]', "80(40) 8080(3)"],
  ["port np", kubernetes + "  ingress:\n    - ports:\n        - port: ▏", "80(40) 8080(3)"],
  [
    "protocol",
    subject +
      '  ingress:\n    - toPorts:\n        - ports:\n            - port: "80"\n              protocol: T▏',
    "TCP UDP SCTP ANY",
  ],
  ["protocol np", kubernetes + "  ingress:\n    - ports:\n        - protocol: ▏", "TCP UDP SCTP"],
  [
    "protocol no space",
    subject +
      '  ingress:\n    - toPorts:\n        - ports:\n            - port: "80"\n              protocol:▏',
    "TCP UDP SCTP ANY",
  ],
  [
    "rules",
    subject + "  ingress:\n    - toPorts:\n        - ports: []\n          rules:\n            ▏",
    "http dns kafka(until 1.19) l7proto(until 1.19) l7(until 1.19)",
  ],
  [
    "http",
    subject + "  ingress:\n    - toPorts:\n        - rules:\n            http:\n              - ▏",
    "path method host headers headerMatches",
  ],
  [
    "method",
    subject + "  ingress:\n    - toPorts:\n        - rules:\n            http:\n              - method: ▏",
    "POST(12) GET PUT PATCH DELETE HEAD OPTIONS",
  ],
  [
    "path",
    subject +
      "  ingress:\n    - toPorts:\n        - rules:\n            http:\n              - method: GET\n                path: ▏",
    "/v1/request-landing(12) /v1\\?a(1)",
  ],
  [
    "dns",
    subject +
      "  egress:\n    - toPorts:\n        - rules:\n            dns:\n              - matchPattern: ▏",
    "*.example.com(13) api.example.com(13) *.shop.svc.cluster.local(5) web.shop.svc.cluster.local(5) *",
  ],
  ["fqdn", subject + "  egress:\n    - toFQDNs:\n        - matchName: ▏", "api.example.com(13)"],
  [
    "fqdn pattern",
    subject + '  egress:\n    - toFQDNs:\n        - matchPattern: "▏"',
    "*.example.com(13) api.example.com(13) *",
  ],
  [
    "service",
    subject +
      "  egress:\n    - toServices:\n        - k8sService:\n            namespace: shop\n            serviceName: ▏",
    "web(3)",
  ],
  [
    "service ns",
    subject + "  egress:\n    - toServices:\n        - k8sService:\n            namespace: ▏",
    "default(60) shop(10)",
  ],
  [
    "icmp type",
    subject +
      "  ingress:\n    - icmps:\n        - fields:\n            - family: IPv6\n              type: ▏",
    "DestinationUnreachable PacketTooBig TimeExceeded ParameterProblem EchoRequest EchoReply …",
  ],
  [
    "icmp family",
    subject + "  ingress:\n    - icmps:\n        - fields:\n            - family: ▏",
    "IPv4 IPv6",
  ],
  [
    "mode",
    subject + "  ingress:\n    - authentication:\n        mode: ▏",
    "disabled required test-always-fail",
  ],
  ["default deny", subject + "  enableDefaultDeny:\n    ingress: ▏", "true false"],
  ["default deny flow", subject + "  enableDefaultDeny: { ▏ }", "ingress egress"],
  ["ns", "kind: CiliumNetworkPolicy\nmetadata:\n  namespace: ▏", "default(60) shop(10)"],
  ["policyTypes", kubernetes + "  policyTypes:\n    - ▏", "Ingress Egress"],
  ["policyTypes flow", kubernetes + "  policyTypes: [Ingress, ▏]", "Egress"],
  ["np from", kubernetes + "  ingress:\n    - from:\n        - ▏", "podSelector namespaceSelector ipBlock"],
  [
    "np nsSelector",
    kubernetes +
      "  ingress:\n    - from:\n        - namespaceSelector:\n            matchLabels:\n              ▏",
    "team(7)",
  ],
  [
    "np podSelector",
    kubernetes + "  ingress:\n    - from:\n        - podSelector: { matchLabels: { ▏",
    "org(70) app(30)",
  ],
  ["comment", subject + "  # ▏", ""],
  ["comment behind", subject + "  ingress: # ▏", ""],
  ["block text", subject + "  description: |\n    ▏", ""],
  ["description", subject + "  description: a ▏", ""],
  ["template", subject + "  ingress: {{ .Values.x }}\n  ▏", ""],
  [
    "list item",
    "apiVersion: v1\nkind: List\nitems:\n- apiVersion: cilium.io/v2\n  kind: CiliumNetworkPolicy\n  spec:\n    ▏",
    "endpointSelector ingress ingressDeny egress egressDeny labels enableDefaultDeny description log",
  ],
  [
    "json",
    '{ "apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy", "spec": { "ingress": [ { "fromE▏" } ] } }',
    "fromEndpoints fromEntities fromCIDR fromCIDRSet fromNodes fromGroups toPorts icmps authentication fromRequires(until 1.18)",
  ],
  [
    "specs",
    head.replace("spec:\n", "specs:\n") + "  - endpointSelector: {}\n    ▏",
    "ingress ingressDeny egress egressDeny labels enableDefaultDeny description log",
  ],
  [
    "nonsense above",
    head + "  endpointSelector: {\n  nonsense ]\n  ingress:\n    - ▏",
    "fromEndpoints fromEntities fromCIDR fromCIDRSet fromNodes fromGroups toPorts icmps authentication fromRequires(until 1.18)",
  ],
  [
    "header",
    subject +
      "  ingress:\n    - toPorts:\n        - rules:\n            http:\n              - headerMatches:\n                  - mismatch: ▏",
    "LOG ADD DELETE REPLACE",
  ],
  [
    "kafka",
    subject +
      "  ingress:\n    - toPorts:\n        - rules:\n            kafka:\n              - apiKey: pro▏",
    "produce fetch offsets metadata leaderandisr stopreplica …",
  ],
  [
    "windows",
    (subject + "  ingress:\n    - fromEntities:\n        - ▏\n      toPorts: []\n").replaceAll("\n", "\r\n"),
    "world(8) all cluster host init ingress unmanaged remote-node health none kube-apiserver",
  ],
  [
    "flow multi",
    subject + "  ingress:\n    - {\n        fromEntities: [world],\n        ▏\n      }\n",
    "fromEndpoints fromCIDR fromCIDRSet fromNodes fromGroups toPorts icmps authentication fromRequires(until 1.18)",
  ],
  [
    "what a list has is not offered again",
    `${kubernetes}  policyTypes:\n    - ▏\n    # and\n    - "Egress" # out\n  ingress:\n    - Ingress\n`,
    "Ingress",
  ],
  [
    "what an outer list has is",
    `${subject}  ingress:\n    - fromEntities:\n        - all\n    - fromEntities:\n        - a▏\n        - world\n`,
    "all cluster …",
  ],
  ["a list as far in as its key", `${kubernetes}  policyTypes:\n  - Ingress\n  - ▏`, "Egress"],
  ["behind a colon without a key", `${subject}  ingress: [: , ▏]`, ""],
];

for (const [title, text, labels] of offers) {
  test(`offered: ${title}`, () => {
    const items = complete(text)?.items ?? [];
    const shown = items
      .map(({ label, count, until }) => {
        return `${label}${count === undefined ? "" : `(${count})`}${until === undefined ? "" : `(until ${until})`}`;
      })
      .join(" ");
    if (labels.endsWith(" …")) assert.ok(shown.startsWith(labels.slice(0, -1)), shown);
    else assert.equal(shown, labels);
  });
}

test("every field has a line of its own about it", () => {
  const without: string[] = [];
  const look = (shape: Shape, holder: string | undefined): void => {
    if (shape.kind === "list") look(shape.items, holder);
    if (shape.kind !== "map") return;
    for (const kind of policyKinds) {
      for (const [name, field] of fieldsOf(shape, kind)) {
        if (fieldDoc(name, holder) === undefined) without.push(`${holder ?? ""}.${name}`);
        if (kind === "CiliumClusterwideNetworkPolicy") look(field.shape, name);
      }
    }
  };
  for (const kind of policyKinds) look(writtenShape(kind), undefined);
  assert.deepEqual([...new Set(without)], []);
});

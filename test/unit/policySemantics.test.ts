import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Connection } from "../../src/policy/connection.ts";
import { decide } from "../../src/policy/decide.ts";
import { everyRule } from "../../src/policy/everyRule.ts";
import { createPolicySet } from "../../src/policy/policySet.ts";
import { readPolicies } from "../../src/policy/readPolicies.ts";
import { type Ask, askOf, connectionOf, rowsOf, setOf } from "../support/policyAsk.ts";

/** The answer of the first rule to a peer: `yes`, `no`, or what is missing. */
function answerOf(rule: string, direction: Connection["direction"], peer: string, ask: Ask): string {
  const section = rule.startsWith("deny ") ? `${direction}Deny` : direction;
  const subject = ask.kind === "NetworkPolicy" ? "podSelector" : "endpointSelector";
  const set = setOf(`{ ${subject}: {}, ${section}: [${rule.replace("deny ", "")}] }`, ask);
  const [match] = everyRule(set, connectionOf(direction, peer, ask.port));
  if (!match) return "none";
  return match.match === "undecidable" ? (match.missing[0]?.field ?? "?") : match.match;
}

/** Section of the specification and statement | direction and peer | rule | answer | what else is known. */
const rules = `
3.1 reserved keys: no namespace | ingress health | { fromEndpoints: [{ matchLabels: { 'reserved:health': '' } }] } | yes | 
3.2 an expression names the namespace | ingress elsewhere | { fromEndpoints: [{ matchExpressions: [{ key: io.kubernetes.pod.namespace, operator: Exists }] }] } | yes | 
3.4 the own namespace | ingress elsewhere | { fromEndpoints: [{ matchLabels: { app: client } }] } | no | 
3.4 not the world | ingress world | { fromEndpoints: [{}] } | no | 
3.5 cluster-wide: every pod | ingress elsewhere | { fromEndpoints: [{}] } | yes | CiliumClusterwideNetworkPolicy
3.5 cluster-wide: not health | ingress health | { fromEndpoints: [{}] } | no | CiliumClusterwideNetworkPolicy
3.6 from 1.19 on the local cluster only | ingress abroad | { fromEndpoints: [{}] } | no | 1.19
3.6 up to 1.18 every cluster | ingress abroad | { fromEndpoints: [{}] } | yes | 1.18
3.6 which of them is not known | ingress abroad | { fromEndpoints: [{}] } | policy-default-local-cluster | 
3 NotIn is met by what has no label | ingress world | { fromEndpoints: [{ matchExpressions: [{ key: 'reserved:x', operator: DoesNotExist }] }] } | yes | 
4 an empty list is nobody, ports or not | ingress client | { fromEndpoints: [], toPorts: [{ ports: [{ port: '80' }] }] } | no | 
4 null is everybody, with ports | ingress world | { fromEndpoints: null, toPorts: [{ ports: [{ port: '80' }] }] } | yes | 
4 nothing is nobody | ingress client | {} | no | 
4 of a NetworkPolicy nothing is everybody | ingress world | {} | yes | NetworkPolicy
4 of a NetworkPolicy an empty list, too | ingress world | { from: [] } | yes | NetworkPolicy
4 entity cluster: no world | ingress world | { fromEntities: [cluster] } | no | 
4 entity cluster: the API server outside | ingress api server | { fromEntities: [cluster] } | yes | 
4 entity world: the API server outside | ingress api server | { fromEntities: [world] } | yes | 
4 entity cluster: another cluster | ingress abroad | { fromEntities: [cluster] } | no | 
4 entity none | ingress client | { fromEntities: [none] } | no | 
4 entity all, of an unknown peer | ingress nobody | { fromEntities: [all] } | yes | 
10 an unknown peer has no labels | ingress nobody | { fromEntities: [world] } | labels | 
4 blocks never match pods | ingress client | { fromCIDR: [0.0.0.0/0] } | no | 
4 blocks match the world | ingress world | { fromCIDR: [203.0.113.128/24] } | yes | 
4 blocks do not match nodes | ingress node | { fromCIDR: [0.0.0.0/0] } | no | blocks without nodes
4 unless agents are told to | ingress node | { fromCIDR: [0.0.0.0/0] } | yes | blocks with nodes
10 which they may be | ingress node | { fromCIDR: [172.18.0.0/16] } | cidr | 
10 but not outside of the block | ingress node | { fromCIDR: [10.0.0.0/8] } | no | 
10 an address is missing | ingress world without address | { fromCIDR: [203.0.113.0/24] } | cidr | 
4 except is of its own entry | ingress world | { fromCIDRSet: [{ cidr: 203.0.113.0/24, except: [203.0.113.0/28] }, { cidr: 203.0.113.7/32 }] } | yes | 
4 what is excepted is not denied | ingress world | deny { fromCIDRSet: [{ cidr: 203.0.113.0/24, except: [203.0.113.0/28] }] } | no | 
4 a group by its label | ingress grouped | { fromCIDRSet: [{ cidrGroupRef: offices }] } | yes | 
4 a group without label and object | ingress world | { fromCIDRSet: [{ cidrGroupRef: offices }] } | cidrGroupRef | 
4 a group that is not there | ingress world | { fromCIDRSet: [{ cidrGroupRef: offices }] } | no | all groups known
4 a name by its label | egress named world | { toFQDNs: [{ matchName: api.example.com }] } | yes | 
4 another name | egress named world | { toFQDNs: [{ matchName: cdn.example.com }] } | no | 
4 no label from agents that give them | egress world | { toFQDNs: [{ matchName: api.example.com }] } | no | 1.17
10 no label from old agents | egress world | { toFQDNs: [{ matchName: api.example.com }] } | toFQDNs | 1.15
10 no label from agents nobody knows | egress world | { toFQDNs: [{ matchName: api.example.com }] } | toFQDNs | 
4 names are never nodes | egress node | { toFQDNs: [{ matchName: api.example.com }] } | no | 
4 names are never pods | egress client | { toFQDNs: [{ matchPattern: '*' }] } | no | 
4 every name is not every address | egress world | { toFQDNs: [{ matchPattern: '*' }] } | no | 1.17
4 the label as it is written | egress named world | { toFQDNs: [{ matchName: API.example.com }] } | no | 
4 there is no fromFQDNs | ingress named world | { fromFQDNs: [{ matchName: api.example.com }] } | no | 
4 nor toFQDNs in a deny rule | egress named world | deny { toFQDNs: [{ matchName: api.example.com }] } | no | 
4 so that ports are denied to all | egress client | deny { toFQDNs: [{ matchName: api.example.com }], toPorts: [{ ports: [{ port: '80' }] }] } | yes | 
4 a Service of another namespace | egress world | { toServices: [{ k8sService: { serviceName: svc, namespace: other } }] } | no | services known
4 a Service without pods is not its pods | egress client | { toServices: [{ k8sService: { serviceName: svc } }] } | no | services known
4 pods of a Service | egress client | { toServices: [{ k8sService: { serviceName: pods } }] } | yes | services known
4 pods of a Service, elsewhere | egress elsewhere | { toServices: [{ k8sService: { serviceName: pods } }] } | no | services known
4 labels of Services have no source | egress world | { toServices: [{ k8sServiceSelector: { selector: { matchLabels: { 'k8s:a': b } } } }] } | yes | services known
4 ports of a Service decide | egress world | { toServices: [{ k8sService: { serviceName: svc } }], toPorts: [{ ports: [{ port: '81' }] }] } | no | 
4 no names are none at all | egress client | { toFQDNs: [], toPorts: [{ ports: [{ port: '80' }] }] } | yes | 
4 no Services are none at all | egress client | { toServices: [], toPorts: [{ ports: [{ port: '80' }] }] } | yes | 
4 no Services, and no ports | egress client | { toServices: [] } | no | 
4 Services are needed | egress world | { toServices: [{ k8sService: { serviceName: svc } }] } | toServices | 
4 a Service in any namespace | egress world | { toServices: [{ k8sService: { serviceName: svc } }] } | yes | services known
4 a Service by its labels | egress world | { toServices: [{ k8sServiceSelector: { selector: { matchLabels: { a: b } } } }] } | yes | services known
4 a Service that is not there, with ports | egress client | { toServices: [{ k8sService: { serviceName: x } }], toPorts: [{ ports: [{ port: '80' }] }] } | yes | services known
4 a Service that is not there | egress client | { toServices: [{ k8sService: { serviceName: x } }] } | no | services known
4 denied Services are never resolved | egress world | deny { toServices: [{ k8sService: { serviceName: svc } }] } | toServices | services known
4 groups | ingress world | { fromGroups: [{ aws: { securityGroupsIds: [sg] } }] } | fromGroups | 
4 nodes by their labels | ingress rack node | { fromNodes: [{ matchLabels: { rack: r1 } }] } | yes | 
4 nodes are never the local one | ingress host | { fromNodes: [{}] } | no | 
4 nodes where agents refuse them | ingress rack node | { fromNodes: [{}] } | none | no node labels
5 no ports: ICMP as well | ingress client | { fromEntities: [all] } | yes | port ICMPv4/8
5 an item without ports | ingress client | { toPorts: [{}] } | no | 
5 an empty list of ports | ingress client | { fromEntities: [all], toPorts: [] } | yes | 
5 port 0 | ingress client | { toPorts: [{ ports: [{ port: '0', protocol: TCP }] }] } | yes | 
5 any protocol is not ICMP | ingress client | { toPorts: [{ ports: [{ port: '0' }] }] } | no | port ICMPv4/8
5 SCTP | ingress client | { toPorts: [{ ports: [{ port: '80', protocol: ANY }] }] } | yes | port SCTP/80
5 endPort | ingress client | { toPorts: [{ ports: [{ port: '80', endPort: 90 }] }] } | yes | port TCP/90
5 a lower endPort is ignored | ingress client | { toPorts: [{ ports: [{ port: '80', endPort: 70 }] }] } | no | port TCP/75
5 named on ingress: the subject's | ingress client | { toPorts: [{ ports: [{ port: WEB }] }] } | yes | pod ports known
5 named on ingress: not the peer's | ingress client | { toPorts: [{ ports: [{ port: api }] }] } | no | pod ports known
5 named on egress: any pod's | egress client | { toPorts: [{ ports: [{ port: api }] }] } | yes | pod ports known
5 named, nothing known | ingress client | { toPorts: [{ ports: [{ port: web }] }] } | named-port | 
5 named, wrong protocol | ingress client | { toPorts: [{ ports: [{ port: web, protocol: UDP }] }] } | no | 
5 ICMP type 0 is every type | ingress client | { icmps: [{ fields: [{ type: 0 }] }] } | yes | port ICMPv4/8
5 ICMP by name | ingress client | { icmps: [{ fields: [{ type: EchoRequest, family: IPv6 }] }] } | yes | port ICMPv6/128
5 ICMP of the other family | ingress client | { icmps: [{ fields: [{ type: 8 }] }] } | no | port ICMPv6/8
5 no layer 4, rule with ports | ingress client | { toPorts: [{ ports: [{ port: '80' }] }] } | l4 | no port
5 no layer 4, rule without | ingress client | { fromEntities: [all] } | yes | no port
10 a decided no outweighs the rest | ingress client | { fromGroups: [{}], toPorts: [{ ports: [{ port: '81' }] }] } | no | 
`;

describe("every statement about one rule", () => {
  for (const [name = "", who = "", rule = "", expected, option] of rowsOf(rules)) {
    test(`${name}: ${rule} and ${who} ${option ?? ""}`, () => {
      const direction = who.startsWith("egress ") ? "egress" : "ingress";
      assert.equal(answerOf(rule, direction, who.replace(/^\w+ /, ""), askOf(option)), expected);
    });
  }
});

/** The same | peer of ingress | spec | verdict and reason | what else is known. */
const decisions = `
4 the node reaches its pods | host | { endpointSelector: {}, ingress: [{}] } | allowed localhost | 
4 not when agents say so | host | { endpointSelector: {}, ingress: [{}] } | denied default-deny | localhost by policy
4 not when it is denied | host | { endpointSelector: {}, ingressDeny: [{ fromEntities: [host] }] } | denied explicit-deny | 
1.4 deny wins | client | { endpointSelector: {}, ingress: [{ fromEntities: [all] }], ingressDeny: [{ fromEndpoints: [{}] }] } | denied explicit-deny | 
7 a deny rule alone denies the rest | client | { endpointSelector: {}, ingressDeny: [{ fromEntities: [world] }] } | denied default-deny | 
7 unless it says no | client | { endpointSelector: {}, enableDefaultDeny: { ingress: false }, ingressDeny: [{ fromEntities: [world] }] } | allowed default-allow | 
7 which agents may ignore | client | { endpointSelector: {}, enableDefaultDeny: { ingress: false }, ingressDeny: [{ fromEntities: [world] }] } | denied default-deny | default deny anyway
7 either policy's default deny is enough | client | { endpointSelector: {}, enableDefaultDeny: { ingress: false }, ingress: [{ fromEntities: [world] }] } ; { endpointSelector: {}, ingress: [{}] } | denied default-deny | 
7 none of them | client | { endpointSelector: {}, enableDefaultDeny: { ingress: false }, ingress: [{ fromEntities: [world] }] } ; { endpointSelector: {}, enableDefaultDeny: { ingress: false }, ingress: [{}] } | allowed default-allow | 
7 true without rules is nothing | client | { endpointSelector: {}, enableDefaultDeny: { ingress: true }, egress: [{}] } | allowed not-enforced | 
7 of the other direction | client | { endpointSelector: {}, enableDefaultDeny: { egress: false }, ingress: [{}] } | denied default-deny | 
7 its deny rules still deny | world | { endpointSelector: {}, enableDefaultDeny: { ingress: false }, ingressDeny: [{ fromEntities: [world] }] } | denied explicit-deny | 
7 its allow rules still allow | client | { endpointSelector: {}, enableDefaultDeny: { ingress: false }, ingress: [{ fromEndpoints: [{}] }] } | allowed allow-rule | 
7 both empty | client | { endpointSelector: {}, ingress: [], ingressDeny: [{ fromEntities: [world] }] } | denied default-deny | 
7 no section at all | client | { endpointSelector: {}, ingress: [], egress: [] } | allowed not-enforced | 
7 a rule for nobody | client | { endpointSelector: {}, ingress: [{ fromEndpoints: [] }] } | denied default-deny | 
7 deny of another policy wins | client | { endpointSelector: {}, ingress: [{ fromEndpoints: [{ matchLabels: { app: client } }], toPorts: [{ ports: [{ port: '80' }] }] }] } ; { endpointSelector: {}, ingressDeny: [{ fromEntities: [cluster] }] } | denied explicit-deny | 
7 policyTypes empty | client | { podSelector: {}, policyTypes: [] } | denied default-deny | NetworkPolicy
7 policyTypes absent, egress only | client | { podSelector: {}, egress: [{}] } | denied default-deny | NetworkPolicy
7 a section counts without its type | client | { podSelector: {}, policyTypes: [Egress], ingress: [{ from: [{ podSelector: {} }] }] } | allowed allow-rule | NetworkPolicy
7 an empty section denies | client | { podSelector: {}, ingress: [] } | denied default-deny | NetworkPolicy
2 a node policy selects no pod | client | { nodeSelector: {}, ingress: [{}] } | allowed not-enforced | CiliumClusterwideNetworkPolicy
2 another key for the namespace is asked, too | client | { endpointSelector: { matchLabels: { io.kubernetes.pod.namespace: other } }, ingress: [{}] } | allowed not-enforced | 
2 a dropped label is on nobody | client | { endpointSelector: { matchLabels: { pod-template-hash: x } }, ingress: [{}] } | allowed not-enforced | 
4 remote nodes are not the local host | node | { endpointSelector: {}, ingress: [{}] } | denied default-deny | 
7 never | client | { endpointSelector: {}, ingress: [{}] } | allowed not-enforced | never enforced
7 always | client | { endpointSelector: {}, egress: [{}] } | denied default-deny | always enforced
7 default | client | { endpointSelector: {}, egress: [{}] } | allowed not-enforced | 
7 policyTypes | client | { podSelector: {}, policyTypes: [Ingress] } | denied default-deny | NetworkPolicy
7 only Egress | client | { podSelector: {}, policyTypes: [Egress] } | allowed not-enforced | NetworkPolicy
2 another namespace is overwritten | client | { endpointSelector: { matchLabels: { 'k8s:io.kubernetes.pod.namespace': other } }, ingress: [{}] } | denied default-deny | 
4 requires bind endpoints | client | { endpointSelector: {}, ingress: [{ fromRequires: [{ matchLabels: { env: prod } }] }, { fromEndpoints: [{}] }] } | denied default-deny | 1.17
4 requires bind no others | client | { endpointSelector: {}, ingress: [{ fromRequires: [{ matchLabels: { env: prod } }] }, { fromEntities: [all] }] } | allowed allow-rule | 1.17
4 from 1.19 on requires are refused | client | { endpointSelector: {}, ingress: [{ fromRequires: [{}] }, { fromEndpoints: [{}] }] } | allowed not-enforced | 1.19
4 which version is not known | client | { endpointSelector: {}, ingress: [{ fromRequires: [{}] }, { fromEndpoints: [{}] }] } | undecidable undecidable | 
`;

describe("every statement about a decision", () => {
  for (const [name = "", peer = "", spec = "", expected, option] of rowsOf(decisions)) {
    test(`${name}: ${spec} and ${peer} ${option ?? ""}`, () => {
      const policies = spec.split(" ; ").map((text) => setOf(text, askOf(option)).policies);
      const named = policies.flatMap(([policy], index) => (policy ? [{ ...policy, name: `p${index}` }] : []));
      const set = createPolicySet(named, askOf(option).context);
      const decision = decide(set, connectionOf("ingress", peer));
      assert.equal(`${decision.verdict} ${decision.reason}`, expected);
    });
  }
});

/** Rules with what they ask for | what is asked of the client in the end, whatever their order. */
const authentications = `
fromEndpoints: [{}], authentication: { mode: required } ; fromEntities: [all] | required
fromEndpoints: [{}], authentication: { mode: required } ; fromEntities: [all], authentication: { mode: disabled } | required
fromEndpoints: [{}], authentication: { mode: required } ; toPorts: [{ ports: [{ port: '80' }] }], authentication: { mode: disabled } | disabled
fromEndpoints: [{}], authentication: { mode: required } ; toPorts: [{ ports: [{ port: '81' }] }], authentication: { mode: test-always-fail } | required
fromEndpoints: [{}], authentication: { mode: required } ; toPorts: [{ ports: [{ port: '0' }] }], authentication: { mode: test-always-fail } | test-always-fail
fromEntities: [all] ; fromEntities: [cluster] | none
`;

describe("which authentication is asked for", () => {
  for (const [written = "", expected] of rowsOf(authentications)) {
    test(written, () => {
      const rules = written.split(" ; ").map((rule) => `{ ${rule} }`);
      for (const ordered of [rules, rules.toReversed()]) {
        const set = setOf(`{ endpointSelector: {}, ingress: [${ordered.join()}] }`);
        const { authentication } = decide(set, connectionOf("ingress", "client"));
        assert.equal(authentication ?? "none", expected);
      }
    });
  }
});

test("policies that are refused decide nothing", () => {
  const set = setOf("{ endpointSelector: {}, ingress: [{ fromEndpoints: [{}], fromEntities: [all] }] }");
  assert.notEqual(set.policies[0]?.refused, undefined);
  assert.equal(decide(set, connectionOf("ingress", "client")).reason, "not-enforced");
});

test("a derivative policy stands for the groups of its source", () => {
  const policy = (name: string, peers: string): string =>
    [
      "apiVersion: cilium.io/v2",
      "kind: CiliumNetworkPolicy",
      `metadata: { name: ${name}, namespace: default }`,
      `spec: { endpointSelector: {}, egress: [{ ${peers} }] }`,
      "",
    ].join("\n");
  const texts = [
    policy("p", "toGroups: [{ aws: { securityGroupsIds: [sg] } }]"),
    policy("p-groups-1234", "toCIDRSet: [{ cidr: 203.0.113.0/24 }]"),
  ];
  const set = createPolicySet(readPolicies(texts.join("---\n")).policies, {});
  const matches = everyRule(set, connectionOf("egress", "world")).map(
    ({ policy, match }) => `${policy.name} ${match}`,
  );
  assert.deepEqual(matches, ["p no", "p-groups-1234 yes"]);
});

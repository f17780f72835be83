import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { everyRule } from "../../src/policy/everyRule.ts";
import { type Ask, askOf, connectionOf, rowsOf, setOf } from "../support/policyAsk.ts";

const sections = ["ingress", "ingressDeny", "egress", "egressDeny"] as const;

/** The answer of the one rule of a section: `yes`, `no`, or what is missing. */
function answerOf(rule: string, section: (typeof sections)[number], peer: string, ask: Ask): string {
  const direction = section.startsWith("ingress") ? "ingress" : "egress";
  const text = rule.replaceAll("@", direction === "ingress" ? "from" : "to");
  const subject = ask.kind === "NetworkPolicy" ? "podSelector" : "endpointSelector";
  const [match] = everyRule(
    setOf(`{ ${subject}: {}, ${section}: [${text}] }`, ask),
    connectionOf(direction, peer, ask.port),
  );
  if (!match) return "none";
  return match.match === "undecidable" ? (match.missing[0]?.field ?? "?") : match.match;
}

/** `@` is from or to. Peer | rule | answer | of a cluster-wide policy, where it is another one | what else is known. */
const ciliumRules = `
client | { @Endpoints: [{}] } | yes | | 
elsewhere | { @Endpoints: [{}] } | no | yes | 
world | { @Endpoints: [{}] } | no | | 
node | { @Endpoints: [{}] } | no | | 
health | { @Endpoints: [{}] } | no | | 
nobody | { @Endpoints: [{}] } | labels | | 
client | { @Endpoints: [] } | no | | 
client | { @Endpoints: [], toPorts: [{ ports: [{ port: '80' }] }] } | no | | 
client | { @Endpoints: [{ matchLabels: null }] } | yes | | 
client | { @Endpoints: [{ matchLabels: {}, matchExpressions: [] }] } | yes | | 
elsewhere | { @Endpoints: [{ matchLabels: { io.kubernetes.pod.namespace: other } }] } | yes | | 
elsewhere | { @Endpoints: [{ matchLabels: { 'k8s:io.kubernetes.pod.namespace': other } }] } | yes | | 
elsewhere | { @Endpoints: [{ matchLabels: { 'any:io.kubernetes.pod.namespace': other } }] } | yes | | 
client | { @Endpoints: [{ matchLabels: { 'any:io.kubernetes.pod.namespace': other } }] } | no | | 
elsewhere | { @Endpoints: [{ matchExpressions: [{ key: io.kubernetes.pod.namespace, operator: NotIn, values: [default] }] }] } | yes | | 
client | { @Endpoints: [{ matchExpressions: [{ key: io.kubernetes.pod.namespace, operator: NotIn, values: [default] }] }] } | no | | 
labelled namespace | { @Endpoints: [{ matchLabels: { io.cilium.k8s.namespace.labels.team: red } }] } | yes | | 
labelled namespace | { @Endpoints: [{ matchLabels: { 'k8s:io.cilium.k8s.namespace.labels.team': red } }] } | yes | | 
elsewhere | { @Endpoints: [{ matchLabels: { io.cilium.k8s.namespace.labels.team: red } }] } | no | | 
client | { @Endpoints: [{ matchLabels: { 'k8s:app': client } }] } | yes | | 
client | { @Endpoints: [{ matchLabels: { 'container:app': client } }] } | no | | 
container label | { @Endpoints: [{ matchLabels: { app: client } }] } | yes | | 
container label | { @Endpoints: [{ matchLabels: { 'k8s:app': client } }] } | no | | 
container label | { @Endpoints: [{ matchLabels: { 'container:app': client } }] } | yes | | 
client | { @Endpoints: [{ matchLabels: { app: Client } }] } | no | | 
client | { @Endpoints: [{ matchLabels: { App: client } }] } | no | | 
empty value | { @Endpoints: [{ matchLabels: { app: '' } }] } | yes | | 
client | { @Endpoints: [{ matchLabels: { app: '' } }] } | no | | 
empty value | { @Endpoints: [{ matchExpressions: [{ key: app, operator: Exists }] }] } | yes | | 
client | { @Endpoints: [{ matchExpressions: [{ key: app, operator: In, values: [x, client] }] }] } | yes | | 
client | { @Endpoints: [{ matchExpressions: [{ key: tier, operator: NotIn, values: [x] }] }] } | yes | | 
client | { @Endpoints: [{ matchExpressions: [{ key: tier, operator: DoesNotExist }] }] } | yes | | 
world | { @Endpoints: [{ matchExpressions: [{ key: tier, operator: DoesNotExist }] }] } | no | | 
client | { @Endpoints: [{ matchLabels: { app: client }, matchExpressions: [{ key: app, operator: DoesNotExist }] }] } | no | | 
client | { @Endpoints: [{ matchLabels: { app: x } }, { matchLabels: { app: client } }] } | yes | | 
health | { @Endpoints: [{ matchLabels: { 'reserved:health': '' } }] } | yes | | 
world | { @Endpoints: [{ matchLabels: { 'reserved:world': '' } }] } | yes | | 
ingress | { @Endpoints: [{ matchExpressions: [{ key: 'reserved:ingress', operator: Exists }] }] } | yes | | 
node | { @Endpoints: [{ matchExpressions: [{ key: 'reserved:world', operator: DoesNotExist }] }] } | yes | | 
abroad | { @Endpoints: [{}] } | no | | local cluster
abroad | { @Endpoints: [{ matchLabels: { io.cilium.k8s.policy.cluster: there } }] } | yes | | local cluster
abroad | { @Endpoints: [{ matchExpressions: [{ key: io.cilium.k8s.policy.cluster, operator: Exists }] }] } | yes | | local cluster
abroad | { @Endpoints: [{ matchExpressions: [{ key: 'k8s:io.cilium.k8s.policy.cluster', operator: NotIn, values: [here] }] }] } | yes | | local cluster
world | { @Endpoints: [{ matchExpressions: [{ key: io.kubernetes.pod.namespace, operator: DoesNotExist }] }] } | policy-default-local-cluster | | 
world | { @Endpoints: [{ matchExpressions: [{ key: io.kubernetes.pod.namespace, operator: DoesNotExist }] }] } | no | | 1.19
world | { @Endpoints: [{ matchExpressions: [{ key: io.kubernetes.pod.namespace, operator: DoesNotExist }] }] } | yes | | 1.18
world | { @Entities: [] } | no | | 
world | { @Entities: [], toPorts: [{ ports: [{ port: '80' }] }] } | no | | 
world | { @Entities: [world] } | yes | | 
world of IPv4 | { @Entities: [world] } | yes | | 
world of IPv6 | { @Entities: [world] } | yes | | 
named world | { @Entities: [world] } | yes | | 
block without address | { @Entities: [world] } | yes | | 
world | { @Entities: [world-ipv4] } | no | | 
world of IPv4 | { @Entities: [world-ipv4] } | yes | | 
world of IPv6 | { @Entities: [world-ipv4] } | no | | 
world of IPv6 | { @Entities: [world-ipv6] } | yes | | 
node | { @Entities: [remote-node] } | yes | | 
node | { @Entities: [host] } | no | | 
node | { @Entities: [cluster] } | yes | | 
client | { @Entities: [cluster] } | yes | | 
elsewhere | { @Entities: [cluster] } | yes | | 
abroad | { @Entities: [all] } | yes | | 
health | { @Entities: [health] } | yes | | 
health | { @Entities: [cluster] } | yes | | 
ingress | { @Entities: [ingress] } | yes | | 
ingress | { @Entities: [cluster] } | yes | | 
init | { @Entities: [init] } | yes | | 
init | { @Entities: [cluster] } | yes | | 
unmanaged | { @Entities: [unmanaged] } | yes | | 
unmanaged | { @Entities: [cluster] } | yes | | 
api server | { @Entities: [kube-apiserver] } | yes | | 
api server on a node | { @Entities: [kube-apiserver] } | yes | | 
api server on a node | { @Entities: [remote-node] } | yes | | 
api server on a node | { @Entities: [world] } | no | | 
api server | { @CIDR: [192.0.2.0/24] } | yes | | 
world | { @Entities: [none, world] } | yes | | 
nobody | { @Entities: [none] } | no | | 
world | { @CIDR: [] } | no | | 
world | { @CIDR: [], toPorts: [{ ports: [{ port: '80' }] }] } | no | | 
world | { @CIDRSet: [] } | no | | 
world | { @CIDR: [203.0.113.7] } | yes | | 
world | { @CIDR: [203.0.113.8] } | no | | 
world | { @CIDR: [0.0.0.0/0] } | yes | | 
world | { @CIDR: ['::/0'] } | no | | 
world | { @CIDR: ['::ffff:0:0/96'] } | no | | 
world | { @CIDR: ['::ffff:203.0.113.0/120'] } | no | | 
world of IPv6 | { @CIDR: ['::/0'] } | yes | | 
world of IPv6 | { @CIDR: [0.0.0.0/0] } | no | | 
world of IPv6 | { @CIDR: ['2001:db8::1'] } | no | | 
world of IPv6 | { @CIDR: ['2001:DB8::/32'] } | yes | | 
world of IPv6 | { @CIDRSet: [{ cidr: '2001:db8::/32', except: ['2001:db8::/64'] }] } | no | | 
block without address | { @CIDR: [203.0.113.0/24] } | yes | | 
block without address | { @CIDR: [203.0.0.0/16] } | yes | | 
block without address | { @CIDR: [203.0.114.0/24] } | no | | 
block of IPv6 without address | { @CIDR: ['2001:db8::/32'] } | yes | | 
block of IPv6 without address | { @CIDR: ['2001:db8:1::/48'] } | no | | 
block without address | { @CIDRSet: [{ cidr: 203.0.0.0/16, except: [203.0.113.0/24] }] } | no | | 
world without address | { @CIDRSet: [{ cidr: 203.0.113.0/24 }] } | cidr | | 
client | { @CIDR: [10.0.0.2/32] } | no | | 
health | { @CIDR: [10.0.0.0/8] } | no | | 
ingress | { @CIDR: [10.0.0.0/8] } | no | | 
unmanaged | { @CIDR: [10.0.0.0/8] } | no | | 
node with a block | { @CIDR: [172.18.0.0/16] } | yes | | 
node | { @CIDRSet: [{ cidr: 172.18.0.0/16, except: [172.18.0.0/24] }] } | no | | 
grouped | { @CIDRSet: [{ cidrGroupRef: offices, except: [203.0.113.7/32] }] } | no | | 
grouped | { @CIDRSet: [{ cidrGroupRef: homes }] } | cidrGroupRef | | 
grouped by label | { @CIDRSet: [{ cidrGroupSelector: { matchLabels: { env: prod } } }] } | yes | | 
grouped by label | { @CIDRSet: [{ cidrGroupSelector: { matchExpressions: [{ key: env, operator: In, values: [prod] }] } }] } | yes | | 
grouped by label | { @CIDRSet: [{ cidrGroupSelector: { matchLabels: { env: dev } } }] } | no | | all groups known
client | { @CIDRSet: [{ cidrGroupRef: offices }] } | no | | 
node | { @CIDRSet: [{ cidrGroupRef: offices }] } | no | | blocks without nodes
rack node | { @Nodes: [{ matchLabels: { rack: r1 } }] } | yes | | 
rack node | { @Nodes: [{ matchLabels: { 'node:rack': r1 } }] } | yes | | 
rack node | { @Nodes: [{ matchLabels: { rack: r2 } }] } | no | | 
rack node | { @Nodes: [{}] } | yes | | 
rack node | { @Nodes: [] } | no | | 
node | { @Nodes: [{ matchLabels: { rack: r1 } }] } | no | | 
node | { @Nodes: [{}] } | @Nodes | | 
node | { @Nodes: [{}] } | yes | | node labels
node | { @Nodes: [{}] } | none | | no node labels
world | { @Nodes: [{}] } | no | | 
client | { @Nodes: [{}] } | no | | 
world | { @Groups: [{ aws: { securityGroupsIds: [sg] } }] } | @Groups | | 
client | { @Groups: [{ aws: { securityGroupsIds: [sg] } }], toPorts: [{ ports: [{ port: '81' }] }] } | no | | 
client | { @Groups: [], toPorts: [{ ports: [{ port: '80' }] }] } | yes | | 
client | { @Groups: [] } | no | | 
client | {} | no | | 
client | { toPorts: [] } | no | | 
client | { toPorts: null } | no | | 
client | { icmps: [] } | no | | 
client | { toPorts: [{}] } | no | | 
client | { toPorts: [{ ports: [] }] } | no | | 
client | { @Entities: [all], toPorts: [{ ports: [] }] } | no | | 
client | { @Entities: [all], toPorts: [{}, { ports: [{ port: '80' }] }] } | yes | | 
world | { @Endpoints: null, toPorts: [{ ports: [{ port: '80' }] }] } | yes | | 
nobody | { toPorts: [{ ports: [{ port: '80' }] }] } | yes | | 
client | { toPorts: [{ ports: [{ port: '80', protocol: '' }] }] } | yes | | 
client | { toPorts: [{ ports: [{ port: '80', protocol: UDP }] }] } | no | | 
client | { toPorts: [{ ports: [{ port: '80', protocol: tcp }] }] } | yes | | 
client | { toPorts: [{ ports: [{ port: '0' }] }] } | yes | | port UDP/53
client | { toPorts: [{ ports: [{ port: '0', protocol: UDP }] }] } | no | | 
client | { toPorts: [{ ports: [{ port: '0', protocol: ANY }] }] } | yes | | port SCTP/1
client | { toPorts: [{ ports: [{ port: '0', endPort: 100 }] }] } | yes | | port UDP/100
client | { toPorts: [{ ports: [{ port: '0', endPort: 100 }] }] } | no | | port UDP/101
client | { toPorts: [{ ports: [{ port: '0', endPort: 65535 }] }] } | yes | | port UDP/101
client | { toPorts: [{ ports: [{ port: '8000', endPort: 9000 }] }] } | yes | | port UDP/8000
client | { toPorts: [{ ports: [{ port: '8000', endPort: 9000 }] }] } | yes | | port UDP/9000
client | { toPorts: [{ ports: [{ port: '8000', endPort: 9000 }] }] } | no | | port UDP/9001
client | { toPorts: [{ ports: [{ port: '8000', endPort: 9000 }] }] } | no | | port UDP/7999
client | { toPorts: [{ ports: [{ port: '80', endPort: 0 }] }] } | yes | | 
client | { toPorts: [{ ports: [{ port: '80', endPort: 80 }] }] } | yes | | 
client | { toPorts: [{ ports: [{ port: http, endPort: 90 }] }] } | named-port | | 
world | { @Endpoints: [{}], toPorts: [{ ports: [{ port: http }] }] } | no | | 
client | { toPorts: [{ ports: [{ port: http, protocol: UDP }, { port: '81' }] }] } | no | | 
client | { toPorts: [{ ports: [{ port: http }, { port: '80' }] }] } | yes | | 
client | { toPorts: [{ ports: [{ port: http }] }] } | no | | port ICMPv4/8
client | { toPorts: [{ ports: [{ protocol: VRRP }] }] } | no | | 
client | { toPorts: [{ ports: [{ protocol: VRRP }] }] } | yes | | port VRRP/1
client | { toPorts: [{ ports: [{ protocol: IGMP }] }] } | no | | port VRRP/1
client | { toPorts: [{ ports: [{ protocol: GRE }] }] } | no | | 
client | { toPorts: [{ ports: [{ protocol: GRE }] }] } | l4 | | no port
client | { @Endpoints: [{}] } | yes | | port ICMPv6/128
client | { @Endpoints: [{}], toPorts: [] } | yes | | port ICMPv6/128
client | { toPorts: [{ ports: [{ port: '8' }] }] } | no | | port ICMPv4/8
client | { icmps: [{ fields: [{ type: 8 }] }] } | yes | | port ICMPv4/8
client | { icmps: [{ fields: [{ type: 8, family: '' }] }] } | yes | | port ICMPv4/8
client | { icmps: [{ fields: [{ type: '8' }] }] } | yes | | port ICMPv4/8
client | { icmps: [{ fields: [{ type: EchoRequest }] }] } | yes | | port ICMPv4/8
client | { icmps: [{ fields: [{ type: EchoRequest }] }] } | no | | port ICMPv6/128
client | { icmps: [{ fields: [{ type: 128, family: IPv6 }] }] } | yes | | port ICMPv6/128
client | { icmps: [{ fields: [{ type: 3 }] }] } | no | | port ICMPv4/8
client | { icmps: [{ fields: [{ type: 0, family: IPv6 }] }] } | yes | | port ICMPv6/135
client | { icmps: [{ fields: [{ type: EchoReply }] }] } | yes | | port ICMPv4/8
client | { icmps: [{ fields: [{ type: 0, family: IPv6 }] }] } | no | | port ICMPv4/8
client | { icmps: [{ fields: [{ type: 8 }] }] } | no | | 
client | { icmps: [{ fields: [{ type: 8 }] }] } | l4 | | no port
client | { icmps: [{}] } | no | | port ICMPv4/8
client | { icmps: [{ fields: [] }] } | no | | port ICMPv4/8
client | { icmps: [{ fields: [{ type: 3 }, { type: 8 }] }] } | yes | | port ICMPv4/8
client | { icmps: [{ fields: [{ type: 3 }] }, { fields: [{ type: 8 }] }] } | yes | | port ICMPv4/8
client | { @Entities: [world], icmps: [{ fields: [{ type: 8 }] }] } | no | | port ICMPv4/8
client | { toPorts: [], icmps: [{ fields: [{ type: 8 }] }] } | yes | | port ICMPv4/8
client | { toPorts: [{ ports: [{ port: '80' }] }], icmps: [] } | yes | | 
`;

describe("every peer and port, in every section", () => {
  for (const [peer = "", rule = "", expected = "", clusterWide = "", option] of rowsOf(ciliumRules)) {
    test(`${rule} and ${peer} ${option ?? ""}`, () => {
      for (const section of sections) {
        const word = section.startsWith("ingress") ? "from" : "to";
        const ask = askOf(option);
        const answers = ["CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"].map((kind) =>
          answerOf(rule, section, peer, { ...ask, kind }),
        );
        const wanted = [expected, clusterWide === "" ? expected : clusterWide];
        assert.deepEqual(
          answers,
          wanted.map((answer) => answer.replace("@", word)),
          section,
        );
      }
    });
  }
});

/** Peer | rule of a NetworkPolicy | answer | what else is known. */
const networkPolicyRules = `
world | {} | yes | 
nobody | {} | yes | 
world | { @: [] } | yes | 
world | { @: null, ports: null } | yes | 
client | { @: [], ports: [] } | yes | port ICMPv4/8
client | { @: [{ podSelector: {} }] } | yes | 
elsewhere | { @: [{ podSelector: {} }] } | no | 
world | { @: [{ podSelector: {} }] } | no | 
client | { @: [{ podSelector: { matchLabels: { app: client } } }] } | yes | 
elsewhere | { @: [{ podSelector: { matchLabels: { app: client } } }] } | no | 
elsewhere | { @: [{ namespaceSelector: {} }] } | yes | 
world | { @: [{ namespaceSelector: {} }] } | no | 
node | { @: [{ namespaceSelector: {} }] } | no | 
health | { @: [{ namespaceSelector: {} }] } | no | 
labelled namespace | { @: [{ namespaceSelector: { matchLabels: { team: red } } }] } | yes | 
elsewhere | { @: [{ namespaceSelector: { matchLabels: { team: red } } }] } | no | 
labelled namespace | { @: [{ namespaceSelector: { matchLabels: { team: red } }, podSelector: { matchLabels: { app: x } } }] } | no | 
labelled namespace | { @: [{ namespaceSelector: { matchLabels: { team: red } }, podSelector: { matchLabels: { app: client } } }] } | yes | 
elsewhere | { @: [{ namespaceSelector: { matchExpressions: [{ key: team, operator: DoesNotExist }] } }] } | yes | 1.18
elsewhere | { @: [{ namespaceSelector: {}, podSelector: { matchExpressions: [{ key: app, operator: NotIn, values: [client] }] } }] } | no | 
container label | { @: [{ podSelector: { matchLabels: { app: client } } }] } | no | 
abroad | { @: [{ podSelector: {} }] } | no | 1.19
abroad | { @: [{ podSelector: {} }] } | yes | 1.18
client | { @: [{ ipBlock: { cidr: 10.0.0.0/8 } }] } | no | 
world | { @: [{ ipBlock: { cidr: 203.0.113.0/24 } }] } | yes | 
world | { @: [{ ipBlock: { cidr: 203.0.113.0/24, except: [203.0.113.0/28] } }] } | no | 
world | { @: [{ ipBlock: { cidr: 203.0.113.0/24, except: [203.0.113.0/28] } }, { ipBlock: { cidr: 203.0.113.0/29 } }] } | yes | 
world of IPv6 | { @: [{ ipBlock: { cidr: '::/0' } }] } | yes | 
world | { @: [{ podSelector: {} }, { ipBlock: { cidr: 0.0.0.0/0 } }] } | yes | 
client | { ports: [{ port: 80 }] } | yes | 
client | { ports: [{ port: 80 }] } | no | port UDP/80
client | { ports: [{ port: 80, protocol: UDP }] } | yes | port UDP/80
client | { ports: [{}] } | yes | port TCP/9
client | { ports: [{}] } | no | port UDP/9
client | { ports: [{ protocol: SCTP }] } | yes | port SCTP/9
client | { ports: [{ port: 80, endPort: 90 }] } | yes | port TCP/90
client | { ports: [{ port: 80, endPort: 90 }] } | no | port TCP/91
client | { ports: [{ port: http }] } | named-port | 
world | { @: [{ podSelector: {} }], ports: [{ port: http }] } | no | 
client | { ports: [{ port: http, protocol: UDP }] } | no | 
client | { ports: [{ port: 81 }, { port: 80 }] } | yes | 
client | { ports: [{ port: 80 }] } | no | port ICMPv4/8
client | { @: [{ podSelector: {} }] } | yes | port ICMPv4/8
`;

describe("every peer and port of a NetworkPolicy, in both directions", () => {
  for (const [peer = "", rule = "", expected, option] of rowsOf(networkPolicyRules)) {
    test(`${rule} and ${peer} ${option ?? ""}`, () => {
      const ask = { ...askOf(option), kind: "NetworkPolicy" };
      for (const section of ["ingress", "egress"] as const) {
        assert.equal(answerOf(rule, section, peer, ask), expected, section);
      }
    });
  }
});

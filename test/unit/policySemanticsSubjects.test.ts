import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Endpoint } from "../../src/flows/flow.ts";
import type { ClusterContext } from "../../src/policy/clusterContext.ts";
import { decide } from "../../src/policy/decide.ts";
import { makeEndpoint } from "../support/makeFlow.ts";
import { connectionOf, rowsOf, setOf } from "../support/policyAsk.ts";

const labelled = (...labels: readonly string[]): Endpoint => makeEndpoint("", { labels });

const subjects: Readonly<Record<string, Endpoint>> = {
  pod: makeEndpoint("default/pod", {
    labels: ["k8s:app=server", "k8s:io.kubernetes.pod.namespace=default"],
  }),
  host: labelled("reserved:host"),
  "labelled host": labelled("reserved:host", "k8s:rack=r1", "k8s:kubernetes.io/os=linux"),
  "remote node": labelled("reserved:remote-node", "node:rack=r1"),
  health: labelled("reserved:health"),
  init: labelled("reserved:init"),
  ingress: labelled("reserved:ingress"),
  unmanaged: labelled("reserved:unmanaged"),
  world: labelled("reserved:world"),
  nobody: labelled(),
};

const contexts: Readonly<Record<string, ClusterContext>> = {
  "": { clusterName: "here" },
  "host firewall": { hostFirewall: true, clusterName: "here" },
  "host firewall, nameless": { hostFirewall: true },
  "no host firewall": { hostFirewall: false },
  "1.18": { clusterName: "here", agentVersion: { major: 1, minor: 18 } },
  "1.19": { clusterName: "here", agentVersion: { major: 1, minor: 19 } },
  never: { enforcementMode: "never" },
  always: { enforcementMode: "always" },
};

/** CNP, CCNP or KNP and spec | subject | peer of ingress | enforced, verdict and reason | what else is known. */
const rows = `
CNP { endpointSelector: {}, ingress: [{}] } | pod | client | true denied default-deny |
CNP { endpointSelector: {}, ingress: [{}] } | host | client | false allowed not-enforced | host firewall
CNP { endpointSelector: {}, ingress: [{}] } | health | client | false allowed not-enforced |
CNP { endpointSelector: {}, ingress: [{}] } | ingress | client | false allowed not-enforced |
CNP { endpointSelector: { matchLabels: { 'reserved:health': '' } }, ingress: [{}] } | health | client | false allowed not-enforced |
CNP { endpointSelector: {}, ingress: [{}] } | nobody | client | null undecidable undecidable |
CNP { nodeSelector: {}, ingress: [{}] } | host | client | false allowed not-enforced | host firewall
CNP { endpointSelector: {}, nodeSelector: {}, ingress: [{}] } | pod | client | false allowed not-enforced |
CNP { ingress: [{}] } | pod | client | false allowed not-enforced |
CCNP { endpointSelector: {}, ingress: [{}] } | pod | client | true denied default-deny |
CCNP { endpointSelector: {}, ingress: [{}] } | health | client | true denied default-deny |
CCNP { endpointSelector: {}, ingress: [{}] } | ingress | client | true denied default-deny |
CCNP { endpointSelector: {}, ingress: [{}] } | init | client | true denied default-deny |
CCNP { endpointSelector: {}, ingress: [{}] } | host | client | false allowed not-enforced | host firewall
CCNP { endpointSelector: {}, ingress: [{}] } | remote node | client | false allowed not-enforced |
CCNP { endpointSelector: {}, ingress: [{}] } | unmanaged | client | false allowed not-enforced |
CCNP { endpointSelector: {}, ingress: [{}] } | world | client | false allowed not-enforced |
CCNP { endpointSelector: { matchLabels: { 'reserved:ingress': '' } }, ingress: [{ fromEntities: [cluster] }] } | ingress | client | true allowed allow-rule |
CCNP { endpointSelector: { matchLabels: { 'reserved:init': '' } }, ingress: [{ fromEndpoints: [{}] }] } | init | world | true allowed allow-rule | 1.18
CCNP { endpointSelector: { matchLabels: { 'reserved:init': '' } }, ingress: [{ fromEndpoints: [{}] }] } | init | world | true denied default-deny | 1.19
CCNP { endpointSelector: {}, ingress: [{ fromEndpoints: [{}] }] } | init | world | true denied default-deny |
CCNP { nodeSelector: {}, ingress: [{}] } | host | client | true denied default-deny | host firewall
CCNP { nodeSelector: {}, ingress: [{}] } | host | client | null undecidable undecidable |
CCNP { nodeSelector: {}, ingress: [{}] } | host | client | false allowed not-enforced | no host firewall
CCNP { nodeSelector: {}, ingress: [{ fromEntities: [cluster] }] } | host | client | true allowed allow-rule | host firewall
CCNP { nodeSelector: {}, ingress: [{ fromEntities: [cluster] }] } | host | client | true undecidable undecidable | host firewall, nameless
CCNP { nodeSelector: {}, ingress: [{ fromEntities: [world] }] } | host | node | true denied default-deny | host firewall
CCNP { nodeSelector: {}, egress: [{}] } | host | client | false allowed not-enforced | host firewall
CCNP { nodeSelector: {}, ingress: [{}] } | remote node | client | false allowed not-enforced | host firewall
CCNP { nodeSelector: {}, ingress: [{}] } | pod | client | false allowed not-enforced | host firewall
CCNP { nodeSelector: { matchLabels: { rack: r1 } }, ingress: [{}] } | host | client | null undecidable undecidable | host firewall
CCNP { nodeSelector: { matchLabels: { rack: r1 } }, ingress: [{}] } | labelled host | client | true denied default-deny | host firewall
CCNP { nodeSelector: { matchLabels: { rack: r2 } }, ingress: [{}] } | labelled host | client | false allowed not-enforced | host firewall
CCNP { nodeSelector: { matchLabels: { rack: r1 } }, ingress: [{}] } | remote node | client | false allowed not-enforced | host firewall
KNP { podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }] } | pod | client | true allowed allow-rule |
KNP { podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }] } | pod | host | true allowed localhost |
KNP { podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }] } | health | client | false allowed not-enforced |
KNP { ingress: [{}] } | pod | world | true allowed allow-rule |
KNP { podSelector: { matchLabels: { app: other } }, ingress: [] } | pod | client | false allowed not-enforced |
CNP { endpointSelector: {}, egress: [{}] } | init | client | true denied default-deny |
CNP { endpointSelector: {}, egress: [{}] } | init | client | false allowed not-enforced | never
CNP { endpointSelector: {}, egress: [{}] } | pod | host | true allowed localhost | always
CNP { endpointSelector: {}, ingressDeny: [{ toPorts: [{ ports: [{ port: '80', protocol: TCP }], rules: { http: [{ method: GET }] } }] }] } | pod | client | true denied explicit-deny |
CNP { endpointSelector: {}, ingressDeny: [{ fromEntities: [host], toPorts: [{ ports: [{ port: '81' }] }] }] } | pod | host | true allowed localhost |
CNP { endpointSelector: {}, ingressDeny: [{ toPorts: [{ ports: [{ port: '80' }] }] }] } | pod | host | true denied explicit-deny |
`;

const kinds: Readonly<Record<string, string>> = {
  CNP: "CiliumNetworkPolicy",
  CCNP: "CiliumClusterwideNetworkPolicy",
  KNP: "NetworkPolicy",
};

describe("whom a policy speaks of", () => {
  for (const [written = "", who = "", peer = "", expected, option = ""] of rowsOf(rows)) {
    test(`${written}: ${who} from ${peer} ${option}`, () => {
      const [word = "", ...spec] = written.split(" ");
      const [subject, context] = [subjects[who], contexts[option]];
      if (!subject || !context) throw new Error(`No ${who} or ${option}`);
      const set = setOf(spec.join(" "), { kind: kinds[word] ?? word, context });
      const { enforced, verdict, reason } = decide(set, {
        ...connectionOf("ingress", peer),
        destination: subject,
      });
      assert.equal(`${String(enforced)} ${verdict} ${reason}`, expected);
    });
  }
});

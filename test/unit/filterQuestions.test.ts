import assert from "node:assert/strict";
import test from "node:test";
import { filterAsJson, filterCommand } from "../../src/engine/filterCommand.ts";
import { addTerms } from "../../src/engine/filterQuestions.ts";
import { type FlowValueName, valueTerm } from "../../src/engine/valueTerm.ts";
import type { Flow } from "../../src/flows/flow.ts";
import { readFilterLine } from "../../src/flows/language/readFilterLine.ts";
import { writeFilterLine } from "../../src/flows/language/writeFilterLine.ts";
import { compileFlowTest } from "../../src/flows/match/compileFlowTest.ts";
import type { FlowSource } from "../../src/protocol/engine.ts";
import { makeEndpoint, makeFlow } from "../support/makeFlow.ts";

const policy = {
  kind: "CiliumNetworkPolicy",
  namespace: "default",
  name: "rule1",
  labels: [],
  revision: "1",
};

const dropped = makeFlow({
  uuid: "u-1",
  nodeName: "default/k8s-w1",
  verdict: "DROPPED",
  dropReasonDesc: "POLICY_DENIED",
  eventType: 5,
  source: makeEndpoint("default/xwing", { identity: 4101 }),
  destination: makeEndpoint("default/deathstar-1", { identity: 2752 }),
  ip: { source: "10.0.0.1", destination: "10.0.0.2", version: "IPv4", encrypted: false },
  l4: { protocol: "TCP", sourcePort: 40_000, destinationPort: 80, flags: ["SYN"] },
  isReply: false,
  ingressDeniedBy: [policy],
});

const request = makeFlow({
  type: "L7",
  eventType: 129,
  source: makeEndpoint("", { identity: 1, labels: ["reserved:host"] }),
  destination: makeEndpoint("", { identity: 2, labels: ["reserved:world"] }),
  destinationNames: ["api.example.com"],
  destinationService: { namespace: "shop", name: "cart" },
  ip: {
    source: "10.0.0.1",
    sourceXlated: "192.0.2.1",
    destination: "203.0.113.7",
    version: "IPv4",
    encrypted: true,
  },
  l4: { protocol: "TCP", sourcePort: 40_000, destinationPort: 8080 },
  l7: {
    type: "REQUEST",
    latencyNs: 0,
    record: {
      protocol: "http",
      code: 0,
      method: "GET",
      url: "http://api.example.com/v1/cart?id=(1)",
      version: "HTTP/1.1",
      headers: [],
    },
  },
});

const query = makeFlow({
  type: "L7",
  eventType: 129,
  source: makeEndpoint("shop/cart-0"),
  destination: makeEndpoint("", { identity: 2 }),
  ip: { source: "10.0.0.1", destination: "203.0.113.7", version: "IPv4", encrypted: false },
  l4: { protocol: "UDP", sourcePort: 0, destinationPort: 53 },
  l7: {
    type: "REQUEST",
    latencyNs: 0,
    record: {
      protocol: "dns",
      query: "api.example.com.",
      ips: [],
      ttl: 0,
      cnames: [],
      observationSource: "proxy",
      rcode: 0,
      qtypes: ["A"],
      rrtypes: [],
    },
  },
});

const cases: readonly [Flow, FlowValueName, string][] = [
  [dropped, "source", "--from-pod default/xwing"],
  [dropped, "destination", "--to-pod default/deathstar-1"],
  [dropped, "port", "--to-port 80"],
  [dropped, "sourcePort", "--from-port 40000"],
  [dropped, "event", "--type policy-verdict"],
  [dropped, "verdict", "--verdict DROPPED"],
  [dropped, "summary", "--tcp-flags SYN"],
  [dropped, "dropReason", "--drop-reason-desc POLICY_DENIED"],
  [dropped, "deniedBy", "--policy default/rule1"],
  [dropped, "allowedBy", ""],
  [dropped, "sourceIdentity", "--from-identity 4101"],
  [dropped, "protocol", "--protocol tcp"],
  [dropped, "direction", "--traffic-direction ingress"],
  [dropped, "reply", "--reply=false"],
  [dropped, "encrypted", ""],
  [dropped, "node", "--node-name default/k8s-w1"],
  [dropped, "uuid", "--uuid u-1"],
  [makeFlow(), "event", "--type trace:to-endpoint"],
  [makeFlow(), "reply", ""],
  [makeFlow(), "source", ""],
  [request, "source", "--from-identity host"],
  [request, "destination", "--to-service shop/cart"],
  [request, "destinationNames", "--to-fqdn api.example.com"],
  [request, "destinationService", "--to-service shop/cart"],
  [request, "destinationIdentity", "--to-identity world"],
  [request, "destinationAddress", "--to-ip 203.0.113.7"],
  [request, "sourceAddress", "--from-ip 10.0.0.1"],
  [request, "sourceXlated", "--snat-ip 192.0.2.1"],
  [request, "encrypted", "--encrypted=true"],
  [request, "event", "--protocol http"],
  [request, "summary", String.raw`--http-path '^/v1/cart$'`],
  [query, "summary", String.raw`--dns-query '^api\.example\.com\.$'`],
  [query, "destination", "--to-ip 203.0.113.7"],
  [query, "sourcePort", ""],
];

test("a value of a flow is asked for by a flag that admits the flow, and by --not leaves it out", () => {
  for (const [flow, name, expected] of cases) {
    const found = valueTerm(flow, name);
    const line = found ? writeFilterLine([{ ...found, negated: false }]) : "";
    assert.equal(line, expected, name);
    if (!found) continue;
    for (const negated of [false, true]) {
      const { selection, problems } = readFilterLine(writeFilterLine([{ ...found, negated }]), {
        seconds: 0,
        nanos: 0,
      });
      assert.deepEqual(
        problems.filter(({ severity }) => severity === "error"),
        [],
        expected,
      );
      const compiled = compileFlowTest(selection);
      assert.ok(!("error" in compiled), expected);
      assert.equal(compiled.holds(flow), !negated, `${expected}, ${negated ? "left out" : "asked for"}`);
    }
  }
  assert.equal(valueTerm(dropped, "constructor"), undefined);
});

test("terms are added to what is there, each once", () => {
  const port = { flag: "to-port", negated: false, value: "80" };
  assert.deepEqual(addTerms("--verdict DROPPED", [port, port]), { filter: "--verdict DROPPED --to-port 80" });
  assert.deepEqual(addTerms("", []), { filter: "" });
});

test("the command asks the same relay, or the same file, and names what the CLI cannot say", () => {
  const demo: FlowSource = { kind: "live", target: { kind: "demo", address: "127.0.0.1:4245" } };
  const cluster: FlowSource = {
    kind: "live",
    target: {
      kind: "kubernetes",
      kubeconfigPaths: [],
      context: "kind prod",
      namespace: "cilium",
      service: "hubble-relay",
    },
  };
  const current: FlowSource = {
    kind: "live",
    target: { kind: "kubernetes", kubeconfigPaths: [], namespace: "kube-system", service: "hubble-relay" },
  };
  const file = (path: string) => ({ path, events: 1, brokenCount: 0, brokenLines: [] });
  const capture: FlowSource = {
    kind: "capture",
    summary: {
      path: "/a b.jsonl",
      flows: 2,
      brokenCount: 0,
      brokenLines: [],
      files: [file("/a b.jsonl"), file("/c.jsonl")],
    },
  };
  const since = "--since 2026-01-02T03:04:05.5Z";
  const commands: readonly [FlowSource, string, string, readonly string[]][] = [
    [{ kind: "none" }, "--port 80", "hubble observe --port 80", []],
    [demo, "", `hubble observe --server 127.0.0.1:4245 ${since}`, []],
    [demo, "--port 80 --last 5", "hubble observe --server 127.0.0.1:4245 --port 80 --last 5", []],
    [
      demo,
      "--verdict DROPPED --policy default/rule1",
      `hubble observe --server 127.0.0.1:4245 --verdict DROPPED ${since}`,
      ["--policy default/rule1"],
    ],
    [cluster, "", `hubble observe -P --kube-context 'kind prod' --kube-namespace cilium ${since}`, []],
    [current, "", `hubble observe -P ${since}`, []],
    [
      capture,
      "--port 80",
      "hubble observe --port 80 --all --input-file '/a b.jsonl'",
      ["--input-file /c.jsonl"],
    ],
  ];
  for (const [source, filter, command, cannotSay] of commands) {
    const held = { source, oldestMs: Date.UTC(2026, 0, 2, 3, 4, 5, 500) };
    assert.deepEqual(filterCommand(filter, held), { command, cannotSay });
  }
});

test("filters are copied as the CLI prints them raw", () => {
  assert.deepEqual(filterAsJson("--verdict DROPPED --not --lost"), {
    text: `allowlist:\n    - '{"verdict":["DROPPED"]}'\n`,
    cannotSay: ["--not --lost"],
  });
  assert.deepEqual(filterAsJson(""), { text: "{}\n", cannotSay: [] });
});

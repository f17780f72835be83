import assert from "node:assert/strict";
import { test } from "node:test";
import type { Flow } from "../../src/flows/flow.ts";
import { compileCel } from "../../src/hubble/celFilter.ts";
import { writeFlow } from "../../src/hubble/writeResponse.ts";
import { makeEndpoint, makeFlow } from "../support/makeFlow.ts";

const policy = { kind: "CiliumNetworkPolicy", namespace: "default", name: "x", labels: [], revision: "7" };
const flow: Flow = makeFlow({
  uuid: "one",
  verdict: "DROPPED",
  isReply: false,
  nodeName: "default/k8s-w1",
  source: makeEndpoint("default/xwing", { identity: 4101, labels: ["k8s:org=alliance", "k8s:class=xwing"] }),
  destination: makeEndpoint("default/deathstar-1", { identity: 7 }),
  ip: { source: "1.1.1.1", destination: "8.8.8.8", version: "IPv4", encrypted: false },
  l4: { protocol: "TCP", sourcePort: 20222, destinationPort: 80 },
  ingressDeniedBy: [policy],
  interface: { index: 3, name: "eth0" },
  traceId: "abc",
});

const holding: readonly (readonly [expression: string, expected: boolean | "failed"])[] = [
  ["true", true],
  ["_flow.verdict == Verdict.DROPPED", true],
  ["_flow.verdict == flow.Verdict.FORWARDED", false],
  ["_flow.verdict == 2", true],
  ["_flow.IP.source == '1.1.1.1' || _flow.IP.destination == '8.8.4.4'", true],
  ["has(_flow.l4.TCP)", true],
  ["has(_flow.l4.UDP)", false],
  ["has(_flow.l7)", false],
  ["has(_flow.l4.TCP) && _flow.l4.TCP.destination_port in [80u, uint(443)]", true],
  ["_flow.l4.UDP.destination_port == 0u", true],
  ["_flow.ingress_denied_by.exists(p, p.name == 'x' && p.namespace == \"default\")", true],
  ["_flow.egress_denied_by.exists(p, p.name == 'x')", false],
  ["_flow.source.labels.exists(l, l.startsWith('k8s:org='))", true],
  ["_flow.source.labels.all(l, l.matches('^k8s:(org|class)=.*$'))", true],
  ["_flow.source.labels.exists_one(l, l.contains('xwing'))", true],
  ["_flow.source.labels.filter(l, l.endsWith('g')).size() == 1", true],
  ["_flow.source.labels.map(l, size(l)).exists(n, n > 15)", true],
  ["size(_flow.destination.labels) == 0", true],
  ["_flow.source.labels[0] == 'k8s:org=alliance'", true],
  ["_flow.is_reply == false", true],
  ["_flow.time > timestamp('2026-01-01T00:00:00Z')", true],
  ["_flow.time - timestamp('2026-01-02T03:04:05Z') < duration('1s')", true],
  ["_flow.time.getFullYear() == 2026", true],
  ["_flow.interface.name == 'eth0' && _flow.interface.index == 3u", true],
  ["_flow.trace_context.parent.trace_id == 'abc'", true],
  ["_flow.event_type.type == 4", true],
  ["_flow.Type == FlowType.L3_L4", true],
  ["_flow.source.identity % 2u == 1u ? true : false", true],
  ["_flow.source.identity + 1u > 4101u && !(int(_flow.source.identity) < 0)", true],
  ["'a' in {'a': 1, 'b': 2}", true],
  ["string(_flow.source.identity) == '4101'", true],
  ["type(_flow.uuid) == string", true],
  // What goes wrong with a flow only.
  ["_flow.source.labels[7] == ''", "failed"],
  ["1u / (_flow.destination.identity - 7u) == 1u", "failed"],
  ["_flow.uuid.matches('(')", "failed"],
  ["_flow.source.labels[7] == '' || true", true],
];

for (const [expression, expected] of holding) {
  test(`_flow: ${expression}`, () => {
    const compiled = compileCel(expression);
    assert.ok(typeof compiled === "function", "error" in compiled ? compiled.error : "");
    assert.equal(compiled(flow, undefined), expected);
    assert.equal(compiled(makeFlow(), writeFlow(flow)), expected, "the raw event is what counts");
  });
}

/** What Hubble's server refuses when the filter is built, and where we say that the fault lies. */
const refused: readonly (readonly [expression: string, offset: number | undefined, message: RegExp])[] = [
  ["", 0, /no expression/],
  ["((", 2, /no expression/],
  ["a b", 2, /no expression/],
  ["_flow", undefined, /must be true or false; this is of type flow\.Flow/],
  ["1 + 1", undefined, /of type int/],
  ["_flow.is_reply", undefined, /of type wrapper\(bool\)/],
  ["something-invalid", 0, /nothing named "something"/],
  ["flow.verdict == 1", 4, /nothing named "flow.verdict"; the flow is "_flow"/],
  ["_flow.verdict == Verdict.NOPE", 24, /nothing named "Verdict.NOPE"/],
  ["true && _flow.nosuch == 1", 13, /flow\.Flow has no field "nosuch"/],
  ["_flow.eventType.type == 1", 5, /It is written "event_type"/],
  ["_flow.uuid.length == 1", 10, /string has no field "length"/],
  ["_flow.l4.TCP.destination_port == 80", 30, /Numbers of flows are unsigned/],
  ["_flow.uuid == 1", 11, /cannot be applied to \(string, int\)/],
  ["_flow.uuid.foo()", 10, /no function "foo"/],
  ["_flow.uuid.contains(1)", 10, /"contains" cannot be applied/],
  ["_flow.uuid.contains()", 10, /"contains" cannot be applied/],
  ["_flow.verdict.exists(v, v == 1)", 5, /no elements/],
  ["_flow.source.labels.exists(l, size(l))", undefined, /cannot be applied/],
  [`_flow.uuid == '${"x".repeat(4096)}'`, undefined, /at most 4096/],
  ["(".repeat(2000) + "true" + ")".repeat(2000), undefined, /nested too deeply/],
  [
    "_flow.source.labels.all(a, _flow.source.labels.all(b, _flow.source.labels.all(c, a + b != c)))",
    undefined,
    /steps for each flow/,
  ],
];

for (const [expression, offset, message] of refused) {
  test(`refused: ${expression.slice(0, 60)}`, () => {
    const compiled = compileCel(expression);
    assert.ok("error" in compiled, "it was taken");
    assert.match(compiled.error, message);
    if (offset !== undefined) assert.equal(compiled.offset, offset);
  });
}

test("two lists of a flow can be held against each other", () => {
  const expression =
    "_flow.source.labels.exists(a, _flow.destination.labels.exists(b, a == b)) || _flow.uuid == 'one'";
  const compiled = compileCel(expression);
  assert.ok(typeof compiled === "function");
  assert.equal(compiled(flow, undefined), true);
});

test("a hostile pattern takes no longer than its text", () => {
  const compiled = compileCel("_flow.uuid.matches('^(a+)+$')");
  assert.ok(typeof compiled === "function");
  const began = performance.now();
  assert.equal(compiled(makeFlow({ uuid: `${"a".repeat(20_000)}!` }), undefined), false);
  assert.ok(performance.now() - began < 2000);
});

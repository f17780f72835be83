import assert from "node:assert/strict";
import { test } from "node:test";
import { DemoClock } from "../../src/demo/demoClock.ts";
import { encodeFlow } from "../../src/demo/encodeFlow.ts";
import { FlowHub } from "../../src/demo/flowHub.ts";
import type { Flow } from "../../src/flows/flow.ts";
import { readResponse } from "../../src/hubble/readResponse.ts";
import { writeFlow } from "../../src/hubble/writeResponse.ts";
import { demoStart, demoWorld, flowsOf, nsPerSecond } from "../support/demoWorld.ts";
import { fixtureText } from "../support/hubbleFixture.ts";

const rule1 = fixtureText("tutorial/rule1-l3-l4.yaml");
const rule1Http = fixtureText("tutorial/rule1-l7.yaml");

const noAlliance = `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: { name: no-alliance, namespace: default }
spec:
  endpointSelector: { matchLabels: { class: deathstar } }
  ingressDeny:
    - fromEndpoints: [{ matchLabels: { org: alliance } }]
`;

/** The flows of so many simulated seconds at 100 flows a second. */
function flowsOfWorld(seconds: number, policies: readonly string[] = []): readonly Flow[] {
  return flowsOf(demoWorld({ policies }).simulation.advance(seconds * nsPerSecond));
}

/** Who calls whom: `xwing deathstar`. */
function sides({ source, destination, isReply }: Flow): string {
  const [from, to] = isReply === true ? [destination, source] : [source, destination];
  return `${from.podName} ${to.podName.replace(/-.*/, "")}`;
}

function isFrom(client: string): (flow: Flow) => boolean {
  return (flow) => sides(flow) === `${client} deathstar`;
}

/** What an event says in a few words, with the fields that a reader of decisions needs. */
function words(flow: Flow): string {
  const by = [...flow.ingressAllowedBy, ...flow.ingressDeniedBy].map(
    ({ namespace, name }) => `${namespace}/${name}`,
  );
  const parts = [
    flow.eventType,
    flow.trafficDirection,
    flow.verdict,
    flow.dropReasonDesc,
    flow.policyMatchType,
  ];
  return [...parts.filter((part) => part !== undefined), ...by].join(" ");
}

test("the same seed, start and policies make the same bytes, in whatever steps they are asked for", () => {
  const whole = demoWorld({ policies: [rule1] }).simulation;
  const steps = demoWorld({ policies: [rule1] }).simulation;
  const stepped: Flow[] = [];
  for (let ms = 0; ms < 20_000; ms += 170) stepped.push(...flowsOf(steps.advance(ms * 1e6)));
  stepped.push(...flowsOf(steps.advance(20 * nsPerSecond)));
  const bytes = (flows: readonly Flow[]) => Buffer.concat(flows.map(encodeFlow)).toString("base64");
  const flows = flowsOf(whole.advance(20 * nsPerSecond));
  assert.ok(flows.length > 1_000);
  assert.equal(bytes(stepped), bytes(flows));
  assert.notEqual(bytes(flowsOf(demoWorld({ seed: 8 }).simulation.advance(20 * nsPerSecond))), bytes(flows));
});

test("events come in the order of time, each with a uuid of its own, at the rate that was asked for", () => {
  const flows = flowsOfWorld(60);
  const times = flows.map(({ time }) => time.seconds * 1e9 + time.nanos);
  assert.deepEqual(
    times,
    [...times].sort((a, b) => a - b),
  );
  assert.equal(new Set(flows.map(({ uuid }) => uuid)).size, flows.length);
  assert.ok(Math.abs(flows.length / 60 - 100) < 10, `${flows.length} flows in 60 s`);
});

test("a flow's bytes are those that hubble/ writes, as far as a reader can tell", () => {
  for (const flow of flowsOfWorld(60, [rule1Http, noAlliance])) {
    const read = readResponse(encodeFlow(flow));
    assert.deepEqual(read, readResponse(writeFlow(flow)));
  }
});

test("there is something of everything", () => {
  const flows = flowsOfWorld(300);
  const kinds = new Set(
    flows.map(({ eventType, l7, l4, verdict }) =>
      [eventType, verdict, l7?.type ?? "", l7?.record?.protocol ?? l4?.protocol ?? ""].join(" "),
    ),
  );
  const expected = [
    "1 DROPPED  TCP",
    "129 DROPPED REQUEST http",
    "129 FORWARDED REQUEST dns",
    "129 FORWARDED REQUEST http",
    "129 FORWARDED REQUEST kafka",
    "129 FORWARDED RESPONSE dns",
    "129 FORWARDED RESPONSE http",
    "129 FORWARDED RESPONSE kafka",
    "4 FORWARDED  ICMPv4",
    "4 FORWARDED  TCP",
    "4 FORWARDED  UDP",
    "5 DROPPED  TCP",
    "5 FORWARDED  TCP",
    "5 REDIRECTED  TCP",
    "5 REDIRECTED  UDP",
    "7 TRACED  TCP",
    "7 TRACED  UDP",
    "7 TRANSLATED  TCP",
    "7 TRANSLATED  UDP",
  ];
  assert.deepEqual(
    expected.filter((kind) => !kinds.has(kind)),
    [],
  );
  const codes = new Set(
    flows.map(({ l7 }) => (l7?.record?.protocol === "http" ? Math.floor(l7.record.code / 100) : 0)),
  );
  assert.deepEqual([...codes].sort(), [0, 2, 3, 4, 5]);
  const rcodes = new Set(flows.map(({ l7 }) => (l7?.record?.protocol === "dns" ? l7.record.rcode : 0)));
  assert.deepEqual([...rcodes].sort(), [0, 2, 3]);
  const points = new Set(flows.map((flow) => flow.traceObservationPoint));
  for (const point of ["FROM_ENDPOINT", "TO_OVERLAY", "FROM_OVERLAY", "TO_PROXY", "FROM_PROXY", "TO_STACK"]) {
    assert.ok(points.has(point), point);
  }
});

test("without a policy for deathstar nothing decides about it, and everybody lands", () => {
  const flows = flowsOfWorld(30).filter((flow) => isFrom("xwing")(flow) || isFrom("tiefighter")(flow));
  assert.deepEqual([...new Set(flows.map(({ eventType }) => eventType))].sort(), [4, 7]);
});

test("a policy for layers 3 and 4 denies xwing and lets tiefighter in", () => {
  const flows = flowsOfWorld(60, [rule1]);
  const decided = (client: string) =>
    new Set(
      flows.filter((flow) => isFrom(client)(flow) && flow.eventType !== 4 && flow.eventType !== 7).map(words),
    );
  assert.deepEqual(
    decided("xwing"),
    new Set(["5 INGRESS DROPPED POLICY_DENIED 0", "1 INGRESS DROPPED POLICY_DENIED 0"]),
  );
  assert.ok(decided("tiefighter").has("5 INGRESS FORWARDED 2 default/rule1"));
  // Port 8080 is not allowed: what a near miss is made of.
  assert.ok(decided("tiefighter").has("5 INGRESS DROPPED POLICY_DENIED 0"));
});

test("a denied client sends its SYN again from the same port after one and two seconds; each is a verdict and a drop", () => {
  const flows = flowsOfWorld(30, [rule1]).filter(
    (flow) => isFrom("xwing")(flow) && flow.verdict === "DROPPED",
  );
  const port = flows[0]?.l4 && "sourcePort" in flows[0].l4 ? flows[0].l4.sourcePort : 0;
  const attempt = flows.filter(({ l4 }) => l4 && "sourcePort" in l4 && l4.sourcePort === port);
  assert.deepEqual(
    attempt.map(({ eventType, summary, isReply }) => [eventType, summary, isReply]),
    [1, 2, 3].flatMap(() => [
      [5, "TCP Flags: SYN", undefined],
      [1, "TCP Flags: SYN", undefined],
    ]),
  );
  const seconds = attempt.map(({ time }) => time.seconds + time.nanos / 1e9);
  const [first = 0, , second = 0, , third = 0] = seconds;
  assert.ok(second - first > 1 && second - first < 1.1, `${second - first} s`);
  assert.ok(third - second > 2 && third - second < 2.1, `${third - second} s`);
});

test("a deny rule is named, on the verdict and not on the drop", () => {
  const denied = flowsOfWorld(30, [noAlliance]).filter(
    (flow) => isFrom("xwing")(flow) && flow.verdict === "DROPPED",
  );
  assert.deepEqual(
    new Set(denied.map(words)),
    new Set(["5 INGRESS DROPPED POLICY_DENY 1 default/no-alliance", "1 INGRESS DROPPED POLICY_DENY 0"]),
  );
});

test("an HTTP rule lets POST pass and stops PUT in the proxy", () => {
  const flows = flowsOfWorld(120, [rule1Http]).filter(isFrom("tiefighter"));
  assert.ok(flows.some((flow) => words(flow) === "5 INGRESS REDIRECTED 2 default/rule1"));
  const requests = new Set(
    flows.flatMap(({ l7, verdict }) =>
      l7?.record?.protocol === "http"
        ? [`${l7.type} ${verdict} ${l7.record.method} ${new URL(l7.record.url).pathname} ${l7.record.code}`]
        : [],
    ),
  );
  assert.deepEqual(
    requests,
    new Set([
      "REQUEST FORWARDED POST /v1/request-landing 0",
      "RESPONSE FORWARDED POST /v1/request-landing 200",
      "REQUEST DROPPED PUT /v1/exhaust-port 0",
    ]),
  );
});

test("a policy for the way out decides at the client, and its HTTP rule too", () => {
  const egress = `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: { name: out, namespace: default }
spec:
  endpointSelector: { matchLabels: { class: tiefighter } }
  egress:
    - toEndpoints: [{ matchLabels: { class: deathstar } }]
      toPorts:
        - ports: [{ port: "80", protocol: TCP }]
          rules: { http: [{ method: POST }] }
`;
  const flows = flowsOfWorld(120, [egress]).filter(({ source }) => source.podName === "tiefighter");
  const seen = new Set(
    flows
      .filter(({ eventType }) => eventType !== 4 && eventType !== 7)
      .map(({ eventType, trafficDirection, verdict, nodeName, l7, egressAllowedBy }) => {
        const method = l7?.record?.protocol === "http" ? l7.record.method : "";
        const by = egressAllowedBy.map(({ name }) => name).join();
        return [eventType, trafficDirection, verdict, nodeName, method, by]
          .filter((part) => part !== "")
          .join(" ");
      }),
  );
  assert.deepEqual(
    seen,
    new Set([
      "5 EGRESS REDIRECTED default/k8s-w2 out",
      "129 EGRESS FORWARDED default/k8s-w2 POST",
      "129 EGRESS DROPPED default/k8s-w2 PUT",
      // Its lookups and port 8080 are not allowed any more.
      "5 EGRESS DROPPED default/k8s-w2",
      "1 EGRESS DROPPED default/k8s-w2",
    ]),
  );
});

test("applying and removing a policy changes what happens next", () => {
  const { enforcer, simulation } = demoWorld({});
  const drops = (untilSeconds: number) =>
    flowsOf(simulation.advance(untilSeconds * nsPerSecond)).filter(
      (flow) => flow.verdict === "DROPPED" && isFrom("xwing")(flow),
    ).length;
  assert.equal(drops(20), 0);
  assert.deepEqual(enforcer.apply(rule1), { policies: ["default/rule1"] });
  assert.ok(drops(40) > 0);
  assert.deepEqual(enforcer.remove(rule1), { policies: ["default/rule1"] });
  assert.equal(drops(60), 0);
});

test("the clock may stop, run ahead by hours, and be set back", () => {
  const { simulation } = demoWorld({});
  const hub = new FlowHub();
  const zeroMs = demoStart.seconds * 1000;
  let nowMs = zeroMs;
  const clock = new DemoClock({ simulation, hub, zeroMs, clock: () => nowMs });
  const seenAfter = (ms: number) => {
    const before = hub.seen;
    nowMs += ms;
    clock.tick();
    return hub.seen - before;
  };
  assert.ok(Math.abs(seenAfter(1_000) - 100) < 40);
  assert.equal(seenAfter(0), 0);
  // Two seconds are caught up with, the rest is told as lost.
  assert.ok(Math.abs(seenAfter(3_600_000) - 200) < 60);
  const newest = () => hub.rings.flatMap(({ ring }) => ring.at(ring.end - 1)?.event.time.seconds ?? []);
  assert.ok(Math.max(...newest()) * 1000 >= nowMs - 2_000);
  seenAfter(-7_200_000);
  assert.ok(Math.abs(seenAfter(1_000) - 100) < 40);
  assert.ok(Math.max(...newest()) * 1000 <= nowMs);
});

test("time that is skipped is told as lost by every node", () => {
  const { simulation } = demoWorld({});
  simulation.advance(nsPerSecond);
  simulation.skip(30 * nsPerSecond);
  const lost = simulation
    .advance(nsPerSecond)
    .map((event) => ("notice" in event ? event.notice.count : undefined));
  assert.deepEqual(lost, [1_000, 1_000, 1_000]);
  const next = flowsOf(simulation.advance(4 * nsPerSecond)).at(-1);
  assert.ok((next?.time.seconds ?? 0) - simulation.timeAt(0).seconds <= 4);
});

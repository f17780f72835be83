import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { SeededRandom } from "../../src/demo/seededRandom.ts";
import type { Flow } from "../../src/flows/flow.ts";
import type { FlowFilter } from "../../src/flows/flowFilter.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import { observeFlags } from "../../src/flows/language/observeFlags.ts";
import { readFilterLine } from "../../src/flows/language/readFilterLine.ts";
import { compileFlowTest } from "../../src/flows/match/compileFlowTest.ts";
import { compileSelection } from "../../src/flows/match/compileSelection.ts";
import { compileCel } from "../../src/hubble/celFilter.ts";
import { readResponse } from "../../src/hubble/readResponse.ts";
import { openRelayClient, type RelayClient } from "../../src/hubble/relayClient.ts";
import { RelayError } from "../../src/hubble/relayError.ts";
import { writeFlow } from "../../src/hubble/writeResponse.ts";
import { hubbleMessages } from "../support/hubbleFixture.ts";
import { testTime } from "../support/makeFlow.ts";
import { randomFilter, randomFlow } from "../support/randomMatching.ts";
import { RingRelay } from "../support/ringRelay.ts";

/** Lines that a relay and we must take alike; each flag that filters stands in one at least. */
const lines: readonly string[] = [
  "",
  "--uuid flow-7 --uuid flow-8",
  "--pod deathstar",
  "--pod default/deathstar --not --to-pod xwing",
  "--from-pod shop/",
  "--to-pod /cart",
  "-n shop",
  "--from-namespace default",
  "--to-namespace kube-system --to-port 53",
  "-A",
  "--from-all-namespaces",
  "--to-all-namespaces --to-service kube-dns",
  "--service deathstar",
  "--from-service shop/",
  "--to-service shop/frontend",
  "--workload CronJob/report",
  "--from-workload Deployment/",
  "--to-workload frontend",
  "-l org",
  "--from-label 'org in (empire, alliance), !nosuch'",
  "--to-label reserved:world --to-label k8s:io.kubernetes.pod.namespace=shop",
  "--not --label 'k8s:app notin (cart)'",
  "--identity kube-apiserver",
  "--from-identity 4101",
  "--to-identity world",
  "--ip 10.244.0.0/16",
  "--from-ip 10.1.2.3 --from-ip fd00::/8",
  "--to-ip 1.1.1.1",
  "--snat-ip 10.0.0.0/8",
  "--fqdn '*.cilium.io'",
  "--from-fqdn 'CILIUM.IO.'",
  "--to-fqdn one.one.one.one",
  "--port 443",
  "--from-port 80",
  "--to-port 080",
  "--cluster eu-west",
  "--from-cluster default",
  "--to-cluster 'eu-*'",
  "--verdict DROPPED --verdict AUDIT",
  "--drop-reason-desc POLICY_DENIED",
  "-t drop -t trace:to-endpoint -t 129",
  "--not --type l7",
  "--traffic-direction ingress",
  "--protocol icmp --protocol KAFKA",
  "--tcp-flags SYN,ACK --tcp-flags rst",
  "-4",
  "--ipv6",
  "--ip-version none",
  "--encrypted",
  "--unencrypted",
  "--http-status 4+ --http-status 503",
  "--http-method get",
  "--http-path '^/cart/\\d+$'",
  "--http-url 'sku=a$' --type l7",
  "--http-header User-Agent:curl/8.5.0",
  "--node-name 'k8s*'",
  "--node-name 'eu-*/*.company.com'",
  "--node-label 'io.cilium/egress-gateway'",
  "--interface eth0",
  "--trace-id abc",
  "--ip-trace-id 7",
  "--cel-expression '_flow.ingress_denied_by.exists(p, p.name != \"\") || _flow.verdict == Verdict.TRACED'",
  "--reply=true",
  "--reply=false --verdict DROPPED",
  "--dns-query '^[a-z.]+\\.$'",
  `--allowlist '{"source_pod":["shop/"],"interface":[{"index":7}]}' --denylist '{"verdict":["FORWARDED"]}'`,
];

/** Filters that a relay refuses, and so do we, before it is asked. */
const refused: readonly FlowFilter[] = [
  { sourceIp: ["10.0.0.0/99"] },
  { destinationIp: ["nowhere"] },
  { sourcePod: [""] },
  { sourceFqdn: ["["] },
  { nodeName: ["a/b/c"] },
  { sourceLabel: ["a b"] },
  { nodeLabels: ["=x"] },
  { destinationPort: ["65536"] },
  { protocol: ["quic"] },
  { httpStatusCode: ["909"] },
  { httpPath: ["("] },
  { dnsQuery: ["*"] },
  { sourceClusterName: [""] },
  { httpMethod: ["GET"], eventType: [{ type: 1 }] },
  { celExpression: ["_flow.l4.TCP.destination_port == 80"] },
];

const random = new SeededRandom(7);
const flows: readonly Flow[] = [
  ...hubbleMessages.flatMap((raw) => {
    const read = readResponse(raw);
    return read.kind === "flow" ? [read.flow] : [];
  }),
  ...Array.from({ length: 400 }, (_, index) => randomFlow(random, `flow-${index}`)),
];
const store = new FlowStore({ maxFlows: 2000, maxBytes: 1 << 24 });
for (const flow of flows) store.append(flow, writeFlow(flow));
const flowAt = (row: number) => flows[row];

const relay = new RingRelay({ capacity: 2000, nodes: [] });
let client: RelayClient;

before(async () => {
  for (const flow of flows) relay.emit("", flow);
  await relay.start();
  const quiet = () => undefined;
  const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };
  client = openRelayClient({ address: relay.address, logger });
});

after(() => {
  client.dispose();
  relay.stop();
});

/** The uuids that come back over gRPC, in some order. */
async function ask(whitelist: readonly FlowFilter[], blacklist: readonly FlowFilter[]): Promise<string[]> {
  const uuids: string[] = [];
  const take = (raw: Uint8Array) => {
    const read = readResponse(raw);
    if (read.kind === "flow") uuids.push(read.flow.uuid ?? "");
  };
  await client.flows({ number: 2000, whitelist, blacklist }, take, AbortSignal.timeout(20_000));
  return uuids.sort();
}

async function agree(whitelist: readonly FlowFilter[], blacklist: readonly FlowFilter[]): Promise<number> {
  const lists = { whitelist, blacklist };
  const single = compileFlowTest(lists, { compileCel });
  assert.ok("holds" in single, "error" in single ? single.error : "");
  const answered = await ask(whitelist, blacklist);
  const uuids = (admitted: readonly Flow[]) => admitted.map(({ uuid }) => uuid ?? "").sort();
  assert.deepEqual(uuids(flows.filter((flow) => single.holds(flow))), answered, "flow by flow");
  const row = compileSelection(lists, store, { flowAt, compileCel });
  assert.deepEqual(uuids(flows.filter((_, index) => row(index))), answered, "as held rows");
  return answered.length;
}

for (const line of lines) {
  test(`relay and local agree: ${line || "(everything)"}`, async () => {
    const { selection, problems } = readFilterLine(line, testTime(0));
    assert.deepEqual(
      problems.filter(({ severity }) => severity === "error"),
      [],
    );
    const count = await agree(selection.whitelist, selection.blacklist);
    // Clusters are taken by their exact names.
    if (!line.includes("'eu-*'")) assert.ok(count > 0, "no flow is admitted, so nothing is proven");
  });
}

test("every flag that filters stands in a line", () => {
  const missing = observeFlags
    .filter(({ group }) => group === "filter" || group === "raw")
    .filter(({ name, short }) => !lines.some((line) => usesFlag(line, name, short)))
    .map(({ name }) => name);
  assert.deepEqual(
    missing,
    ["print-raw-filters"].filter((name) => missing.includes(name)),
  );
});

function usesFlag(line: string, name: string, short: string | undefined): boolean {
  const words = line.split(" ");
  return words.includes(`--${name}`) || (short !== undefined && words.includes(`-${short}`));
}

for (const filter of refused) {
  test(`relay and local refuse: ${JSON.stringify(filter)}`, async () => {
    assert.ok("error" in compileFlowTest({ whitelist: [filter], blacklist: [] }, { compileCel }));
    await assert.rejects(
      ask([filter], []),
      (error) => error instanceof RelayError && error.kind === "relay-error",
    );
  });
}

test("random filters agree over the wire", async () => {
  let asked = 0;
  while (asked < 60) {
    const [white, black] = [randomFilter(random), randomFilter(random)];
    if ("error" in compileFlowTest({ whitelist: [white], blacklist: [black] }, { compileCel })) continue;
    await agree([white], [black]);
    asked += 1;
  }
});

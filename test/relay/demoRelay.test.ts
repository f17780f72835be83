import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  create,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  type DescMethod,
  toBinary,
} from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Client, credentials, type Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { silentLogger } from "../../src/base/logger.ts";
import { type DemoRelay, startDemoRelay } from "../../src/demo/demoRelay.ts";
import {
  Health,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from "../../src/hubble/gen/grpc/health/v1/health_pb.js";
import { ServerReflection } from "../../src/hubble/gen/grpc/reflection/v1/reflection_pb.js";
import { Observer } from "../../src/hubble/gen/observer/observer_pb.js";
import type { FlowsRequest } from "../../src/hubble/filterToRelay.ts";
import { readResponse } from "../../src/hubble/readResponse.ts";
import { openRelayClient, type RelayClient } from "../../src/hubble/relayClient.ts";
import type { Flow, Notice } from "../../src/flows/flow.ts";
import { fixtureText } from "../support/hubbleFixture.ts";
import { watchLeaks } from "../support/leakCheck.ts";
import { until } from "../support/until.ts";

const ending: (() => unknown)[] = [];
after(async () => {
  for (const end of ending.reverse()) await end();
});

const never = new AbortController().signal;
const epochMs = Date.UTC(2026, 0, 2, 3, 4, 5);

/** A clock that stands still until it is set on. */
class HandClock {
  #ms = epochMs;
  readonly now = () => this.#ms;
  advance(ms: number): void {
    this.#ms += ms;
  }
}

interface World {
  readonly clock: HandClock;
  readonly relay: DemoRelay;
  readonly client: RelayClient;
  readonly grpc: Client;
}

async function world(
  options: { readonly policies?: readonly string[]; readonly flowsPerSecond?: number } = {},
): Promise<World> {
  const clock = new HandClock();
  const relay = await startDemoRelay({ port: 0, seed: 3, policies: [], clock: clock.now, ...options });
  ending.push(() => relay.stop());
  const client = openRelayClient({ address: relay.address, logger: silentLogger });
  ending.push(() => {
    client.dispose();
  });
  const grpc = new Client(relay.address, credentials.createInsecure());
  ending.push(() => {
    grpc.close();
  });
  return { clock, relay, client, grpc };
}

interface Received {
  readonly flows: readonly Flow[];
  readonly notices: readonly Notice[];
}

function read(messages: readonly Uint8Array[]): Received {
  const flows: Flow[] = [];
  const notices: Notice[] = [];
  for (const raw of messages) {
    const response = readResponse(raw);
    if (response.kind === "flow") flows.push(response.flow);
    else if (response.kind === "notice") notices.push(response.notice);
    else assert.fail(response.message);
  }
  return { flows, notices };
}

async function ask(client: RelayClient, request: FlowsRequest): Promise<Received> {
  const messages: Uint8Array[] = [];
  await client.flows(request, (raw) => messages.push(Uint8Array.from(raw)), never);
  return read(messages);
}

/** Calls a unary method with its header metadata. */
function call<M extends DescMethod>(
  grpc: Client,
  method: M,
  request: MessageInitShape<M["input"]>,
): Promise<{ readonly response: MessageShape<M["output"]>; readonly headers: Metadata }> {
  return new Promise((resolve, reject) => {
    let headers: Metadata | undefined;
    const started = grpc.makeUnaryRequest(
      `/${method.parent.typeName}/${method.name}`,
      (value: MessageShape<M["input"]>) => Buffer.from(toBinary(method.input, value)),
      (bytes: Buffer) => fromBinary(method.output, bytes) as MessageShape<M["output"]>,
      create(method.input, request) as MessageShape<M["input"]>,
      (error, response) => {
        if (error) reject(error);
        else if (response && headers) resolve({ response, headers });
      },
    );
    started.on("metadata", (metadata) => {
      headers = metadata;
    });
  });
}

/** Starts a streaming call and collects its messages. */
function stream<M extends DescMethod>(grpc: Client, method: M, request: MessageInitShape<M["input"]>) {
  return grpc.makeServerStreamRequest(
    `/${method.parent.typeName}/${method.name}`,
    (value: MessageShape<M["input"]>) => Buffer.from(toBinary(method.input, value)),
    (bytes: Buffer) => new Uint8Array(bytes),
    create(method.input, request) as MessageShape<M["input"]>,
  );
}

/** The error with which a streaming call ends. */
function failure<M extends DescMethod>(
  grpc: Client,
  method: M,
  request: MessageInitShape<M["input"]>,
): Promise<ServiceError> {
  return new Promise((resolve, reject) => {
    const started = stream(grpc, method, request);
    started.on("data", () => undefined);
    started.on("error", resolve);
    started.on("end", () => {
      reject(new Error("it did not fail"));
    });
  });
}

test("status, nodes and namespaces are those of a relay with some minutes of history", async () => {
  const { client, grpc } = await world();
  const found = await client.serverStatus(never);
  assert.ok(found.heldFlows > 9_000 && found.heldFlows <= 12_285, `${found.heldFlows} flows`);
  assert.ok(Math.abs(found.flowsPerSecond - 40) < 6, `${found.flowsPerSecond} flows/s`);
  assert.deepEqual(
    { ...found, heldFlows: 0, seenFlows: 0, flowsPerSecond: 0 },
    {
      version: "hubble-relay v1.19.4 (demo)",
      heldFlows: 0,
      maxFlows: 12_285,
      seenFlows: 0,
      flowsPerSecond: 0,
      uptimeMs: 300_000,
      connectedNodes: 3,
      unavailableNodes: [],
    },
  );
  const nodes = await client.nodes(never);
  assert.deepEqual(
    nodes.map(({ name, state, address, maxFlows }) => [name, state, address, maxFlows]),
    [
      ["default/k8s-ctr", "connected", "192.168.10.100:4244", 4_095],
      ["default/k8s-w1", "connected", "192.168.10.101:4244", 4_095],
      ["default/k8s-w2", "connected", "192.168.10.102:4244", 4_095],
    ],
  );
  assert.deepEqual(await client.namespaces(never), [
    { namespace: "default", cluster: "default" },
    { namespace: "kube-system", cluster: "default" },
    { namespace: "shop", cluster: "default" },
  ]);
  const { headers } = await call(grpc, Observer.method.serverStatus, {});
  assert.deepEqual(headers.get("hubble-relay-version"), ["1.19.4"]);
});

test("a stream starts with the connected nodes, and --last counts for each node", async () => {
  const { client } = await world();
  const { flows, notices } = await ask(client, { number: 20 });
  const names = ["default/k8s-ctr", "default/k8s-w1", "default/k8s-w2"];
  const [first] = notices;
  assert.deepEqual(first?.kind === "node-status" && [first.state, first.nodeNames], [
    "NODE_CONNECTED",
    names,
  ]);
  assert.deepEqual(
    names.map((name) => flows.filter(({ nodeName }) => nodeName === name).length),
    [20, 20, 20],
  );
  const times = flows.map(({ time }) => time.seconds * 1e9 + time.nanos);
  assert.deepEqual(
    times,
    [...times].sort((a, b) => a - b),
  );
});

test("the relay filters and masks", async () => {
  const { client } = await world({ policies: [fixtureText("tutorial/rule1-l3-l4.yaml")] });
  const whitelist = [
    { verdict: ["DROPPED"] as const, eventType: [{ type: 1 }], sourcePod: ["default/xwing"] },
  ];
  const { flows } = await ask(client, {
    number: 1_000,
    whitelist,
    fieldMask: ["source.pod_name", "verdict"],
  });
  assert.ok(flows.length > 20);
  assert.deepEqual(
    new Set(
      flows.map(({ verdict, source, uuid, summary }) =>
        JSON.stringify([verdict, source.podName, uuid, summary]),
      ),
    ),
    new Set([JSON.stringify(["DROPPED", "xwing", undefined, undefined])]),
  );
});

test("what a relay would refuse is refused, with the reason", async () => {
  const { grpc } = await world();
  const { getFlows, getAgentEvents, getDebugEvents } = Observer.method;
  const cases = [
    [
      await failure(grpc, getFlows, { first: true, follow: true }),
      status.INVALID_ARGUMENT,
      /first .* follow/,
    ],
    [await failure(grpc, getFlows, { whitelist: [{ sourceIp: ["x"] }] }), status.INVALID_ARGUMENT, /"x"/],
    [
      await failure(grpc, getFlows, { blacklist: [{ experimental: { celExpression: ["(("] } }] }),
      status.INVALID_ARGUMENT,
      /CEL expression/,
    ],
    [
      await failure(grpc, getFlows, { fieldMask: { paths: ["no"] } }),
      status.INVALID_ARGUMENT,
      /mask path no/,
    ],
    [await failure(grpc, getAgentEvents, {}), status.UNIMPLEMENTED, /GetAgentEvents/],
    [await failure(grpc, getDebugEvents, {}), status.UNIMPLEMENTED, /GetDebugEvents/],
  ] as const;
  for (const [error, code, details] of cases) {
    assert.equal(error.code, code);
    assert.match(error.details, details);
  }
});

test("health is told for the server and its observer", async () => {
  const { grpc } = await world();
  for (const service of ["", "hubble.server.Observer"]) {
    const { response } = await call(grpc, Health.method.check, { service });
    assert.equal(response.status, ServingStatus.SERVING);
  }
  await assert.rejects(call(grpc, Health.method.check, { service: "nobody" }), { code: status.NOT_FOUND });
});

test("reflection tells the services and the files behind them, in both versions", async () => {
  const { grpc } = await world();
  for (const service of ["grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"]) {
    const answers = await reflect(grpc, service, [
      { case: "listServices", value: "" },
      { case: "fileContainingSymbol", value: "observer.Observer.GetFlows" },
      { case: "fileByFilename", value: "relay/relay.proto" },
      { case: "fileContainingSymbol", value: "flow.DropReason" },
      { case: "fileContainingSymbol", value: "no.Such" },
    ]);
    assert.deepEqual(answers, [
      [
        "observer.Observer",
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
      ],
      ["observer/observer.proto", "flow/flow.proto", "google/protobuf/any.proto"],
      ["relay/relay.proto"],
      ["flow/flow.proto", "google/protobuf/any.proto", "google/protobuf/timestamp.proto"],
      [String(status.NOT_FOUND)],
    ]);
  }
});

type Question = MessageShape<typeof ServerReflection.method.serverReflectionInfo.input>["messageRequest"];

/** Asks in one call, and answers names: of services, of the first three files, or the code of an error. */
async function reflect(
  grpc: Client,
  service: string,
  questions: readonly Question[],
): Promise<readonly string[][]> {
  const { input, output } = ServerReflection.method.serverReflectionInfo;
  const asking = grpc.makeBidiStreamRequest(
    `/${service}/ServerReflectionInfo`,
    (value: MessageShape<typeof input>) => Buffer.from(toBinary(input, value)),
    (bytes: Buffer) => fromBinary(output, bytes),
  );
  for (const messageRequest of questions) asking.write(create(input, { messageRequest }));
  asking.end();
  const answers: string[][] = [];
  for await (const { messageResponse } of asking as AsyncIterable<MessageShape<typeof output>>) {
    const { case: kind, value } = messageResponse;
    if (kind === "listServicesResponse") answers.push(value.service.map(({ name }) => name));
    else if (kind === "errorResponse") answers.push([String(value.errorCode)]);
    else if (kind === "fileDescriptorResponse") {
      const files = value.fileDescriptorProto.map(
        (bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name,
      );
      answers.push(files.slice(0, 3));
    }
  }
  return answers;
}

test("applying a policy to the running relay changes what its followers see", async () => {
  const { clock, relay, client } = await world();
  const messages: Uint8Array[] = [];
  const stop = new AbortController();
  const whitelist = [{ sourcePod: ["default/xwing"], eventType: [{ type: 5 }, { type: 1 }] }];
  const done = client.flows(
    { follow: true, whitelist },
    (raw) => messages.push(Uint8Array.from(raw)),
    stop.signal,
  );
  await until("the stream is open", () => messages.length > 0);
  assert.deepEqual(relay.apply(fixtureText("tutorial/rule1-l3-l4.yaml")), { policies: ["default/rule1"] });
  await until("xwing is denied", () => {
    clock.advance(500);
    return read(messages).flows.length >= 2;
  });
  const [verdict, drop] = read(messages).flows;
  assert.deepEqual([verdict?.eventType, verdict?.dropReasonDesc, drop?.eventType], [5, "POLICY_DENIED", 1]);
  assert.match(relay.policies.at(-1) ?? "", /name: "rule1"/);
  stop.abort();
  await done;
});

test("a slow follower is told how much was lost: what came and what was lost are together what happened", async () => {
  const { clock, client, grpc } = await world({ flowsPerSecond: 5_000 });
  const follower = stream(grpc, Observer.method.getFlows, { follow: true });
  ending.push(() => {
    follower.cancel();
  });
  follower.on("error", (error: ServiceError) => {
    assert.equal(error.code, status.CANCELLED);
  });
  const messages: Uint8Array[] = [];
  follower.on("data", (message: Uint8Array) => messages.push(message));
  await until("the stream is open", () => messages.length > 0);
  const before = await client.serverStatus(never);
  follower.pause();
  for (let step = 1; step <= 6; step++) {
    const { seenFlows } = await client.serverStatus(never);
    clock.advance(1_500);
    await until("time has passed", async () => (await client.serverStatus(never)).seenFlows > seenFlows);
  }
  follower.resume();
  const { seenFlows } = await client.serverStatus(never);
  const happened = seenFlows - before.seenFlows;
  const overtaken = () =>
    read(messages).notices.flatMap((notice) =>
      notice.kind === "lost-events" && notice.source === "HUBBLE_RING_BUFFER" ? [notice.count] : [],
    );
  await until(
    "everything has come",
    () => {
      const lost = overtaken();
      // The first message told the connected nodes; those that tell a loss are not events.
      return messages.length - 1 - lost.length + lost.reduce((sum, count) => sum + count, 0) === happened;
    },
    20_000,
    () => `${messages.length} messages, lost ${overtaken().join()}, happened ${happened}`,
  );
  assert.ok(overtaken().length > 0);
});

test("a relay that is stopped leaves nothing open, whoever was following", async () => {
  const noLeaks = watchLeaks();
  const relay = await startDemoRelay({ port: 0, seed: 3, policies: [] });
  const client = openRelayClient({ address: relay.address, logger: silentLogger });
  let told = 0;
  const stop = new AbortController();
  const follow = (signal: AbortSignal) => client.flows({ follow: true }, () => (told += 1), signal);
  const aborted = follow(stop.signal);
  const cut = assert.rejects(follow(never), { kind: "relay-closed" });
  await until("both streams are open", () => told > 1);
  stop.abort();
  await aborted;
  await relay.stop();
  await cut;
  client.dispose();
  await noLeaks();
});

import assert from "node:assert/strict";
import http2 from "node:http2";
import { type AddressInfo, connect, createServer, type Server as TcpServer, type Socket } from "node:net";
import { after, test } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { status } from "@grpc/grpc-js";
import { silentLogger } from "../../src/base/logger.ts";
import type { FlowsRequest } from "../../src/hubble/filterToRelay.ts";
import { DropReason, Verdict } from "../../src/hubble/gen/flow/flow_pb.js";
import { GetFlowsRequestSchema } from "../../src/hubble/gen/observer/observer_pb.js";
import { openRelayClient, type RelayClient, type RelayClientOptions } from "../../src/hubble/relayClient.ts";
import { RelayError } from "../../src/hubble/relayError.ts";
import {
  type Answer,
  type RelayScript,
  type RunningServer,
  startGrpcServer,
  startRelay,
} from "../support/relayServer.ts";

const ending: (() => void)[] = [];
after(() => {
  for (const end of ending.reverse()) end();
});

const never = new AbortController().signal;

test("answers of a relay are read whole", async () => {
  const client = clientOf(await relay({ flows: (call) => call.end() }));
  assert.deepEqual(await client.serverStatus(never), {
    version: "cilium v1.19.4",
    heldFlows: 11_080,
    maxFlows: 12_285,
    seenFlows: 99_999,
    flowsPerSecond: 38,
    uptimeMs: 1_500,
    connectedNodes: 3,
    unavailableNodes: ["k8s-w2"],
  });
  assert.deepEqual(await client.nodes(never), [
    {
      name: "k8s-w1",
      state: "unavailable",
      version: "1.19.4",
      address: "192.168.10.101:4244",
      heldFlows: 1,
      maxFlows: 2,
      seenFlows: 3,
      uptimeMs: 4,
    },
  ]);
  assert.deepEqual(await client.namespaces(never), [{ namespace: "shop", cluster: "default" }]);
});

test("flows come as raw bytes, in order, until the relay ends the stream", async () => {
  let asked: Uint8Array | undefined;
  const messages = Array.from({ length: 5_000 }, (_, index) => Uint8Array.of(1, index & 255, index >> 8));
  const address = await relay({
    flows: (call) => {
      asked = call.request;
      for (const message of messages) call.write(message);
      call.end();
    },
  });
  const request: FlowsRequest = {
    number: 20,
    first: true,
    since: { seconds: 10, nanos: 5 },
    whitelist: [{ verdict: ["DROPPED"], eventType: [{ type: 1 }, { type: 5, subType: 0 }] }],
    blacklist: [{ sourcePod: ["kube-system/"], dropReasonDesc: ["POLICY_DENIED"] }],
    fieldMask: ["time", "source.labels"],
  };
  assert.deepEqual(await received(clientOf(address), request), messages);
  const expected = create(GetFlowsRequestSchema, {
    number: 20n,
    first: true,
    since: { $typeName: "google.protobuf.Timestamp", seconds: 10n, nanos: 5 },
    whitelist: [
      { verdict: [Verdict.DROPPED], eventType: [{ type: 1 }, { type: 5, matchSubType: true, subType: 0 }] },
    ],
    blacklist: [{ sourcePod: ["kube-system/"], dropReasonDesc: [DropReason.POLICY_DENIED] }],
    fieldMask: { paths: ["time", "source.labels"] },
  });
  assert.deepEqual(asked && new Uint8Array(asked), toBinary(GetFlowsRequestSchema, expected));
});

test("an abort ends a stream quietly, at the relay too", async () => {
  const stop = new AbortController();
  let cancelled: () => void = () => undefined;
  const seen = new Promise<void>((resolve) => (cancelled = resolve));
  const address = await relay({
    flows: (call) => {
      call.on("cancelled", cancelled);
      call.write(Uint8Array.of(1));
    },
  });
  await clientOf(address).flows(
    { follow: true },
    () => {
      stop.abort();
    },
    stop.signal,
  );
  await seen;
});

test("an aborted question rejects with the reason of the signal", async () => {
  const client = clientOf(await relay({ flows: (call) => call.end() }));
  await assert.rejects(client.serverStatus(AbortSignal.abort(new Error("enough"))), { message: "enough" });
});

test("disposing ends a stream that runs", async () => {
  const client = clientOf(await relay({ flows: (call) => call.write(Uint8Array.of(1)) }));
  await client.flows(
    { follow: true },
    () => {
      client.dispose();
    },
    never,
  );
});

test("what the receiver of messages throws comes out of flows()", async () => {
  const client = clientOf(await relay({ flows: (call) => call.write(Uint8Array.of(1)) }));
  const flows = client.flows(
    { follow: true },
    () => {
      throw new TypeError("a bug");
    },
    never,
  );
  await assert.rejects(flows, { name: "TypeError", message: "a bug" });
});

test("a stream made on demand serves in place of a connection", async () => {
  const address = await relay({ flows: (call) => call.end() });
  const port = Number(address.split(":")[1]);
  const client = clientOf("kind-prod · kube-system/hubble-relay", {
    createConnection: () => connect(port, "127.0.0.1"),
  });
  assert.equal((await client.serverStatus(never)).version, "cilium v1.19.4");

  const broken = clientOf("kind-prod", { createConnection: () => Promise.reject(new Error("pod is gone")) });
  await assert.rejects(broken.serverStatus(never), (error: RelayError) => {
    assert.equal(error.kind, "relay-unreachable");
    assert.match(error.message, /kind-prod/);
    assert.deepEqual(error.cause, new Error("pod is gone"));
    return true;
  });
});

test("a relay that dies in the middle of a stream has closed it, and is found again when it is back", async () => {
  const server = await started({ flows: (call) => call.write(Uint8Array.of(7)) });
  const client = clientOf(`127.0.0.1:${server.port}`);
  const flows = client.flows(
    { follow: true },
    () => {
      server.stop();
    },
    never,
  );
  assert.equal(await kindOf(flows), "relay-closed");
  assert.equal(await kindOf(client.serverStatus(never)), "relay-unreachable");
  await started({ flows: (call) => call.end() }, server.port);
  assert.equal((await client.serverStatus(never)).heldFlows, 11_080);
});

/** What lives at the address, and what kind of error it must give. */
const failures: readonly [string, () => Promise<string>, RelayError["kind"], RegExp][] = [
  ["nothing", freeAddress, "relay-unreachable", /nothing listens there/],
  [
    "no such name",
    () => Promise.resolve("no-such-name.invalid:4245"),
    "relay-unreachable",
    /the name is not known/,
  ],
  ["no address", () => Promise.resolve("http://relay:80/x"), "bad-address", /host:port/],
  [
    "garbage",
    () => tcp((socket) => socket.write("\x00\xff garbage garbage garbage\r\n")),
    "not-a-relay",
    /garbage/,
  ],
  [
    "an HTTP/1 server",
    () => tcp((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
    "not-a-relay",
    /HTTP\/1\.1 400 Bad Request/,
  ],
  ["an HTTP/2 server without gRPC", () => plainHttp2(200), "not-a-relay", /no Hubble relay/],
  ["a proxy whose relay is away for now", () => plainHttp2(503), "relay-unreachable", /503/],
  ["another gRPC service", otherGrpc, "not-a-relay", /no Hubble relay/],
  ["nonsense in gRPC", () => relay({ status: Uint8Array.of(0xff) }), "not-a-relay", /no Hubble relay/],
  ["it hangs up", () => tcp((socket) => socket.end()), "relay-unreachable", /expects TLS/],
  ["silence", () => tcp(() => undefined), "relay-unreachable", /in time/],
  ["no answer", () => relay({ status: "never" }), "relay-unreachable", /in time/],
  ["a refusal", () => relay({ status: status.PERMISSION_DENIED }), "relay-error", /not for you/],
];

for (const [what, start, kind, message] of failures) {
  test(`${what}: ${kind}`, async () => {
    const address = await start();
    const client = clientOf(address, { connectTimeoutMs: 300, answerTimeoutMs: 600 });
    await assert.rejects(client.serverStatus(never), (error: unknown) => {
      assert.ok(error instanceof RelayError);
      assert.equal(error.kind, kind, error.message);
      assert.match(error.message, message);
      return true;
    });
    const flows = client.flows({}, () => undefined, never);
    if (what === "nonsense in gRPC" || what === "a refusal" || what === "no answer") await flows;
    else assert.equal(await kindOf(flows), kind);
  });
}

function clientOf(address: string, options: Partial<RelayClientOptions> = {}): RelayClient {
  const client = openRelayClient({ address, logger: silentLogger, ...options });
  ending.push(() => {
    client.dispose();
  });
  return client;
}

async function received(client: RelayClient, request: FlowsRequest): Promise<Uint8Array[]> {
  const messages: Uint8Array[] = [];
  await client.flows(request, (raw) => messages.push(new Uint8Array(raw)), never);
  return messages;
}

async function kindOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    return error instanceof RelayError ? error.kind : String(error);
  }
  return "no error";
}

async function relay(script: RelayScript): Promise<string> {
  return (await started(script)).address;
}

async function started(script: RelayScript, port = 0): Promise<RunningServer> {
  const server = await startRelay(script, port);
  ending.push(server.stop);
  return server;
}

async function otherGrpc(): Promise<string> {
  const check = (_call: unknown, answer: Answer): void => {
    answer(null, Uint8Array.of());
  };
  const server = await startGrpcServer({ Check: check }, "other.Service");
  ending.push(server.stop);
  return server.address;
}

async function plainHttp2(statusCode: number): Promise<string> {
  const server = http2.createServer((_request, response) => {
    response.writeHead(statusCode, { "content-type": "text/html" });
    response.end("<h1>Hello</h1>");
  });
  return listening(server);
}

async function tcp(greet: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    greet(socket);
  });
  ending.push(() => {
    for (const socket of sockets) socket.destroy();
  });
  return listening(server);
}

async function freeAddress(): Promise<string> {
  const server = createServer();
  const address = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return address;
}

async function listening(server: TcpServer | http2.Http2Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ending.push(() => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerHttp2Stream } from "node:http2";
import { type AddressInfo, connect, createServer as createTcpServer } from "node:net";
import { type Duplex, duplexPair } from "node:stream";
import { after, test } from "node:test";
import { SeededRandom } from "../../src/demo/seededRandom.ts";
import { GrpcSession } from "../../src/hubble/grpcSession.ts";
import { grpcCodeName, type GrpcHeaders } from "../../src/hubble/grpcStatus.ts";
import { frameRelay, frameTypes, framed } from "../support/frameRelay.ts";
import { begin, callsTo, callWith, finish, grpcHeaders, runCall, serveHttp2 } from "../support/http2Relay.ts";
import { watchLeaks } from "../support/leakCheck.ts";
import { until } from "../support/until.ts";

after(watchLeaks());

test("a call is asked as gRPC asks: its headers, one message, the end", async (t) => {
  const bodies: Buffer[] = [];
  const served = await serveHttp2(t, (stream) => {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      bodies.push(Buffer.concat(chunks));
      stream.additionalHeaders({ ":status": 103 });
      stream.respond({ ...grpcHeaders, "hubble-server-version": "1.19.4" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => {
        stream.sendTrailers({ "grpc-status": "0" });
      });
      stream.end(framed("a"));
    });
  });
  const calls = callsTo(t, served.port, { authority: "relay.example:4245" });
  const seen: GrpcHeaders[] = [];
  const onHeaders = (headers: GrpcHeaders): void => void seen.push(headers);
  assert.deepEqual(await runCall(calls, callWith(undefined, { timeoutMs: 12_000, onHeaders })), ["OK", "a"]);
  const [{ "grpc-timeout": timeout = "", ...request } = {}] = served.requests;
  assert.deepEqual(Object.fromEntries(Object.entries(request)), {
    ":method": "POST",
    ":scheme": "http",
    ":authority": "relay.example:4245",
    ":path": "/observer.Observer/GetFlows",
    "content-type": "application/grpc",
    te: "trailers",
    "user-agent": "hubble-lens",
    "grpc-accept-encoding": "identity",
  });
  assert.match(String(timeout), /^1[12]\d{3}m$/);
  assert.deepEqual(bodies, [framed("which flows")]);
  assert.deepEqual(
    seen.map((headers) => headers["hubble-server-version"]),
    ["1.19.4"],
  );
});

test("the window is open for 8 MiB, of the stream and of the connection, before the first message", async (t) => {
  const served = await serveHttp2(t, (stream) => {
    finish(stream);
  });
  await runCall(callsTo(t, served.port));
  const [session] = served.sessions;
  assert.equal(session?.remoteSettings.initialWindowSize, 8 << 20);
  assert.equal(session.state.remoteWindowSize, 8 << 20);
});

test("streams share a connection, and the end of one is not the end of another", async (t) => {
  const open: ServerHttp2Stream[] = [];
  const served = await serveHttp2(t, (stream) => {
    open.push(stream);
    begin(stream, "a");
  });
  const calls = callsTo(t, served.port);
  const stops = [new AbortController(), new AbortController()];
  const came: string[][] = [[], [], []];
  const cancelled = stops.map(({ signal }, index) => runCall(calls, callWith(signal), came[index]));
  const lasting = runCall(calls, callWith(), came[2]);
  await until("three calls are being answered", () => came.flat().length === 3);
  assert.equal(served.sessions.length, 1);
  const [first, second, third] = open;
  const reset = first && once(first, "aborted");
  stops[0]?.abort();
  assert.deepEqual(await cancelled[0], ["OK", "a"]);
  await reset;
  assert.equal(first?.rstCode, 8);
  assert.deepEqual([second?.closed, third?.closed], [false, false]);
  third?.end(framed("b"));
  assert.deepEqual(await lasting, ["OK", "a", "b"]);
  stops[1]?.abort();
  assert.deepEqual(await cancelled[1], ["OK", "a"]);
});

test("an abort in the middle of a chunk: nothing more is handed out", async (t) => {
  const served = await serveHttp2(t, (stream) => {
    stream.respond(grpcHeaders);
    stream.write(Buffer.concat(["a", "b", "c"].map((text) => framed(text))));
  });
  const stop = new AbortController();
  const messages: string[] = [];
  const failure = await callsTo(t, served.port).run(callWith(stop.signal), (raw) => {
    messages.push(Buffer.from(raw).toString());
    if (messages.length === 2) stop.abort();
  });
  assert.deepEqual([failure, messages], [undefined, ["a", "b"]]);
});

test("a server that takes one call at a time gets a second connection, not a call that waits", async (t) => {
  const open: ServerHttp2Stream[] = [];
  const server = createServer({ settings: { maxConcurrentStreams: 1 } });
  const served = await serveHttp2(
    t,
    (stream) => {
      open.push(stream);
      begin(stream, "a");
    },
    server,
  );
  const calls = callsTo(t, served.port);
  const running = [runCall(calls), runCall(calls), runCall(calls)];
  await until("three calls", () => open.length === 3);
  assert.equal(served.sessions.filter(({ destroyed }) => !destroyed).length, 3);
  for (const stream of open) stream.end();
  for (const each of running) assert.deepEqual(await each, ["OK", "a"]);
  assert.deepEqual(
    await Promise.all([runCall(calls), until("a fourth call", () => open[3]?.end())]).then(
      ([outcome]) => outcome,
    ),
    ["OK", "a"],
  );
  assert.equal(served.sessions.length, 3);
});

test("a relay that goes away lets what runs finish, and the next call connects anew", async (t) => {
  const open: ServerHttp2Stream[] = [];
  const served = await serveHttp2(t, (stream) => {
    open.push(stream);
    if (open.length === 1) begin(stream, "a");
    else finish(stream, "c");
  });
  const calls = callsTo(t, served.port);
  const running = runCall(calls);
  await until("a call", () => open.length === 1);
  served.sessions[0]?.goaway(0);
  assert.deepEqual(
    await until("a second connection", async () => {
      const outcome = await runCall(calls);
      return served.sessions.length === 2 && outcome;
    }),
    ["OK", "c"],
  );
  open[0]?.end(framed("b"));
  assert.deepEqual(await running, ["OK", "a", "b"]);
  await until("the first connection ends", () => served.sessions[0]?.destroyed);
});

test("a lost connection is made anew by the next call, at once", async (t) => {
  const served = await serveHttp2(t, (stream) => {
    if (served.sessions.length < 4) stream.session?.destroy();
    else finish(stream, "a");
  });
  const calls = callsTo(t, served.port);
  for (let count = 0; count < 3; count++) assert.deepEqual(await runCall(calls), ["UNAVAILABLE"]);
  assert.deepEqual(await runCall(calls), ["OK", "a"]);
});

test("while a receiver takes its time, the server is held back and memory is bounded", async (t) => {
  const message = framed(Buffer.alloc(16_000));
  const total = 4_000;
  let [sent, received, stalls, mostOnTheWay] = [0, 0, 0, 0];
  const served = await serveHttp2(t, (stream) => {
    begin(stream);
    const write = (): void => {
      while (sent < total) {
        sent++;
        mostOnTheWay = Math.max(mostOnTheWay, sent - received);
        if (stream.write(message)) continue;
        stalls++;
        stream.once("drain", write);
        return;
      }
      stream.end();
    };
    write();
  });
  const otherThings: number[] = [];
  const timer = setInterval(() => otherThings.push(received), 1);
  t.after(() => {
    clearInterval(timer);
  });
  const failure = await callsTo(t, served.port).run(callWith(), () => {
    received++;
    // Slow at first: the server would send all of its 64 MB meanwhile.
    const endsAt = performance.now() + (received <= 300 ? 2 : 0);
    while (performance.now() < endsAt);
  });
  assert.deepEqual([failure, received], [undefined, total]);
  assert.ok(stalls > 0);
  // The window, what the systems' buffers take, and what Node has taken off the server's hands.
  assert.ok(mostOnTheWay * message.length < 13 << 20, `${mostOnTheWay} messages on the way`);
  const whileSlow = otherThings.filter((count) => count < 300);
  assert.ok(whileSlow.length > 20, `the thread did other things ${whileSlow.length} times`);
});

test("frames as a server in Go writes them: one a message, settings and pings in between", async (t) => {
  const count = 3_000;
  const server = await frameRelay(t, (call) => {
    call.headers({ ":status": "200", "content-type": "application/grpc" });
    for (let index = 0; index < count; index++) {
      call.data(framed(Buffer.alloc(1_600, index & 255)));
      if (index % 500 === 0) call.ping();
    }
    call.ping(() => {
      call.headers({ "grpc-status": "0", "grpc-message": "" }, true);
    });
  });
  const seen: number[] = [];
  const failure = await callsTo(t, server.port).run(callWith(), (raw) =>
    seen.push(raw.length, raw[1_599] ?? -1),
  );
  assert.equal(failure, undefined);
  assert.deepEqual(seen, Array.from({ length: count }, (_, index) => [1_600, index & 255]).flat());
  const of = (type: number): number =>
    server.received.filter((frame) => frame.type === type && frame.flags === 1).length;
  assert.deepEqual([of(frameTypes.ping), of(frameTypes.settings)], [7, 1]);
});

test("a large message in many frames comes whole", async (t) => {
  const large = Buffer.alloc(5 << 20, "hubble");
  const served = await serveHttp2(t, (stream) => {
    begin(stream);
    stream.write(framed("before"));
    stream.write(framed(large));
    stream.end(framed("after"));
  });
  const sizes: number[] = [];
  let isSame = false;
  await callsTo(t, served.port).run(callWith(), (raw) => {
    sizes.push(raw.length);
    if (raw.length === large.length) isSame = Buffer.compare(raw, large) === 0;
  });
  assert.deepEqual([sizes, isSame], [[6, 5 << 20, 5], true]);
});

test("a deadline ends a call that lasts", async (t) => {
  const served = await serveHttp2(t, (stream) => {
    begin(stream, "a");
  });
  const calls = callsTo(t, served.port);
  assert.deepEqual(await runCall(calls, callWith(undefined, { timeoutMs: 1_000 })), [
    "DEADLINE_EXCEEDED",
    "a",
  ]);
  await until("the call is gone at the server", () => served.sessions[0]?.destroyed);
});

test("a server that says nothing is waited for as long as was said, and its connection ended", async (t) => {
  let ended = 0;
  const silent = createTcpServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.resume();
    socket.on("close", () => ended++);
  });
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  t.after(() => {
    silent.close();
  });
  const calls = callsTo(t, (silent.address() as AddressInfo).port);
  assert.deepEqual(await runCall(calls, callWith(undefined, { connectTimeoutMs: 100 })), [
    "DEADLINE_EXCEEDED",
  ]);
  // Nobody waits for it any more: so does an abort.
  assert.deepEqual(await runCall(calls, callWith(AbortSignal.timeout(100))), ["OK"]);
  await until("both connections end", () => ended === 2);
});

test("a connection that does not answer pings is given up; one that does is kept", async (t) => {
  let answersPings = true;
  let onPing: () => void = () => undefined;
  const served = await serveHttp2(t, (stream) => {
    begin(stream, "a");
    stream.session?.on("ping", () => {
      onPing();
    });
  });
  // A path that swallows everything from the client's side on, as one that is half open does.
  const createConnection = (): Duplex => {
    const [near, far] = duplexPair();
    const socket = connect(served.port, "127.0.0.1");
    socket.pipe(far);
    far.on("data", (chunk: Buffer) => {
      if (answersPings) socket.write(chunk);
    });
    near.on("close", () => socket.destroy());
    return near;
  };
  const calls = callsTo(t, 0, { createConnection, keepAliveMs: 20, keepAliveTimeoutMs: 1_000 });
  let pings = 0;
  onPing = () => {
    // Answered three times, then not any more.
    answersPings = ++pings < 3;
  };
  assert.deepEqual(await runCall(calls), ["UNAVAILABLE", "a"]);
  assert.equal(pings, 3);
});

test("disposing ends everything at once: what runs, what connects, and what comes too late", async (t) => {
  const served = await serveHttp2(t, (stream) => {
    begin(stream, "a");
  });
  const connections: Duplex[] = [];
  let deliver: (stream: Duplex) => void = () => undefined;
  const late = new GrpcSession({
    createConnection: () => new Promise<Duplex>((resolve) => (deliver = resolve)),
    authority: "late",
  });
  late.dispose();
  const socket = connect(served.port, "127.0.0.1");
  deliver(socket);
  await assert.rejects(late.ready);
  assert.ok(socket.destroyed);

  const calls = callsTo(t, served.port, {
    createConnection: () => {
      const made = connect(served.port, "127.0.0.1");
      connections.push(made);
      return made;
    },
  });
  const failure = await calls.run(callWith(), () => {
    calls.dispose();
  });
  assert.equal(grpcCodeName(failure?.code ?? 0), "UNAVAILABLE");
  assert.deepEqual(await runCall(calls), ["UNAVAILABLE"]);
  await until("each connection ends", () => connections.every(({ closed }) => closed));
});

test("garbled bytes end a call, whatever they are, and nothing else", async (t) => {
  const seeded = new SeededRandom(11);
  const random = (): number => seeded.fraction();
  const server = await frameRelay(t, (call) => {
    const { socket } = call;
    const write = socket.write.bind(socket);
    // From here on one byte in some hundred is another one, and at times the connection ends.
    const everyBytes = 30 + Math.floor(random() * 400);
    socket.write = (bytes: Uint8Array | string): boolean => {
      const garbled = Buffer.from(bytes);
      for (let at = Math.floor(random() * everyBytes); at < garbled.length; at += everyBytes)
        garbled[at] = Math.floor(random() * 256);
      return write(garbled);
    };
    call.headers({ ":status": "200", "content-type": "application/grpc" });
    for (let count = 0; count < 20; count++) call.data(framed(Buffer.alloc(Math.floor(random() * 300), 65)));
    call.headers({ "grpc-status": "0" }, true);
    if (random() < 0.3) socket.end();
  });
  const ends = new Set<string>();
  for (let round = 0; round < 60; round++) {
    const calls = callsTo(t, server.port);
    const [end] = await runCall(calls, callWith(undefined, { timeoutMs: 100 }));
    ends.add(end);
    calls.dispose();
  }
  // What was garbled may be a length, a flag, a frame, or only letters.
  assert.ok(ends.size > 2, [...ends].join());
});

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import type { FailureKind } from "../../src/protocol/session.ts";
import { makeCertificateAuthority } from "../support/certificates.ts";
import { EngineProbe } from "../support/engineProbe.ts";
import { fixturePath, fixtureText } from "../support/hubbleFixture.ts";
import { watchLeaks } from "../support/leakCheck.ts";
import { type RelayScript, startRelay } from "../support/relayServer.ts";
import { runHubbleLens } from "../support/runHubbleLens.ts";

/** No answer to anything hostile may take longer than this, also on a machine that has other things to do. */
const timeout = 30_000;

const tutorialFlows = fixturePath("tutorial/flows.jsonl");
const goodPolicy = fixtureText("tutorial/rule1-l3-l4.yaml");
const [firstFlow = ""] = fixtureText("tutorial/flows.jsonl").split("\n");

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "hubble-lens-hostile-"));
});
after(async () => {
  await rm(folder, { recursive: true, force: true });
});

/**
 * Policy texts that somebody may open, and what is found: a problem with its place, `nothing`, or `no-policy`: a file of
 * another kind, of which an editor says nothing and a command that was given it does.
 */
const policies: readonly [name: string, text: string | Buffer, found: "problem" | "nothing" | "no-policy"][] =
  [
    ["an empty file", "", "no-policy"],
    ["a broken file of another kind", "apiVersion: [", "no-policy"],
    ["bytes that are no text", randomBytes(20_000), "no-policy"],
    ["zeros", Buffer.alloc(5_000), "no-policy"],
    ["a billion laughs", laughs("a"), "no-policy"],
    ["a policy of a billion laughs", policy(`spec: *a15`, laughs("a")), "problem"],
    ["a bracket that is not closed", policy("spec: { endpointSelector: {}, ingress: ["), "problem"],
    ["a tab for indentation", policy("spec:\n\tingress: []"), "problem"],
    ["a deep nest", policy(`spec: ${"[".repeat(50_000)}`), "problem"],
    ["a deep nest that is closed", policy(`spec: ${"[".repeat(5_000)}${"]".repeat(5_000)}`), "problem"],
    ["an alias of itself", policy("spec: &a { ingress: *a }"), "problem"],
    ["a spec that is a number", policy("spec: 5"), "problem"],
    ["rules that are no lists", policy("spec: { endpointSelector: {}, ingress: { a: 1 } }"), "problem"],
    [
      "ports of the wrong kind",
      withIngress("toPorts: [{ ports: [{ port: { a: 1 } }, { port: 99999999999 }] }]"),
      "problem",
    ],
    [
      "names of JavaScript's own",
      // No label may be named so: that is told, and nothing else happens.
      withIngress("fromEndpoints: [{ matchLabels: { __proto__: a, constructor: b } }]"),
      "problem",
    ],
    [
      "a label a megabyte long",
      withIngress(`fromEndpoints: [{ matchLabels: { a: ${"x".repeat(1 << 20)} } }]`),
      "problem",
    ],
    ["a pattern that is not one", withHttp('path: "/a(b"'), "problem"],
    ["a pattern that repeats what repeats", withHttp('path: "/(a+)+(a*)*$"'), "nothing"],
    ["a pattern of a thousand times a thousand", withHttp('path: "(a{1000}){1000}"'), "problem"],
  ];

function laughs(name: string): string {
  const lines = Array.from(
    { length: 15 },
    (_, index) => `${name}${index + 1}: &${name}${index + 1} [${`*${name}${index}, `.repeat(9)}]`,
  );
  return [`${name}0: &${name}0 [ha]`, ...lines, ""].join("\n");
}

function policy(spec: string, before = ""): string {
  return `apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: { name: hostile }\n${before}${spec}\n`;
}

function withIngress(rule: string): string {
  return policy(`spec: { endpointSelector: { matchLabels: { class: deathstar } }, ingress: [{ ${rule} }] }`);
}

function withHttp(http: string): string {
  return withIngress(`toPorts: [{ ports: [{ port: "80", protocol: TCP }], rules: { http: [{ ${http} }] } }]`);
}

/** Captures that somebody may open: how many lines are broken, or the kind of failure. */
const captures: readonly [name: string, content: string | Buffer, broken: number | "all"][] = [
  ["empty lines", "\n\n \r\n", 0],
  ["a line cut in half", `${firstFlow}\n${firstFlow.slice(0, firstFlow.length / 2)}`, 1],
  ["words", "not json\nat all\n", "all"],
  ["bytes", Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), randomBytes(100_000)]), "all"],
  ["zeros", Buffer.alloc(100_000), "all"],
  ["JSON that is no flow", '5\nnull\n[]\n"a"\n{"flow":5}\n', "all"],
  [
    "fields of other kinds",
    '{"flow":{"time":5,"IP":"x"}}\n{"flow":{"l4":{"TCP":{"source_port":"1e999"}}}}\n',
    "all",
  ],
  ["a deep nest", `{"flow":${'{"a":'.repeat(50_000)}\n`, "all"],
  [
    "a deep nest that is closed",
    `{"flow":{"a":${"[".repeat(50_000)}${"]".repeat(50_000)}}}\n${firstFlow}\n`,
    0,
  ],
  ["a line of 40 MB", `{"flow":{"Summary":"${"x".repeat(40 << 20)}`, "all"],
  [
    "names of JavaScript's own",
    `{"__proto__":{"flow":1},"constructor":2,"flow":{"uuid":"a","__proto__":3}}\n`,
    0,
  ],
  ["UTF-16", Buffer.from(`\ufeff${firstFlow}\n`, "utf16le"), "all"],
];

suite("the engine, given a policy", { timeout }, () => {
  for (const [name, text, found] of policies) {
    test(name, async () => {
      const noLeaks = watchLeaks();
      const probe = new EngineProbe();
      await probe.engine.handle("setInterest", { groups: false, documents: true, views: false });
      await probe.engine.handle("openCapture", { path: tutorialFlows });
      await probe.engine.handle("setDocument", { uri: "hostile", version: 1, text: text.toString() });
      // The document beside it must be none the worse.
      await probe.engine.handle("setDocument", { uri: "good", version: 1, text: goodPolicy });
      const { documents = [] } = await probe.until(
        "both documents",
        (snapshot) => snapshot.documents?.length === 2,
      );
      const ofUri = (wanted: string) => documents.find(({ uri }) => uri === wanted);
      const errors = ofUri("hostile")?.problems.map(({ message }) => message) ?? [];
      const good = ofUri("good");
      assert.equal(errors.length > 0, found === "problem", errors.join("; ").slice(0, 1_000));
      assert.ok(errors.length <= 100, `${errors.length} problems`);
      for (const message of errors) assertForPeople(message);
      assert.deepEqual(good?.problems, []);
      assert.ok(good.entries.length > 0);
      probe.engine.dispose();
      await noLeaks();
    });
  }
});

suite("the engine, given a capture", { timeout }, () => {
  for (const [name, content, broken] of captures) {
    test(name, async () => {
      const noLeaks = watchLeaks();
      const probe = new EngineProbe();
      const path = join(folder, "capture");
      await writeFile(path, content);
      try {
        const summary = await probe.engine.handle("openCapture", { path });
        assert.notEqual(broken, "all", `${summary.flows} flows, ${summary.brokenCount} broken lines`);
        assert.equal(summary.brokenCount, broken);
        for (const { message } of summary.brokenLines) assertForPeople(message);
      } catch (error) {
        if (broken !== "all") throw error;
        assert.ok(error instanceof Error);
        assertForPeople(error.message);
        assert.ok(error.message.includes(path), error.message);
      }
      // Another file opens as if nothing had been.
      const { flows, brokenCount } = await probe.engine.handle("openCapture", { path: tutorialFlows });
      assert.deepEqual([flows > 0, brokenCount], [true, 0]);
      probe.engine.dispose();
      await noLeaks();
    });
  }

  test("what is no file", async () => {
    const probe = new EngineProbe();
    await mkdir(join(folder, "directory"), { recursive: true });
    for (const path of [join(folder, "gone"), join(folder, "directory"), ""]) {
      await assert.rejects(probe.engine.handle("openCapture", { path }), (error: Error) => {
        assertForPeople(error.message);
        return true;
      });
    }
    probe.engine.dispose();
  });

  test("what never ends gives way to another file", { skip: process.platform === "win32" }, async () => {
    const noLeaks = watchLeaks();
    const probe = new EngineProbe();
    const endless = probe.engine.handle("openCapture", { path: "/dev/zero" });
    const [, opened] = await Promise.all([
      assert.rejects(endless),
      probe.engine.handle("openCapture", { path: tutorialFlows }),
    ]);
    assert.ok(opened.flows > 0);
    probe.engine.dispose();
    await noLeaks();
  });
});

suite("the engine, given a relay", { timeout }, () => {
  const servers: readonly [name: string, kind: FailureKind, start: () => Promise<Listening>][] = [
    ["random bytes", "not-a-relay", () => tcp((socket) => socket.write(randomBytes(1 << 20)))],
    ["one byte at a time", "not-a-relay", () => tcp(trickle)],
    ["nothing", "relay-unreachable", () => tcp(() => undefined)],
    ["the end of each connection", "relay-unreachable", () => tcp((socket) => socket.destroy())],
    ["TLS", "relay-unreachable", tlsServer],
    [
      "a web page",
      "not-a-relay",
      () => listening(createHttpServer((_request, response) => response.end("<h1>hello</h1>"))),
    ],
    [
      "HTTP/2 that is no gRPC",
      "not-a-relay",
      () =>
        listening(
          createHttp2Server((_request, response) => {
            response.setHeader("content-type", "text/html");
            response.end("<h1>hello</h1>");
          }),
        ),
    ],
  ];
  for (const [name, kind, start] of servers) {
    test(`that sends ${name}`, async () => {
      const noLeaks = watchLeaks();
      const server = await start();
      const probe = new EngineProbe();
      await probe.view();
      await probe.connect(`127.0.0.1:${server.port}`);
      const { state } = await probe.until(
        "a failure",
        ({ state: { name: told } }) => told === "failed" || told === "waiting",
      );
      assert.ok(state.name === "failed" || state.name === "waiting");
      assert.equal(state.failure.kind, kind, state.failure.message);
      assertForPeople(state.failure.message);
      await probe.engine.handle("disconnect", null);
      await probe.untilState("idle");
      probe.engine.dispose();
      server.end();
      await noLeaks();
    });
  }

  const scripts: readonly [name: string, script: RelayScript, undecodable: number][] = [
    [
      "flows that are no flows",
      {
        flows: (call) => {
          for (let count = 0; count < 1_000; count++)
            call.write(Buffer.concat([Buffer.from([0xff]), randomBytes(50)]));
        },
      },
      1_000,
    ],
    ["empty messages", { flows: (call) => call.write(new Uint8Array()) }, 0],
    ["a message of 100 MB", { flows: (call) => call.write(Buffer.alloc(100 << 20, 0x0a)) }, 0],
    ["an answer about itself that is none", { status: Uint8Array.of(0xff, 0xff, 0xff) }, 0],
  ];
  for (const [name, script, undecodable] of scripts) {
    test(`that sends ${name}`, async () => {
      const noLeaks = watchLeaks();
      const relay = await startRelay(script);
      const probe = new EngineProbe();
      await probe.view();
      await probe.connect(relay.address);
      const { state, flows } = await probe.until(
        "a failure, or streaming on",
        (snapshot) =>
          snapshot.state.name === "failed" ||
          snapshot.state.name === "waiting" ||
          (snapshot.state.name === "streaming" && snapshot.flows.undecodable >= undecodable),
      );
      if (state.name === "failed" || state.name === "waiting") assertForPeople(state.failure.message);
      assert.equal(flows.held, 0);
      await probe.engine.handle("disconnect", null);
      probe.engine.dispose();
      relay.stop();
      await noLeaks();
    });
  }
});

suite("the command line", { timeout: 4 * timeout, concurrency: 2 }, () => {
  for (const [name, content, broken] of captures) {
    test(`observe, with ${name}`, async () => {
      const path = join(folder, `observe-${name.replaceAll(/\W/g, "")}`);
      await writeFile(path, content);
      const { stderr, exitStatus } = await runHubbleLens("observe", "--input-file", path, "--all");
      assert.equal(exitStatus, broken === "all" ? 1 : 0, stderr);
      assert.equal(stderr === "", broken === 0, stderr);
      assertForPeople(stderr);
    });
  }

  for (const [name, content, found] of policies) {
    test(`tally, with ${name}`, async () => {
      const path = join(folder, `tally-${name.replaceAll(/\W/g, "")}.yaml`);
      await writeFile(path, content);
      const { stderr } = await runHubbleLens(
        "tally",
        "--flows",
        tutorialFlows,
        "--policy",
        path,
        "-o",
        "json",
      );
      assert.equal(stderr !== "", found !== "nothing", stderr.slice(0, 1_000));
      assertForPeople(stderr);
    });
  }

  test("tally: a pattern that repeats what repeats, against a path made for it", async () => {
    const flow: unknown = JSON.parse(firstFlow);
    const http = { url: `http://deathstar/${"a".repeat(200_000)}!`, method: "POST", code: 0 };
    const l7 = { type: "REQUEST", http };
    const hostile = JSON.stringify({
      ...(flow as object),
      flow: { ...(flow as { flow: object }).flow, type: "L7", l7 },
    });
    const [flows, rules] = [join(folder, "redos.jsonl"), join(folder, "redos.yaml")];
    await writeFile(flows, `${hostile}\n`.repeat(20));
    await writeFile(rules, withHttp('path: "/(a+)+(a*)*$"'));
    const { stdout, stderr, exitStatus } = await runHubbleLens("tally", "--flows", flows, "--policy", rules);
    assert.deepEqual([stderr, exitStatus], ["", 0]);
    assert.ok(Array.isArray(JSON.parse(stdout)));
  });

  test("observe, with a relay that is none", async () => {
    const server = await tcp((socket) => socket.write(randomBytes(1 << 20)));
    const { stderr, exitStatus } = await runHubbleLens("observe", "--server", `127.0.0.1:${server.port}`);
    server.end();
    assert.equal(exitStatus, 1);
    assert.notEqual(stderr, "");
    assertForPeople(stderr);
  });
});

/** What people read: no stack, no object in disguise, no control characters, and no more than a person reads. */
function assertForPeople(message: string): void {
  assert.doesNotMatch(message, /\n\s+at |\[object|undefined|node:internal|call stack/);
  assert.doesNotMatch(message, /[\0-\x08\x0b-\x1f\x7f]/);
  for (const line of message.split("\n"))
    assert.ok(line.length < 600, `${line.length} characters: ${line.slice(0, 200)}`);
}

/** A server that listens, and how to end it with all its connections. */
interface Listening {
  readonly port: number;
  end(): void;
}

async function listening(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    end: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function tcp(onSocket: (socket: Socket) => void): Promise<Listening> {
  return listening(createServer(onSocket));
}

/** Keeps a connection busy without ever saying anything. */
function trickle(socket: Socket): void {
  const timer = setInterval(() => socket.write("\0"), 50);
  socket.on("close", () => {
    clearInterval(timer);
  });
}

async function tlsServer(): Promise<Listening> {
  const authority = await makeCertificateAuthority("relay");
  const { certificate, key } = await authority.issue({ commonName: "relay", ipAddresses: ["127.0.0.1"] });
  return listening(
    createTlsServer({ cert: certificate, key, ALPNProtocols: ["h2"] }, (socket) => socket.resume()),
  );
}

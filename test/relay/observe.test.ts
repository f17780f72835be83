import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { after, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { create, fromBinary } from "@bufbuild/protobuf";
import { status } from "@grpc/grpc-js";
import { projectRoot } from "../../scripts/projectRoot.ts";
import { type GetFlowsRequest, GetFlowsRequestSchema } from "../../src/hubble/gen/observer/observer_pb.js";
import { writeNotice } from "../../src/hubble/writeResponse.ts";
import { fixtureLines, fixturePath, fixtureText, hubbleMessages } from "../support/hubbleFixture.ts";
import { type FlowsCall, startRelay } from "../support/relayServer.ts";

const ending: (() => void)[] = [];
after(() => {
  for (const end of ending) end();
});

const tutorial = fixturePath("tutorial/flows.jsonl");
const everything = BigInt(Number.MAX_SAFE_INTEGER);

describe("observe a capture", { concurrency: 3 }, () => {
  const lines = fixtureLines("tutorial/compact.txt");
  const outputs: readonly [string, string[], readonly string[]][] = [
    ["all that is asked for", ["--last", "10000", "-o", "compact"], lines],
    ["all when nothing is said", [], lines],
    ["the newest 3", ["--last=3"], lines.slice(-3)],
    ["0 is as good as not said", ["flows", "--last", "0"], lines],
    ["the first 2", ["--first", "2"], lines.slice(0, 2)],
    ["more than there are", ["--first", "100000"], lines],
    ["all", ["--all"], lines],
    [
      "from a time on",
      ["--since", "2025-07-26T20:55:13.900Z"],
      lines.filter((line) => line > "Jul 26 20:55:13.9"),
    ],
    [
      "the newest 2 that match before a time",
      ["--not", "--verdict", "TRACED", "--until", "2025-07-26T21:36:33Z", "--last", "2"],
      lines.filter((line) => !line.includes(" TRACED ") && line < "Jul 26 21:36:33").slice(-2),
    ],
    [
      "what an expression holds for",
      ["--cel-expression", '_flow.source.pod_name == "xwing" && _flow.verdict == Verdict.DROPPED'],
      lines.filter((line) => line.includes("default/xwing") && line.includes(" DROPPED ")),
    ],
    [
      "what matches",
      ["--pod", "xwing", "--not", "--verdict", "FORWARDED"],
      lines.filter((line) => line.includes("default/xwing") && !line.includes(" FORWARDED ")),
    ],
  ];
  for (const [what, args, expected] of outputs) {
    test(what, async () => {
      const { stdout, stderr, exitStatus } = await run("observe", "--input-file", tutorial, ...args);
      assert.equal(stdout, expected.map((line) => `${line}\n`).join(""));
      assert.deepEqual([stderr, exitStatus], ["", 0]);
    });
  }

  test("lost events go out, what is wrong with nodes to the error stream", async () => {
    const file = fixturePath("hubble-cli/flows.jsonl");
    const named = await run("observe", "--input-file", file, "--print-policy-names");
    assert.equal(named.stdout, fixtureText("hubble-cli/compact.txt"));
    assert.equal(named.stderr, fixtureText("hubble-cli/compact.stderr.txt"));
    const silent = await run("observe", "--input-file", file, "--print-policy-names", "-s");
    assert.deepEqual([silent.stdout, silent.stderr], [named.stdout, ""]);
    const dict = await run("observe", "--input-file", file, "-o", "dict", "--last", "2");
    assert.match(dict.stdout, /^ {2}TIMESTAMP: .*\n {5}SOURCE: HUBBLE_RING_BUFFER\n/);
    assert.match(dict.stderr, /^-{12}\n {2}TIMESTAMP: .*\n {6}STATE: NODE_UNAVAILABLE\n/);
    const json = await run("observe", "--input-file", file, "-o", "json", "--last", "2");
    assert.match(json.stdout, /^\{"lost_events":.*\n$/);
    assert.match(json.stderr, /^\{"node_status":.*\n$/);
  });

  test("notices pass as flows of which nothing is known do, and where they are asked for", async () => {
    const file = fixturePath("hubble-cli/flows.jsonl");
    const lost = /EVENTS LOST/;
    const questions: readonly [string[], boolean][] = [
      [["--verdict", "DROPPED"], false],
      [["--not", "--verdict", "DROPPED"], true],
      [["--verdict", "DROPPED", "--lost"], true],
      [["--not", "--lost"], false],
      [["--decision", "denied"], true],
    ];
    for (const [args, expected] of questions) {
      const { stdout } = await run("observe", "--input-file", file, ...args);
      assert.equal(lost.test(stdout), expected, args.join(" "));
    }
    const { stdout } = await run("observe", "--input-file", file, "--lost");
    assert.equal(stdout, "Jul 26 21:36:56.781 EVENTS LOST: HUBBLE_RING_BUFFER CPU(0) 42\n");
  });

  test("what only we can tell", async () => {
    const file = fixturePath("hubble-cli/flows.jsonl");
    const { stdout } = await run("observe", "--input-file", file, "--policy", "shop-backend", "-o", "json");
    const named = fixtureLines("hubble-cli/flows.jsonl").filter(
      (line) => /_by":\[.*"name":"shop-backend"/.test(line) || line.startsWith('{"lost_events"'),
    );
    assert.deepEqual(stdout.trimEnd().split("\n").map(parse), named.map(parse));
  });

  test("the flows that decided about a rule", async () => {
    const policy = fixturePath("tutorial/rule1-l3-l4.yaml");
    const args = ["--input-file", tutorial, "--policy-file", policy];
    const denied = await run("observe", ...args, "--rule", "default/rule1:spec.ingress");
    const drops = lines.filter((line) => line.includes("Policy denied DROPPED"));
    assert.equal(denied.stdout, drops.map((line) => `${line}\n`).join(""));
    assert.equal(drops.length, 2);
    const allowed = await run("observe", ...args, "--rule", "default/rule1:spec.ingress[0]");
    assert.deepEqual([allowed.stdout, allowed.stderr, allowed.exitStatus], ["", "", 0]);
    const wrong = await run("observe", ...args, "--rule", "default/rule1:spec.egress[0]");
    assert.match(wrong.stderr, /has no spec\.egress\[0\]; it has spec\.ingress, spec\.ingress\[0\]/);
    const other = await run("observe", ...args, "--rule", "default/rule2:spec.ingress[0]");
    assert.match(other.stderr, /no CiliumNetworkPolicy\/default\/rule2; they have .*default\/rule1/);
  });

  test("colours only where they are wanted", async () => {
    const args = ["--input-file", tutorial, "--first", "1"];
    assert.equal((await run("observe", ...args)).stdout, `${lines[0] ?? ""}\n`);
    const colored = await run("observe", ...args, "--color", "always");
    assert.match(colored.stdout, /\x1b\[36m/);
    assert.equal(colored.stdout.replaceAll(/\x1b\[\d+m/g, ""), `${lines[0] ?? ""}\n`);
  });

  test("fields of JSON, by a mask", async () => {
    const args = ["--input-file", tutorial, "--first", "1", "-o", "json"];
    const { stdout } = await run("observe", ...args, "--field-mask", "verdict,source.identity,l4.TCP.flags");
    assert.deepEqual((parse(stdout) as { readonly flow: unknown }).flow, {
      verdict: "FORWARDED",
      source: { identity: 1 },
      l4: { TCP: { flags: { ACK: true } } },
    });
  });

  test("the filters themselves, as the CLI prints them", async () => {
    const asked = "--pod default/deathstar --verdict DROPPED --not --port 80".split(" ");
    const { stdout } = await run("observe", ...asked, "--print-raw-filters", "--tls");
    assert.equal(
      stdout,
      `allowlist:
    - '{"source_pod":["default/deathstar"],"verdict":["DROPPED"]}'
    - '{"destination_pod":["default/deathstar"],"verdict":["DROPPED"]}'
denylist:
    - '{"source_port":["80"]}'
    - '{"destination_port":["80"]}'
`,
    );
    const none = await run("observe", "--print-raw-filters", "--policy", "a");
    assert.equal(none.stdout, "{}\n");
    assert.match(none.stderr, /^warning: --policy.* no relay can be asked\n$/);
  });

  test("what says how to reach a relay counts for nothing", async () => {
    const args = ["--input-file", tutorial, "--server", "a:1", "--tls", "--first", "1"];
    const { stdout, stderr, exitStatus } = await run("observe", ...args);
    assert.deepEqual([stdout, exitStatus], [`${lines[0] ?? ""}\n`, 0]);
    assert.equal(stderr, "warning: --server counts for nothing with --input-file\n");
  });

  test("the time zone does not matter", async () => {
    for (const TZ of ["Europe/Berlin", "America/St_Johns"]) {
      const child = start({ TZ }, "observe", "--input-file", tutorial, "--since", "2025-07-26");
      child.stdin.end();
      assert.equal(await text(child.stdout), fixtureText("tutorial/compact.txt"));
    }
  });

  test("a file that grows is followed", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "observe-"));
    t.after(() => {
      rmSync(folder, { recursive: true });
    });
    const file = join(folder, "events.log");
    const captured = fixtureLines("tutorial/flows.jsonl").map((line) => `${line}\n`);
    writeFileSync(file, captured.slice(0, 3).join(""));
    const child = start({}, "observe", "--input-file", file, "-f", "--last", "1");
    const expected = lines.slice(2, 4).map((line) => `${line}\n`);
    let printed = "";
    for await (const chunk of child.stdout.setEncoding("utf8") as AsyncIterable<string>) {
      printed += chunk;
      if (printed === expected[0]) appendFileSync(file, captured[3] ?? "");
      if (printed === expected.join("")) child.kill("SIGINT");
    }
    assert.equal(printed, expected.join(""));
    assert.equal(await ended(child), 0);
  });

  test("jsonpb, from standard input", async () => {
    const child = start({}, "observe", "--input-file", "-", "--all", "-o", "jsonpb");
    child.stdin.end(fixtureText("tutorial/flows.jsonl"));
    const printed = (await text(child.stdout)).trimEnd().split("\n");
    const expected = fixtureLines("tutorial/flows.jsonl");
    assert.deepEqual(printed.map(parse), expected.map(parse));
  });

  test("the newest so far of what goes on, at Ctrl-C", async () => {
    const child = start({}, "observe", "--input-file", "-", "--last", "1");
    const [line = ""] = fixtureLines("tutorial/flows.jsonl");
    // Far more than waits between two processes: when it has left, most of it was read.
    child.stdin.write(`${line}\n`.repeat(2000), () => child.kill("SIGINT"));
    assert.deepEqual([await text(child.stdout), await ended(child)], [`${lines[0] ?? ""}\n`, 0]);
  });

  test("gzip, from standard input, whole or cut off", async () => {
    const packed = gzipSync(fixtureText("tutorial/flows.jsonl"));
    const whole = start({}, "observe", "--input-file", "-");
    whole.stdin.end(packed);
    assert.equal(await text(whole.stdout), fixtureText("tutorial/compact.txt"));
    const cut = start({}, "observe", "--input-file", "-", "--first", "1000");
    cut.stdin.end(packed.subarray(0, packed.length - 100));
    const [out, err, exitStatus] = await Promise.all([text(cut.stdout), text(cut.stderr), ended(cut)]);
    assert.ok(lines.join("\n").startsWith(out.trimEnd()) && out !== "");
    assert.match(err, /standard input/);
    assert.equal(exitStatus, 1);
  });

  test("broken lines are named, and the rest is printed", async () => {
    const child = start({}, "observe", "--input-file", "-", "--all");
    child.stdin.end(`{"flow":{"uuid":"a"}}\nnonsense\n{"flow":`);
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    assert.equal(out.split("\n").length, 2);
    assert.match(err, /^line 2 cannot be read: .*\nline 3 cannot be read: /);
  });
});

describe("observe a relay", { concurrency: 3 }, () => {
  const since = timestamp("2025-07-26T20:00:00Z");
  const until = timestamp("2025-07-26T21:00:00Z");
  const requests: readonly [string[], Partial<GetFlowsRequest>][] = [
    [[], { number: 20n, first: false, follow: false }],
    [["--last", "5"], { number: 5n, first: false, follow: false }],
    [["--first", "5"], { number: 5n, first: true, follow: false }],
    [["--last", "0"], { number: 20n, first: false, follow: false }],
    [["--all"], { number: everything, first: false, follow: false }],
    [["--last", "18446744073709551615"], { number: everything, first: false, follow: false }],
    [["-f"], { number: 0n, first: false, follow: true }],
    [["-f", "--last", "7"], { number: 7n, first: false, follow: true }],
    [["-f", "--all"], { number: everything, first: false, follow: true }],
    [["--since", "2025-07-26T20:00:00Z"], { number: 0n, first: false, follow: false, since }],
    [["--since", "2025-07-26T20Z", "--all"], { number: 0n, first: false, follow: false, since }],
    [["--until", "2025-07-26T21Z", "--last", "3"], { number: 3n, first: false, follow: false, until }],
    [
      ["--until", "2025-07-26T21Z", "--since", "2025-07-26T20Z", "-f"],
      { number: 0n, first: false, follow: true, since },
    ],
    [["--use-default-field-masks=false", "--timeout", "3s"], { number: 20n, first: false, follow: false }],
  ];
  for (const [args, expected] of requests) {
    test(`asks with ${args.join(" ") || "nothing"}`, async () => {
      const asked: GetFlowsRequest[] = [];
      const address = await relay((call) => {
        asked.push(fromBinary(GetFlowsRequestSchema, call.request));
        for (const raw of hubbleMessages) call.write(raw);
        call.end();
      });
      const { stdout, exitStatus } = await run(
        "observe",
        "--server",
        address,
        "--print-policy-names",
        ...args,
      );
      assert.equal(stdout, fixtureText("hubble-cli/compact.txt"));
      assert.equal(exitStatus, 0);
      const [{ number, first, follow, since: from, until: to } = {}] = asked;
      const times = { ...(from && { since: from }), ...(to && { until: to }) };
      assert.deepEqual({ number, first, follow, ...times }, expected);
    });
  }

  test("asks with filters and masks", async () => {
    const asked: GetFlowsRequest[] = [];
    const address = await relay((call) => {
      asked.push(fromBinary(GetFlowsRequestSchema, call.request));
      call.end();
    });
    await run(
      "observe",
      "--server",
      address,
      "--to-pod",
      "xwing",
      "--not",
      "--http-path",
      "/a",
      "--dns-query",
      "b",
    );
    const { whitelist, blacklist, fieldMask } = asked[0] ?? create(GetFlowsRequestSchema);
    assert.deepEqual(
      whitelist.map(({ destinationPod, dnsQuery }) => ({ destinationPod, dnsQuery })),
      [{ destinationPod: ["xwing"], dnsQuery: ["b"] }],
    );
    assert.deepEqual([blacklist.map(({ httpPath }) => httpPath), fieldMask], [[["/a"]], undefined]);
    await run("observe", "--server", address, "-o", "json", "--field-mask", "time,source.labels");
    assert.deepEqual(asked[1]?.fieldMask?.paths, ["time", "source.labels"]);
    await run("observe", "--server", address, "--use-default-field-masks");
    assert.ok(asked[2]?.fieldMask?.paths.includes("ingress_denied_by"));
    await run("observe", "--server", address, "--use-default-field-masks", "--policy", "a");
    assert.equal(asked[3]?.fieldMask, undefined);
  });

  test("what only we can tell is chosen of all that the relay holds", async () => {
    const asked: GetFlowsRequest[] = [];
    const address = await relay((call) => {
      asked.push(fromBinary(GetFlowsRequestSchema, call.request));
      for (const raw of hubbleMessages) call.write(raw);
      // What was lost is no flow: it takes none of the places.
      for (const raw of hubbleMessages.slice(-2)) call.write(raw);
      call.end();
    });
    const file = fixturePath("hubble-cli/flows.jsonl");
    const question = ["--decision", "denied", "--not", "--lost"];
    const all = (await run("observe", "--input-file", file, ...question)).stdout.trimEnd().split("\n");
    const stretches: readonly [string[], readonly string[]][] = [
      [["--last", "2"], all.slice(-2)],
      [["--first", "3"], all.slice(0, 3)],
    ];
    for (const [stretch, expected] of stretches) {
      const { stdout } = await run("observe", "--server", address, ...question, ...stretch);
      assert.deepEqual(stdout.trimEnd().split("\n"), expected);
    }
    assert.deepEqual(
      asked.map(({ number, first }) => [number, first]),
      [
        [everything, false],
        [everything, false],
      ],
    );
  });

  test("which nodes come and go is told when it is asked for", async () => {
    const connected = writeNotice({
      kind: "node-status",
      time: { seconds: 1, nanos: 0 },
      nodeName: "relay",
      state: "NODE_CONNECTED",
      nodeNames: ["a"],
      message: "",
    });
    const address = await relay((call) => {
      call.write(connected);
      call.end();
    });
    assert.equal((await run("observe", "--server", address)).stderr, "");
    const told = await run("observe", "--server", address, "--debug");
    assert.equal(told.stderr, "Jan  1 00:00:01.000 [relay]: Receiving flows from 1 nodes: a\n");
  });

  test("what cannot be read is counted", async () => {
    const address = await relay((call) => {
      call.write(Uint8Array.of(0xff));
      call.write(Uint8Array.of(0x22, 1, 0));
      call.end();
    });
    const { stdout, stderr } = await run("observe", "--server", address);
    assert.deepEqual([stdout, stderr], ["", "2 messages of the relay could not be read\n"]);
  });

  test("the relay is that of the environment when none is given", async () => {
    const address = await relay((call) => {
      call.write(hubbleMessages[0] ?? Uint8Array.of());
      call.end();
    });
    const expected = `${fixtureLines("hubble-cli/compact.txt")[0] ?? ""}\n`;
    const asked = start({ HUBBLE_SERVER: address }, "observe");
    assert.deepEqual([await text(asked.stdout), await ended(asked)], [expected, 0]);
    const given = start({ HUBBLE_SERVER: "127.0.0.1:1" }, "observe", "--server", address);
    assert.deepEqual([await text(given.stdout), await ended(given)], [expected, 0]);
  });

  test("following prints at once, until Ctrl-C", async () => {
    const address = await relay((call) => call.write(hubbleMessages[0] ?? Uint8Array.of()));
    const child = start({}, "observe", "--server", address, "-f");
    child.stdout.once("data", () => child.kill("SIGINT"));
    const [out, err, exitStatus] = await Promise.all([text(child.stdout), text(child.stderr), ended(child)]);
    assert.deepEqual([out, err, exitStatus], [`${fixtureLines("hubble-cli/compact.txt")[0] ?? ""}\n`, "", 0]);
  });

  test("it ends when nobody reads any more", async () => {
    const address = await relay((call) => {
      const write = (): void => {
        if (call.destroyed || call.cancelled) return;
        for (const raw of hubbleMessages.slice(0, -2)) call.write(raw);
        setImmediate(write);
      };
      write();
    });
    const child = start({}, "observe", "--server", address, "-f");
    child.stdout.once("data", () => child.stdout.destroy());
    assert.deepEqual([await text(child.stderr), await ended(child)], ["", 0]);
  });

  test("a refusal is said, and the exit status is 1", async () => {
    const address = await relay((call) =>
      call.emit("error", { code: status.INVALID_ARGUMENT, details: "bad filter" }),
    );
    const { stderr, exitStatus } = await run("observe", "--server", address);
    assert.equal(stderr, `The relay at ${address} answered with an error: bad filter\n`);
    assert.equal(exitStatus, 1);
  });
});

async function relay(flows: (call: FlowsCall) => void): Promise<string> {
  const server = await startRelay({ flows });
  ending.push(server.stop);
  return server.address;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

function start(environment: NodeJS.ProcessEnv, ...args: readonly string[]): Child {
  const main = join(projectRoot, "src/cli/main.ts");
  const env = { ...process.env, ...environment };
  return spawn(process.execPath, [main, ...args], { stdio: "pipe", timeout: 30_000, env });
}

async function run(
  ...args: readonly string[]
): Promise<{ stdout: string; stderr: string; exitStatus: number | null }> {
  const child = start({}, ...args);
  child.stdin.end();
  const [stdout, stderr, exitStatus] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    ended(child),
  ]);
  return { stdout, stderr, exitStatus };
}

function ended(child: Child): Promise<number | null> {
  return new Promise((resolve) => child.once("exit", resolve));
}

function timestamp(time: string): GetFlowsRequest["since"] {
  return { $typeName: "google.protobuf.Timestamp", seconds: BigInt(Date.parse(time) / 1000), nanos: 0 };
}

function parse(line: string): unknown {
  return JSON.parse(line);
}

import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { after, describe, test } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import { status } from "@grpc/grpc-js";
import { projectRoot } from "../../scripts/projectRoot.ts";
import { type GetFlowsRequest, GetFlowsRequestSchema } from "../../src/hubble/gen/observer/observer_pb.js";
import { fixtureLines, fixturePath, fixtureText, hubbleMessages } from "../support/hubbleFixture.ts";
import { type FlowsCall, startRelay } from "../support/relayServer.ts";

const ending: (() => void)[] = [];
after(() => {
  for (const end of ending) end();
});

const tutorial = fixturePath("tutorial/flows.jsonl");

describe("observe a capture", { concurrency: 3 }, () => {
  const lines = fixtureLines("tutorial/compact.txt");
  const outputs: readonly [string, string[], readonly string[]][] = [
    ["all that is asked for", ["--last", "10000", "-o", "compact"], lines],
    ["the newest 20 when nothing is said", [], lines.slice(-20)],
    ["the newest 3", ["--last=3"], lines.slice(-3)],
    ["none", ["--last", "0"], []],
    ["the first 2", ["--first", "2"], lines.slice(0, 2)],
    ["all", ["--all"], lines],
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
    const args = ["--all", "--numeric", "--print-node-name", "--time-format", "RFC3339Nano"];
    const numeric = await run("observe", "--input-file", file, ...args);
    assert.equal(numeric.stdout, fixtureText("hubble-cli/compact-numeric.txt"));
    const named = await run("observe", "--input-file", file, "--all", "--print-policy-names");
    assert.equal(named.stdout, fixtureText("hubble-cli/compact.txt"));
    assert.equal(named.stderr, fixtureText("hubble-cli/compact.stderr.txt"));
  });

  test("jsonpb, from standard input", async () => {
    const child = start("observe", "--input-file", "-", "--all", "-o", "jsonpb");
    child.stdin.end(fixtureText("tutorial/flows.jsonl"));
    const printed = (await text(child.stdout)).trimEnd().split("\n");
    const expected = fixtureLines("tutorial/flows.jsonl");
    assert.deepEqual(printed.map(parse), expected.map(parse));
  });

  test("broken lines are named, and the rest is printed", async () => {
    const child = start("observe", "--input-file", "-", "--all");
    child.stdin.end(`{"flow":{"uuid":"a"}}\nnonsense\n{"flow":`);
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    assert.equal(out.split("\n").length, 2);
    assert.match(err, /^line 2 cannot be read: .*\nline 3 cannot be read: /);
  });
});

describe("observe a relay", { concurrency: 3 }, () => {
  const requests: readonly [string[], Partial<GetFlowsRequest>][] = [
    [[], { number: 20n, first: false, follow: false }],
    [["--last", "5"], { number: 5n, first: false, follow: false }],
    [["--first", "5"], { number: 5n, first: true, follow: false }],
    [["--all"], { number: BigInt(Number.MAX_SAFE_INTEGER), first: false, follow: false }],
    [["-f"], { number: 0n, first: false, follow: true }],
    [["-f", "--last", "7"], { number: 7n, first: false, follow: true }],
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
      const [{ number, first, follow } = {}] = asked;
      assert.deepEqual({ number, first, follow }, expected);
    });
  }

  test("what cannot be read is counted", async () => {
    const address = await relay((call) => {
      call.write(Uint8Array.of(0xff));
      call.write(Uint8Array.of(0x22, 1, 0));
      call.end();
    });
    const { stdout, stderr } = await run("observe", "--server", address);
    assert.deepEqual([stdout, stderr], ["", "2 messages of the relay could not be read\n"]);
  });

  test("following prints at once, until Ctrl-C", async () => {
    const address = await relay((call) => call.write(hubbleMessages[0] ?? Uint8Array.of()));
    const child = start("observe", "--server", address, "-f");
    child.stdout.once("data", () => child.kill("SIGINT"));
    const [out, err, exitStatus] = await Promise.all([text(child.stdout), text(child.stderr), ended(child)]);
    assert.deepEqual([out, err, exitStatus], [`${fixtureLines("hubble-cli/compact.txt")[0] ?? ""}\n`, "", 0]);
  });

  test("it ends when nobody reads any more", async () => {
    const address = await relay((call) => {
      const write = (): void => {
        if (call.destroyed || call.cancelled) return;
        for (const raw of hubbleMessages) call.write(raw);
        setImmediate(write);
      };
      write();
    });
    const child = start("observe", "--server", address, "-f");
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

describe("what is typed wrongly is said, and the exit status is 1", { concurrency: 3 }, () => {
  const wrong: readonly [string[], RegExp][] = [
    [["obsreve"], /^unknown command obsreve; there are observe, check, tally, demo-relay\n$/],
    [["observe", "--fllow"], /^observe: unknown flag --fllow; there are --server, .*\n.*--help/],
    [["observe", "--last", "x"], /--last takes a whole number, not “x”/],
    [["observe", "-o", "xml"], /-o takes compact, dict, table, tab, jsonpb, json, not “xml”/],
    [["observe", "--server", "a b"], /--server takes host:port/],
    [["observe", "--last", "1", "--first", "2"], /--last and --first cannot be combined/],
    [["observe", "--follow", "--all"], /--follow can be combined with --last only/],
    [["observe", "--input-file", tutorial, "-f"], /cannot be combined with --input-file/],
    [["observe", "--input-file", tutorial, "--server", "a:1"], /cannot be combined/],
    [["observe", "--input-file", join(projectRoot, "none")], /^There is no file .*none\.\n$/],
    [["observe", "--input-file", projectRoot], /is a folder/],
    [["observe", "--input-file", join(projectRoot, "LICENSE")], /holds no flows|no file/],
  ];
  for (const [args, message] of wrong) {
    test(args.join(" "), async () => {
      const { stdout, stderr, exitStatus } = await run(...args);
      assert.deepEqual([stdout, exitStatus], ["", 1]);
      assert.match(stderr, message);
    });
  }

  test("help and version are printed, and are no error", async () => {
    const outputs: readonly [string[], RegExp, number][] = [
      [["--help"], /observe {6}print flows[^]*demo-relay/, 0],
      [["observe", "--help"], /--input-file FILE/, 0],
      [["tally", "-h"], /--policy FILE/, 0],
      [["--version"], /^\d+\.\d+\.\d+\n$/, 0],
      [[], /hubble-lens COMMAND/, 1],
    ];
    for (const [args, expected, exitStatus] of outputs) {
      const result = await run(...args);
      assert.match(result.stdout, expected);
      assert.equal(result.exitStatus, exitStatus);
    }
  });
});

async function relay(flows: (call: FlowsCall) => void): Promise<string> {
  const server = await startRelay({ flows });
  ending.push(server.stop);
  return server.address;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

function start(...args: readonly string[]): Child {
  const main = join(projectRoot, "src/cli/main.ts");
  return spawn(process.execPath, [main, ...args], { stdio: "pipe", timeout: 30_000 });
}

async function run(
  ...args: readonly string[]
): Promise<{ stdout: string; stderr: string; exitStatus: number | null }> {
  const child = start(...args);
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

function parse(line: string): unknown {
  return JSON.parse(line);
}

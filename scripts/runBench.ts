import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, totalmem } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { BenchKeyName, PartResult } from "../test/bench/benchKeys.ts";
import { BenchProcess } from "../test/bench/benchProcess.ts";
import { exceeded, joinResults, reportJson, reportText } from "../test/bench/benchReport.ts";
import { measureCli } from "../test/bench/measureCli.ts";
import { measureIngest } from "../test/bench/measureIngest.ts";
import { measureMainThread } from "../test/bench/measureMainThread.ts";
import { measureMemory } from "../test/bench/measureMemory.ts";
import { measureFiltering, measureRetallying } from "../test/bench/measureMillion.ts";
import { measurePolicies } from "../test/bench/measurePolicies.ts";
import { measureRoundTrip } from "../test/bench/measureRoundTrip.ts";
import type { ReplayCalls } from "../test/bench/replayProcess.ts";
import { ensureCodeServer } from "./ensureCodeServer.ts";
import { findChromium } from "./findChromium.ts";
import { projectRoot } from "./projectRoot.ts";
import { runCommand } from "./runCommand.ts";
import { runVscodeSuite } from "./runVscodeSuite.ts";

const rounds = 5;
const flows = 100_000;
/** npm starts scripts in the project's folder, and says where it was started itself. */
const startedIn = process.env["INIT_CWD"] ?? process.cwd();
const hubbleBin = process.env["HUBBLE_BIN"];
/** The real CLI to compare with, if there is one: a path, or a name that PATH knows. */
const hubble = hubbleBin?.includes("/") ? resolve(startedIn, hubbleBin) : hubbleBin;

type Server = () => Promise<BenchProcess<ReplayCalls>>;

interface Part {
  /** Its figures with a limit: when it breaks off they failed. */
  readonly keys: readonly BenchKeyName[];
  readonly measure: (server: Server) => Promise<PartResult>;
}

const parts: Readonly<Record<string, Part>> = {
  ingest: {
    keys: ["ingest_vs_raw", "ingest_vs_protoloader", "churn_slowdown"],
    measure: async (server) =>
      measureIngest({ server: await server(), rounds, warmUpRounds: 2, flowsPerRound: flows, onProgress }),
  },
  rtt: {
    keys: ["rtt50_vs_default"],
    measure: async (server) => measureRoundTrip({ server: await server(), rounds, onProgress }),
  },
  memory: {
    keys: ["bytes_per_flow_1m"],
    measure: async (server) => measureMemory({ server: await server(), rounds, onProgress }),
  },
  filter: { keys: ["filter_1m_vs_objects"], measure: () => measureFiltering(onProgress) },
  retally: { keys: ["retally_1m_vs_naive"], measure: () => measureRetallying(onProgress) },
  "main-thread": {
    keys: ["main_thread_us_per_flow", "loop_delay_added_ms"],
    measure: async (server) => measureMainThread({ server: await server(), rounds, onProgress }),
  },
  cli: { keys: hubble ? ["compact_vs_hubble", "jsonpb_vs_hubble", "file_vs_hubble"] : [], measure: benchCli },
  policies: { keys: ["evaluate_vs_naive"], measure: () => Promise.resolve(measurePolicies()) },
  load: { keys: [], measure: benchLoad },
  host: { keys: [], measure: benchHost },
};

/** Too long for every run: a minute of load, on the engine's thread and in a real VS Code. */
const onRequest = ["load", "host"];
const needBundles = ["main-thread", "cli", "load", "host"];

/**
 * `npm run bench`: what flows cost to receive, hold, filter and count, beside other ways to do the same; a table of the
 * figures, with status 1 when one exceeds its limit. `-- --json FILE` writes them; names of parts: only those.
 */
export async function runBench(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { json: { type: "string" } },
  });
  const unknown = positionals.find((name) => !Object.hasOwn(parts, name));
  if (unknown !== undefined) {
    throw new Error(`no such part: ${unknown}; there are ${Object.keys(parts).join(", ")}`);
  }
  const wanted = Object.keys(parts).filter((name) =>
    positionals.length === 0 ? !onRequest.includes(name) : positionals.includes(name),
  );
  const machine = describeMachine();
  console.log(`Measuring ${wanted.join(", ")} on loopback, medians of ${rounds} rounds, on ${machine}`);
  if (wanted.some((name) => needBundles.includes(name))) {
    await runCommand(process.execPath, ["esbuild.mjs", "--production"]);
  }
  const result = joinResults([...(await measureParts(wanted)), { figures: {}, details: { machine } }]);
  const names = Object.keys(result.figures);
  if (names.length > 0) console.log(`\n${reportText(result)}`);
  const over = exceeded(result);
  if (over.length > 0) {
    console.error(`✗ not within its limit: ${over.join(", ")}`);
    process.exitCode = 1;
  }
  if (values.json === undefined) return;
  const path = resolve(startedIn, values.json);
  await writeFile(path, `${JSON.stringify(reportJson(result), undefined, 2)}\n`);
}

async function measureParts(names: readonly string[]): Promise<readonly PartResult[]> {
  await using stack = new AsyncDisposableStack();
  let server: BenchProcess<ReplayCalls> | undefined;
  const replay = async () => {
    if (server) return server;
    server = stack.use(
      new BenchProcess<ReplayCalls>("test/bench/replayProcess.ts", { args: [String(flows)] }),
    );
    const { medianBytes, endpoints } = await server.ask("data", { kind: "usual" });
    onProgress(`${flows} flows to replay: median ${medianBytes} bytes, ${endpoints} distinct endpoints`);
    return server;
  };
  const results: PartResult[] = [];
  for (const name of names) {
    const part = parts[name];
    if (part) results.push(await measurePart(part, replay));
  }
  return results;
}

async function measurePart({ keys, measure }: Part, server: Server): Promise<PartResult> {
  try {
    return await measure(server);
  } catch (error) {
    // What else is measured does not depend on it.
    const failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
    onProgress(failure);
    process.exitCode = 1;
    return { figures: Object.fromEntries(keys.map((key) => [key, { failure }])) };
  }
}

async function benchCli(server: Server): Promise<PartResult> {
  if (!hubble) {
    onProgress("cli: HUBBLE_BIN names no hubble to compare with");
    return { figures: {} };
  }
  const relay = await (await server()).ask("open", { kind: "usual" });
  const folder = join(projectRoot, ".build", "bench");
  const ours = [process.execPath, join(projectRoot, "dist", "cli.js")];
  return measureCli({ ours, hubble, relay, flows, rounds, folder, onProgress });
}

async function benchLoad(): Promise<PartResult> {
  await runCommand(process.execPath, ["test/bench/mainThreadLoad.ts"]);
  return { figures: {} };
}

async function benchHost(): Promise<PartResult> {
  const report = join(projectRoot, ".build", "reports", "bench.json");
  await mkdir(dirname(report), { recursive: true });
  const { failed } = await runVscodeSuite({
    chromium: await findChromium(),
    codeServer: await ensureCodeServer(),
    files: ["test/bench/hostLoad.ts"],
    report,
  });
  if (failed > 0) process.exitCode = 1;
  return { figures: {} };
}

function describeMachine(): string {
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${cpus()[0]?.model ?? "?"}, ${availableParallelism()} cores, ${gigabytes} GB, Node ${process.versions.node}, ${process.platform}`;
}

const begunMs = performance.now();

function onProgress(text: string): void {
  console.log(`${((performance.now() - begunMs) / 1000).toFixed(0).padStart(4)} s  ${text}`);
}

if (import.meta.main) await runBench(process.argv.slice(2));

import { mkdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { BenchProcess } from "../test/bench/benchProcess.ts";
import { type CpuProfile, type SelfTime, summarizeProfile } from "../test/bench/cpuProfile.ts";
import type { EngineClientCalls } from "../test/bench/engineClient.ts";
import { engineNodeOptions } from "../test/bench/engineNodeOptions.ts";
import type { ReplayCalls } from "../test/bench/replayProcess.ts";
import { projectRoot } from "./projectRoot.ts";

const warmUpFlows = 200_000;
const longestList = 25;

/**
 * `npm run profile`: streams flows into the engine as `npm run bench` does, with V8's profiler on, and prints where the
 * time goes: by folder, file and function, in µs per flow. `-- churn`: a new endpoint with each flow; `--flows N`.
 */
async function profile(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { flows: { type: "string", default: "600000" } },
  });
  const [kind = "usual"] = positionals;
  if (kind !== "usual" && kind !== "churn")
    throw new Error(`no such flows: ${kind}; there are usual and churn`);
  const flows = Number(values.flows);
  const folder = join(projectRoot, ".build", "profile");
  await mkdir(folder, { recursive: true });
  await using server = new BenchProcess<ReplayCalls>("test/bench/replayProcess.ts");
  const relay = await server.ask("open", { kind });
  const path = join(folder, `ingest-${kind}.cpuprofile`);
  await using client = new BenchProcess<EngineClientCalls>("test/bench/engineClient.ts", {
    execArgv: engineNodeOptions,
  });
  await client.ask("connect", { address: relay });
  const stream = async (count: number) => {
    await client.ask("begin", null);
    await server.ask("send", { relay, count });
    return client.ask("finish", { flows: count });
  };
  // What is compiled and filled first is not what every flow costs.
  await stream(warmUpFlows);
  await client.ask("startProfile", null);
  const { cpuUs, wallMs } = await stream(flows);
  await client.ask("stopProfile", { path });
  const summary = summarizeProfile(JSON.parse(await readFile(path, "utf8")) as CpuProfile, projectRoot);
  print("by folder", summary.folders, flows);
  print("by file", summary.files, flows);
  print("by function", summary.functions, flows);
  console.log(
    `\n${flows} flows (${kind}): ${(cpuUs / flows).toFixed(2)} µs of CPU each in all threads, the profiler included; ${Math.round((flows / wallMs) * 1000)} per second`,
  );
  console.log(`The whole profile, for the viewers of Chrome and VS Code: ${relative(process.cwd(), path)}`);
}

function print(title: string, times: readonly SelfTime[], flows: number): void {
  const total = times.reduce((sum, { us }) => sum + us, 0);
  console.log(`\nSelf time of the thread ${title}, µs of wall time per flow, and share:`);
  for (const { name, us } of times.slice(0, longestList)) {
    console.log(
      `${(us / flows).toFixed(3).padStart(8)} ${((us / total) * 100).toFixed(1).padStart(5)} %  ${name}`,
    );
  }
}

await profile(process.argv.slice(2));

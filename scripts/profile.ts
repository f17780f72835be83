import { mkdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { BenchProcess } from "../test/bench/benchProcess.ts";
import { type CpuProfile, type SelfTime, summarizeProfile } from "../test/bench/cpuProfile.ts";
import type { ReplayCalls } from "../test/bench/replayProcess.ts";
import type { StreamCalls } from "../test/bench/streamClient.ts";
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
  const name = `ingest-${kind}.cpuprofile`;
  await mkdir(folder, { recursive: true });
  await using server = new BenchProcess<ReplayCalls>("test/bench/replayProcess.ts");
  const relay = await server.ask("open", { kind });
  {
    await using client = new BenchProcess<StreamCalls>("test/bench/engineClient.ts", {
      execArgv: [
        "--cpu-prof",
        `--cpu-prof-dir=${folder}`,
        `--cpu-prof-name=${name}`,
        "--cpu-prof-interval=500",
      ],
    });
    await client.ask("connect", { address: relay });
    for (const count of [warmUpFlows, flows]) {
      await client.ask("begin", null);
      await server.ask("send", { relay, count });
      const { cpuUs, wallMs } = await client.ask("finish", { flows: count });
      console.log(
        `${count} flows (${kind}${count === warmUpFlows ? ", warming up" : ""}): ${(cpuUs / count).toFixed(2)} µs of CPU each, all threads, profiler on; ${Math.round((count / wallMs) * 1000)} per second`,
      );
    }
  }
  const path = join(folder, name);
  const summary = summarizeProfile(JSON.parse(await readFile(path, "utf8")) as CpuProfile, projectRoot);
  const all = flows + warmUpFlows;
  print("by folder", summary.folders, all);
  print("by file", summary.files, all);
  print("by function", summary.functions, all);
  console.log(`\nThe whole profile, for Chrome's or VS Code's viewer: ${relative(process.cwd(), path)}`);
}

function print(title: string, times: readonly SelfTime[], flows: number): void {
  const total = times.reduce((sum, { us }) => sum + us, 0);
  console.log(`\nSelf time of the thread ${title}, µs per flow and share:`);
  for (const { name, us } of times.slice(0, longestList)) {
    console.log(
      `${(us / flows).toFixed(3).padStart(8)} ${((us / total) * 100).toFixed(1).padStart(5)} %  ${name}`,
    );
  }
}

await profile(process.argv.slice(2));

import { BenchProcess } from "./benchProcess.ts";
import type { PartResult } from "./benchKeys.ts";
import { engineNodeOptions } from "./engineNodeOptions.ts";
import { median, medianRatio } from "./median.ts";
import type { FlowsFigures, ReplayCalls, ReplayKind } from "./replayProcess.ts";
import type { StreamCalls } from "./streamClient.ts";

interface ContestantProcess {
  readonly file: string;
  readonly args: readonly string[];
  readonly execArgv: readonly string[];
  readonly kind: ReplayKind;
}

/** Who receives the same flows in turn; every round of a busy machine slows all alike. */
const clients = {
  raw: { file: "test/bench/grpcClient.ts", args: ["--decode", "raw"], execArgv: [], kind: "usual" },
  protoLoader: {
    file: "test/bench/grpcClient.ts",
    args: ["--decode", "proto-loader"],
    execArgv: [],
    kind: "usual",
  },
  engine: { file: "test/bench/engineClient.ts", args: [], execArgv: engineNodeOptions, kind: "usual" },
  churn: { file: "test/bench/engineClient.ts", args: [], execArgv: engineNodeOptions, kind: "churn" },
} as const satisfies Record<string, ContestantProcess>;

type ClientName = keyof typeof clients;
const names = Object.keys(clients) as ClientName[];

/** One client with the relay that only it follows. */
interface Contestant {
  readonly name: ClientName;
  readonly client: BenchProcess<StreamCalls>;
  readonly relay: string;
}

export interface IngestOptions {
  readonly server: BenchProcess<ReplayCalls>;
  readonly rounds: number;
  readonly flowsPerRound: number;
  /** Before them: what is compiled and filled in the first rounds counts for nothing. */
  readonly warmUpRounds: number;
  readonly onProgress: (text: string) => void;
}

/**
 * What a flow costs the whole process that receives it: the engine as it is in its worker (receive, scan, store at its
 * usual bounds, tally of three open policies, a snapshot four times a second) beside grpc-js that only hands out
 * buffers, and grpc-js with proto-loader; all with a window of 8 MiB. CPU time, user and system.
 */
export async function measureIngest(options: IngestOptions): Promise<PartResult> {
  const { server, rounds, warmUpRounds, flowsPerRound, onProgress } = options;
  await using stack = new AsyncDisposableStack();
  const contestants: Contestant[] = [];
  const data: Partial<Record<ReplayKind, FlowsFigures>> = {};
  for (const name of names) {
    const { file, args, execArgv, kind } = clients[name];
    data[kind] ??= await server.ask("data", { kind });
    const relay = await server.ask("open", { kind });
    const client = stack.use(new BenchProcess<StreamCalls>(file, { args, execArgv }));
    await client.ask("connect", { address: relay });
    contestants.push({ name, client, relay });
  }
  const costs: Record<ClientName, number[]> = { raw: [], protoLoader: [], engine: [], churn: [] };
  const paces: Record<ClientName, number[]> = { raw: [], protoLoader: [], engine: [], churn: [] };
  for (let round = -warmUpRounds; round < rounds; round++) {
    for (const { name, client, relay } of contestants) {
      await client.ask("begin", null);
      const finished = client.ask("finish", { flows: flowsPerRound });
      await server.ask("send", { relay, count: flowsPerRound });
      const { flows, cpuUs, wallMs } = await finished;
      if (flows !== flowsPerRound)
        throw new Error(`${flows} flows came to ${name}, ${flowsPerRound} were sent`);
      if (round < 0) continue;
      costs[name].push(cpuUs / flows);
      paces[name].push((flows / wallMs) * 1000);
    }
    onProgress(
      round < 0
        ? `ingest: warming up, ${-round} to go`
        : `ingest: round ${round + 1} of ${rounds}, CPU µs per flow: ${names.map((name) => `${name} ${(costs[name].at(-1) ?? NaN).toFixed(2)}`).join(", ")}`,
    );
  }
  const each = (of: Record<ClientName, number[]>) =>
    Object.fromEntries(names.map((name) => [name, median(of[name])]));
  return {
    figures: {
      ingest_vs_raw: { value: medianRatio(costs.engine, costs.raw) },
      ingest_vs_protoloader: { value: medianRatio(costs.engine, costs.protoLoader) },
      churn_slowdown: { value: medianRatio(costs.churn, costs.engine) },
    },
    details: { data, ingest_cpu_us_per_flow: each(costs), ingest_flows_per_second: each(paces) },
  };
}

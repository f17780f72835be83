import { BenchProcess } from "./benchProcess.ts";
import type { PartResult } from "./benchKeys.ts";
import type { DelayCalls } from "./delayProxy.ts";
import { median, medianRatio } from "./median.ts";
import type { ReplayCalls } from "./replayProcess.ts";
import type { StreamCalls } from "./streamClient.ts";

const oneWayMs = 25;
/** Until as much is under way as the window lets. */
const fillMs = 600;
const measureMs = 1_500;
/** Until what was under way has come. */
const drainMs = 700;
/** More than anybody takes in that time. */
const plenty = 100_000_000;

/** Flows per second that come through a round trip of 50 ms: to the engine, and to grpc-js as it is by itself. */
export async function measureRoundTrip(options: {
  readonly server: BenchProcess<ReplayCalls>;
  readonly rounds: number;
  readonly onProgress: (text: string) => void;
}): Promise<PartResult> {
  const { server, rounds, onProgress } = options;
  await using stack = new AsyncDisposableStack();
  const proxy = stack.use(new BenchProcess<DelayCalls>("test/bench/delayProxy.ts"));
  const follow = async (file: string, args: readonly string[]) => {
    const relay = await server.ask("open", { kind: "usual" });
    const client = stack.use(new BenchProcess<StreamCalls>(file, { args }));
    await client.ask("connect", { address: await proxy.ask("open", { address: relay, oneWayMs }) });
    return { relay, client };
  };
  const ours = await follow("test/bench/engineClient.ts", []);
  const theirs = await follow("test/bench/grpcClient.ts", ["--window", "default"]);
  const pace = async ({ relay, client }: typeof ours) => {
    await server.ask("send", { relay, count: plenty });
    await delay(fillMs);
    const perSecond = await client.ask("pace", { ms: measureMs });
    await server.ask("rate", { relay, perSecond: 0 });
    await delay(drainMs);
    return perSecond;
  };
  const paces = { ours: [] as number[], theirs: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    paces.ours.push(await pace(ours));
    paces.theirs.push(await pace(theirs));
    onProgress(
      `round trip of 50 ms: round ${round + 1} of ${rounds}, flows per second: ${Math.round(paces.ours.at(-1) ?? 0)}, with the default window ${Math.round(paces.theirs.at(-1) ?? 0)}`,
    );
  }
  return {
    figures: { rtt50_vs_default: { value: medianRatio(paces.ours, paces.theirs) } },
    details: {
      rtt50_flows_per_second: { ours: median(paces.ours), default_window: median(paces.theirs) },
    },
  };
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

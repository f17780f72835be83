import { BenchProcess } from "./benchProcess.ts";
import type { PartResult } from "./benchKeys.ts";
import type { MainThreadCalls } from "./mainThreadClient.ts";
import { median } from "./median.ts";
import type { ReplayCalls } from "./replayProcess.ts";

const flowsPerSecond = 20_000;
const watchMs = 2_500;
const delayMs = 2_000;
/** Until what was sent has come, and the rate on the other side is steady. */
const changeMs = 1_000;

/**
 * What 20,000 flows per second cost the thread that people type on: its CPU time per flow, and by how much its event loop
 * comes later than when nothing streams. The engine is in its worker, from the bundle that ships, with three policies,
 * the tree and the table looked at.
 */
export async function measureMainThread(options: {
  readonly server: BenchProcess<ReplayCalls>;
  readonly rounds: number;
  readonly onProgress: (text: string) => void;
}): Promise<PartResult> {
  const { server, rounds, onProgress } = options;
  const relay = await server.ask("open", { kind: "usual" });
  await using client = new BenchProcess<MainThreadCalls>("test/bench/mainThreadClient.ts");
  await client.ask("connect", { address: relay });
  const setRate = async (perSecond: number) => {
    await server.ask("rate", { relay, perSecond });
    await new Promise((resolve) => setTimeout(resolve, changeMs));
  };
  await setRate(flowsPerSecond);
  await client.ask("watch", { ms: watchMs });
  const costs: number[] = [];
  const added: number[] = [];
  const came: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await setRate(0);
    const idleDelay = await client.ask("delay", { ms: delayMs });
    await setRate(flowsPerSecond);
    const delay = await client.ask("delay", { ms: delayMs });
    const { cpuUs, flows, windows } = await client.ask("watch", { ms: watchMs });
    if (windows === 0) throw new Error("the table was never fetched");
    const perSecond = (flows / watchMs) * 1000;
    costs.push(cpuUs / flows);
    added.push(delay - idleDelay);
    came.push(perSecond);
    onProgress(
      `main thread: round ${round + 1} of ${rounds}, ${(cpuUs / flows).toFixed(3)} µs per flow at ${Math.round(perSecond)} flows/s; delay p99 ${delay.toFixed(2)} ms, idle ${idleDelay.toFixed(2)} ms`,
    );
  }
  const slow = median(came) < flowsPerSecond * 0.9;
  const failure = { failure: `only ${Math.round(median(came))} flows/s came of ${flowsPerSecond}` };
  return {
    figures: {
      main_thread_us_per_flow: { value: median(costs) },
      // Fewer flows delay nobody: that would prove nothing.
      loop_delay_added_ms: slow ? failure : { value: median(added) },
    },
    details: { main_thread_flows_per_second: median(came) },
  };
}

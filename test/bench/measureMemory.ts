import { BenchProcess } from "./benchProcess.ts";
import type { PartResult } from "./benchKeys.ts";
import type { EngineClientCalls, MemoryFigures } from "./engineClient.ts";
import { engineNodeOptions } from "./engineNodeOptions.ts";
import { median } from "./median.ts";
import type { ReplayCalls } from "./replayProcess.ts";

const heldFlows = 1_000_000;
/** What is running when flows come, compiled code and the room that the collector works in, is no memory of held flows. */
const warmUpFlows = 200_000;
/** As many are held meanwhile. */
const firstBound = 20_000;
/** In one go: what the client has not taken yet is memory, too, but not of what is held. */
const portion = 50_000;

/**
 * By how much the resident memory of a process that streams already grows per flow when the engine comes to hold a
 * million instead of 20,000, after garbage was collected; and that every field of them is there: some are looked at.
 */
export async function measureMemory(options: {
  readonly server: BenchProcess<ReplayCalls>;
  readonly rounds: number;
  readonly onProgress: (text: string) => void;
}): Promise<PartResult> {
  const { server, rounds, onProgress } = options;
  const growths: number[] = [];
  const coldGrowths: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await using client = new BenchProcess<EngineClientCalls>("test/bench/engineClient.ts", {
      args: ["--maxFlows", String(firstBound), "--maxMegabytes", "4096"],
      execArgv: ["--expose-gc", ...engineNodeOptions],
    });
    const relay = await server.ask("open", { kind: "usual" });
    await client.ask("connect", { address: relay });
    const stream = async (flows: number) => {
      for (let sent = 0; sent < flows; sent += portion) {
        await client.ask("begin", null);
        await server.ask("send", { relay, count: portion });
        await client.ask("finish", { flows: portion });
      }
    };
    const cold = await client.ask("memory", null);
    await stream(warmUpFlows);
    const before = await client.ask("memory", null);
    await client.ask("hold", { maxFlows: heldFlows });
    await stream(heldFlows);
    const after = await client.ask("memory", null);
    const { held, dropped, details } = await client.ask("held", { places: [0, 0.1, 0.37, 0.62, 0.99, 1] });
    if (held !== heldFlows || dropped !== warmUpFlows) {
      throw new Error(`${held} flows are held, ${dropped} were dropped`);
    }
    for (const each of details) checkDetail(each?.json);
    const added = held - firstBound;
    const grown = (what: keyof MemoryFigures) => Math.round((after[what] - before[what]) / added);
    growths.push((after.resident - before.resident) / added);
    coldGrowths.push((after.resident - cold.resident) / held);
    onProgress(
      `memory: round ${round + 1} of ${rounds}, ${grown("resident")} bytes per held flow (objects ${grown("heap")}, buffers ${grown("buffers")}); ${Math.round(coldGrowths.at(-1) ?? 0)} since the process began`,
    );
  }
  return {
    figures: { bytes_per_flow_1m: { value: median(growths) } },
    details: { bytes_per_flow_1m_since_start: Math.round(median(coldGrowths)) },
  };
}

/** Throws unless the JSON of a flow tells what is kept in columns, what is kept as bytes, and both endpoints. */
function checkDetail(json: string | undefined): void {
  const { flow } = JSON.parse(json ?? "{}") as {
    flow?: { uuid?: string; source?: object; destination?: object; Summary?: string; node_labels?: object };
  };
  if (!flow?.uuid || !flow.source || !flow.destination || !flow.Summary || !flow.node_labels) {
    throw new Error(`a held flow lacks detail: ${json}`);
  }
}

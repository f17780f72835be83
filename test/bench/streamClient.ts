import { setTimeout } from "node:timers/promises";
import { type BenchHandlers } from "./benchProcess.ts";

/** How far a client has come. */
export interface Progress {
  /** Flows received since it was connected. */
  readonly flows: number;
  /** When that was known, by the clock of `performance.now()`. */
  readonly atMs: number;
}

/** Somebody who follows a relay's flows and does something with each. */
export interface StreamClient {
  /** Resolves once the stream is open. */
  connect(address: string): Promise<void>;
  readonly progress: Progress;
}

/** What one round cost. */
export interface RoundCost {
  readonly flows: number;
  /** Of the whole process, user and system. */
  readonly cpuUs: number;
  readonly wallMs: number;
}

/** What the process of a client can be asked. */
export type StreamCalls = {
  readonly connect: { params: { address: string }; reply: null };
  /** A round begins: its flows are sent next. */
  readonly begin: { params: null; reply: null };
  /** Answers when so many flows of the round have come and the work on them is done. */
  readonly finish: { params: { flows: number }; reply: RoundCost };
  /** How many flows per second come meanwhile: measured for about so long. */
  readonly pace: { params: { ms: number }; reply: number };
};

const pollMs = 10;
/** Work is done when this long nothing was worked … */
const quietMs = 60;
/** … but for what an idle process does. */
const quietCpuUs = 10_000;
const giveUpMs = 60_000;

/** The calls of a client's process. */
export function streamHandlers(client: StreamClient): BenchHandlers<StreamCalls> {
  let begun = { flows: 0, cpu: process.cpuUsage(), atMs: 0 };
  return {
    connect: async ({ address }) => {
      await client.connect(address);
      return null;
    },
    begin: () => {
      begun = { flows: client.progress.flows, cpu: process.cpuUsage(), atMs: performance.now() };
      return null;
    },
    finish: async ({ flows }) => {
      const last = await progressOf(client, begun.flows + flows);
      await untilQuiet();
      const { user, system } = process.cpuUsage(begun.cpu);
      return { flows: last.flows - begun.flows, cpuUs: user + system, wallMs: last.atMs - begun.atMs };
    },
    pace: async ({ ms }) => {
      const first = await nextProgress(client);
      await setTimeout(ms);
      const last = await nextProgress(client);
      return ((last.flows - first.flows) / (last.atMs - first.atMs)) * 1000;
    },
  };
}

async function progressOf(client: StreamClient, flows: number): Promise<Progress> {
  const endMs = performance.now() + giveUpMs;
  while (client.progress.flows < flows) {
    if (performance.now() > endMs) throw new Error(`${client.progress.flows} of ${flows} flows came`);
    await setTimeout(pollMs);
  }
  return client.progress;
}

async function nextProgress(client: StreamClient): Promise<Progress> {
  const { atMs } = client.progress;
  const endMs = performance.now() + giveUpMs;
  while (client.progress.atMs === atMs) {
    if (performance.now() > endMs) throw new Error("no flows come");
    await setTimeout(pollMs);
  }
  return client.progress;
}

async function untilQuiet(): Promise<void> {
  for (;;) {
    const before = process.cpuUsage();
    await setTimeout(quietMs);
    const { user, system } = process.cpuUsage(before);
    if (user + system < quietCpuUs) return;
  }
}

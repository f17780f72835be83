// The process for what is measured over a million held flows: each measure gets one of its own.
import { serveCalls } from "./benchProcess.ts";
import type { measureFilter } from "./filterMillion.ts";
import type { measureRetally } from "./retallyMillion.ts";

/** What the process can be asked. */
export type MillionCalls = {
  readonly filter: { params: null; reply: Awaited<ReturnType<typeof measureFilter>> };
  readonly retally: { params: null; reply: Awaited<ReturnType<typeof measureRetally>> };
};

serveCalls<MillionCalls>({
  filter: async () => (await import("./filterMillion.ts")).measureFilter(),
  retally: async () => (await import("./retallyMillion.ts")).measureRetally(),
});

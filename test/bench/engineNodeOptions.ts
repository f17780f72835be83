import { youngGenerationMb } from "../../src/engine/engineProxy.ts";

/** What Node is told so that a process which is the engine has the memory of the engine's worker. A third of it is one half-space. */
export const engineNodeOptions: readonly string[] = [`--max-semi-space-size=${youngGenerationMb / 3}`];

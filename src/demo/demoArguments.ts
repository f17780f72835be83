import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import type { Logger } from "../base/logger.ts";
import { type DemoRelay, DemoRelayError, startDemoRelay } from "./demoRelay.ts";

/** What the demo relay is started with, on the command line and as a process of the extension. */
export interface DemoArguments {
  readonly port: number;
  readonly seed: number;
  readonly flowsPerSecond: number;
  readonly policyFiles: readonly string[];
}

/** Reads `--port N --seed N --rate N --policy FILE...`, or says what is wrong; throws what Node's `parseArgs` throws. */
export function parseDemoArguments(args: readonly string[]): DemoArguments | { readonly error: string } {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: "string", default: "4245" },
      seed: { type: "string", default: "1" },
      rate: { type: "string", default: "40" },
      policy: { type: "string", multiple: true, default: [] },
    },
  });
  const port = wholeNumber(values.port, 65_535);
  if (port === undefined) return { error: `--port takes a number from 0 to 65535, not “${values.port}”` };
  const seed = wholeNumber(values.seed, Number.MAX_SAFE_INTEGER);
  if (seed === undefined) return { error: `--seed takes a whole number, not “${values.seed}”` };
  const flowsPerSecond = wholeNumber(values.rate, mostFlowsPerSecond);
  if (!flowsPerSecond) {
    return { error: `--rate takes a number from 1 to ${mostFlowsPerSecond}, not “${values.rate}”` };
  }
  return { port, seed, flowsPerSecond, policyFiles: values.policy };
}

/** Starts the relay with the policies of the files; throws a {@link DemoRelayError} that names the file at fault. */
export async function startDemoRelayWithFiles(options: DemoArguments, logger: Logger): Promise<DemoRelay> {
  const { policyFiles, ...rest } = options;
  const policies = await Promise.all(policyFiles.map(readPolicyFile));
  try {
    return await startDemoRelay({ ...rest, policies, logger });
  } catch (error) {
    if (!(error instanceof DemoRelayError) || error.policyNumber === undefined) throw error;
    const file = policyFiles[error.policyNumber] ?? "";
    throw new DemoRelayError("bad-policy", `${file}: ${error.message}`, { cause: error });
  }
}

/** More than anybody can follow. */
const mostFlowsPerSecond = 100_000;

function wholeNumber(text: string, most: number): number | undefined {
  const number = Number(text);
  return /^\d{1,16}$/.test(text) && number <= most ? number : undefined;
}

async function readPolicyFile(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DemoRelayError("bad-policy", `cannot read ${file}: ${reason}`, { cause });
  }
}

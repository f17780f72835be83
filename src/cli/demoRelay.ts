import { type Logger, silentLogger } from "../base/logger.ts";
import { parseDemoArguments, startDemoRelayWithFiles } from "../demo/demoArguments.ts";
import { DemoRelayError } from "../demo/demoRelay.ts";
import { ArgumentError } from "./argumentError.ts";

/** Only warnings are worth a line on a terminal. */
const logger: Logger = {
  ...silentLogger,
  warn: (_area, message) => {
    console.error(message);
  },
};

/** `demo-relay`: serves the demo cluster until it is told to end. Answers the exit status. */
export async function runDemoRelay(args: readonly string[]): Promise<number> {
  const options = parseDemoArguments(args);
  if ("error" in options) throw new ArgumentError(options.error);
  try {
    const relay = await startDemoRelayWithFiles(options, logger);
    const ended = endSignal();
    console.log(`demo relay on ${relay.address}`);
    await ended;
    await relay.stop();
    return 0;
  } catch (error) {
    if (!(error instanceof DemoRelayError)) throw error;
    console.error(error.message);
    return 1;
  }
}

/** Resolves on Ctrl-C, and when the process is told to end. */
function endSignal(): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      resolve();
    };
    process.once("SIGINT", end);
    process.once("SIGTERM", end);
  });
}

import { silentLogger } from "../base/logger.ts";
import type { DemoCall, DemoMessage } from "../protocol/demoControl.ts";
import { parseDemoArguments, startDemoRelayWithFiles } from "./demoArguments.ts";
import type { DemoRelay } from "./demoRelay.ts";
import type { PolicyChange } from "./policyEnforcer.ts";

// The process that the extension forks for the demo cluster. It says everything over Node's IPC channel, and why it could
// not start on stderr (exit status 1); it ends when it is told to, and when whoever started it is gone.

/** Sends a message to the parent. */
function tell(message: DemoMessage): void {
  process.send?.(message, undefined, undefined, () => {
    // A parent that is gone needs no word: the lost channel ends this process.
  });
}

async function main(): Promise<void> {
  // From the very start: the parent may be gone before the relay listens.
  const ended = new Promise<void>((resolve) => {
    process.once("disconnect", resolve);
    process.once("SIGTERM", resolve);
    process.once("SIGINT", resolve);
    process.on("message", (message) => {
      if (readCall(message)?.type === "shutdown") resolve();
    });
  });
  const options = parseDemoArguments(process.argv.slice(2));
  if ("error" in options) throw new Error(options.error);
  const relay = await startDemoRelayWithFiles(options, silentLogger);
  process.on("message", (message) => {
    const call = readCall(message);
    if (call && call.type !== "shutdown") answer(relay, call);
  });
  tell({ type: "listening", address: relay.address });
  tell({ type: "policies", texts: relay.policies });
  await ended;
  await relay.stop();
}

function answer(relay: DemoRelay, call: Exclude<DemoCall, { readonly type: "shutdown" }>): void {
  const change: PolicyChange = call.type === "apply" ? relay.apply(call.text) : relay.remove(call.text);
  if ("refused" in change) {
    tell({ type: "refused", id: call.id, message: change.refused });
    return;
  }
  tell({ type: "applied", id: call.id, policies: change.policies });
  tell({ type: "policies", texts: relay.policies });
}

/** What comes over the channel is checked like anything from outside; what is no call is passed over. */
function readCall(message: unknown): DemoCall | undefined {
  if (typeof message !== "object" || message === null || !("type" in message)) return undefined;
  if (message.type === "shutdown") return { type: "shutdown" };
  if (message.type !== "apply" && message.type !== "remove") return undefined;
  if (!("id" in message) || typeof message.id !== "number") return undefined;
  if (!("text" in message) || typeof message.text !== "string") return undefined;
  return { type: message.type, id: message.id, text: message.text };
}

main()
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  })
  .finally(() => {
    if (process.connected) process.disconnect();
  });

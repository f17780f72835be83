// The engine's worker thread: answers the calls of `protocol/engine.ts` over its parent port.
import { parentPort, workerData } from "node:worker_threads";
import type { Logger } from "../base/logger.ts";
import type { EngineCall, EngineMessage } from "../protocol/engine.ts";
import type { EngineWorkerData } from "./engineProxy.ts";
import { CancelledError } from "./cancelledError.ts";
import { Engine } from "./engine.ts";
import { SnapshotSender } from "./snapshotSender.ts";

if (!parentPort) throw new Error("engineWorker runs in a worker thread only");
const port = parentPort;

function send(message: EngineMessage): void {
  port.postMessage(message);
}

/** Rows are given away, not copied: nobody here reads them again. */
function answer(id: number, result: unknown): void {
  const isPacked = typeof result === "object" && result !== null && "packed" in result;
  const given = isPacked && result.packed instanceof ArrayBuffer ? [result.packed] : [];
  port.postMessage({ type: "reply", id, result } satisfies EngineMessage, given);
}

function log(level: keyof Logger): Logger[keyof Logger] {
  return (area, message) => {
    send({ type: "log", level, area, message });
  };
}

const logger: Logger = { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
const { firstView } = workerData as EngineWorkerData;
const engine = new Engine({ logger, firstView });

const snapshots = new SnapshotSender(send);

engine.onSnapshot((snapshot) => {
  snapshots.send(snapshot);
});

port.on("message", (call: EngineCall) => {
  if (isClosing(call)) snapshots.forget(call.params.uri);
  engine.handle(call.name, call.params).then(
    (result) => {
      answer(call.id, result);
    },
    (error: unknown) => {
      logger.debug(
        "engine",
        `${call.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
      const message = error instanceof Error ? error.message : String(error);
      const cancelled = error instanceof CancelledError;
      send({ type: "failure", id: call.id, message, ...(cancelled && { cancelled }) });
    },
  );
});

function isClosing(call: EngineCall): call is EngineCall<"closeDocument"> {
  return call.name === "closeDocument";
}

// A bug must not take the flows that are held with it, nor stay unseen: the session ends as failed, and says so.
function onBug(error: unknown): void {
  engine.fail(error);
}
process.on("uncaughtException", onBug);
process.on("unhandledRejection", onBug);

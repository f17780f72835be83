import { type CaptureResult, type OnCaptureEvent, readCaptureStream } from "../hubble/captureFile.ts";
import { captureFiles } from "../hubble/captureSet.ts";
import { followCapture } from "../hubble/followCapture.ts";
import { type CaptureFileResult, readCaptures } from "../hubble/readCaptures.ts";
import { CaptureWindow, type UseEvent } from "./captureWindow.ts";
import type { EventGate, FlowEvent } from "./flowEvent.ts";
import { resolveRange } from "./flowsRequest.ts";
import type { LineWriter } from "./lineWriter.ts";
import type { ObservePlan } from "./observePlan.ts";
import { openStandardInput, standardInputName } from "./standardInput.ts";

/** What reading a capture needs besides the plan. */
export interface CaptureReading {
  readonly gate: EventGate;
  readonly use: UseEvent;
  readonly stop: AbortSignal;
  /** Where what could not be read is said; absent: nowhere. */
  readonly err: LineWriter | undefined;
}

/**
 * Reads the flows of a plan from a file, from a folder of rotated files or from standard input (`-`), and hands on what
 * the gate lets through. Following, it goes on until `stop` aborts. Answers the exit status.
 */
export async function observeCapture(
  { selection }: ObservePlan,
  path: string,
  { gate, use, stop, err }: CaptureReading,
): Promise<number> {
  const range = resolveRange(selection.range ?? {}, "capture");
  const window = new CaptureWindow({ ...range, countsNotices: true }, use);
  const enough = new AbortController();
  const signal = AbortSignal.any([stop, enough.signal]);
  const onMessage = (raw: Uint8Array, response: FlowEvent): void => {
    if (gate(response, raw)) window.add(raw, response);
    if (window.isFull) enough.abort();
  };
  try {
    if (range.follow && path !== "-") {
      const onState = followStates(path, window, err);
      return sayResult(path, await followCapture(path, onMessage, { signal, onState }), err);
    }
    const results =
      path === "-"
        ? [await readStandardInput(onMessage, signal)]
        : await readCaptures(await captureFiles([path], signal), onMessage, { signal });
    window.end();
    return Math.max(...results.map((result) => sayFile(result, results.length > 1, err)));
  } catch (error) {
    // Whoever stops it wants to see the newest so far, as when what writes to us is stopped with us.
    if (stop.aborted) window.end();
    else if (enough.signal.aborted) return 0;
    throw error;
  }
}

/** Reads every flow of a file or folder once, before it is read to be printed. */
export async function readEveryFlow(
  path: string,
  onEvent: (event: FlowEvent) => unknown,
  signal: AbortSignal,
): Promise<void> {
  const onMessage = (_raw: Uint8Array, response: FlowEvent): void => {
    onEvent(response);
  };
  await readCaptures(await captureFiles([path], signal), onMessage, { signal });
}

/** What a followed file holds is a capture until it has been read; what is added is used at once. */
function followStates(
  path: string,
  window: CaptureWindow,
  err: LineWriter | undefined,
): (state: { readonly kind: "waiting" | "catching-up" | "following" }) => void {
  let caughtUp = false;
  return ({ kind }) => {
    if (kind === "waiting") err?.write(`There is no file ${path} now: waiting for it.`);
    if (kind !== "following" || caughtUp) return;
    caughtUp = true;
    window.end();
  };
}

async function readStandardInput(onMessage: OnCaptureEvent, signal: AbortSignal): Promise<CaptureFileResult> {
  const input = openStandardInput(signal);
  const result = await readCaptureStream(input.chunks, standardInputName, onMessage, signal);
  const trouble = input.trouble();
  return { path: standardInputName, ...result, ...(trouble && { trouble }) };
}

const brokenLinesNamed = 10;

function sayFile(result: CaptureFileResult, isOneOfMany: boolean, err: LineWriter | undefined): number {
  if (!("error" in result)) return sayResult(isOneOfMany ? result.path : "", result, err);
  err?.write(result.error.message);
  return 1;
}

/** Says what of a file could not be read; answers the exit status. */
function sayResult(name: string, result: CaptureResult, err: LineWriter | undefined): number {
  const where = name === "" ? "" : `${name}: `;
  for (const { line, message } of result.brokenLines.slice(0, brokenLinesNamed)) {
    err?.write(`${where}line ${line} cannot be read: ${message}`);
  }
  const more = result.brokenCount - brokenLinesNamed;
  if (more > 0) err?.write(`${where}and ${more} more lines`);
  if (!result.trouble) return 0;
  err?.write(result.trouble.message);
  return result.trouble.kind === "deleted" ? 0 : 1;
}

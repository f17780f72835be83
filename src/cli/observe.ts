import { silentLogger } from "../base/logger.ts";
import { defaultPrintOptions } from "../flows/printedFields.ts";
import { type TimeFormat, timeFormats } from "../flows/timeText.ts";
import { CaptureError, type CaptureResult, readCapture, readCaptureStream } from "../hubble/captureFile.ts";
import type { FlowsRequest } from "../hubble/filterToRelay.ts";
import { parseRelayAddress } from "../hubble/relayAddress.ts";
import { openRelayClient } from "../hubble/relayClient.ts";
import { RelayError } from "../hubble/relayError.ts";
import { ArgumentError } from "./argumentError.ts";
import { LineWriter } from "./lineWriter.ts";
import { type FlagValues, parseFlags } from "./parseFlags.ts";
import { ResponsePrinter } from "./responsePrinter.ts";

const flags = {
  server: { kind: "text" },
  "input-file": { kind: "text" },
  last: { kind: "count" },
  first: { kind: "count" },
  all: { kind: "switch" },
  follow: { kind: "switch", short: "f" },
  output: { kind: "choice", short: "o", choices: ["compact", "dict", "table", "tab", "jsonpb", "json"] },
  "time-format": { kind: "choice", choices: Object.keys(timeFormats) as TimeFormat[] },
  "print-node-name": { kind: "switch" },
  "print-policy-names": { kind: "switch" },
  "ip-translation": { kind: "switch" },
  numeric: { kind: "switch" },
} as const;

type ObserveFlags = FlagValues<typeof flags>;

/** What is printed when nothing is said about how many, as the `hubble` CLI has it. */
const defaultLast = 20;
const brokenLinesNamed = 10;

/** `observe`: prints flows of a relay, or of a capture, as `hubble observe` does. Answers the exit status. */
export async function runObserve(args: readonly string[]): Promise<number> {
  const values = parseFlags(args, flags);
  checkFlags(values);
  const streams = { out: new LineWriter(process.stdout), err: new LineWriter(process.stderr) };
  const printer = new ResponsePrinter(
    values.output === "json" ? "jsonpb" : values.output === "tab" ? "table" : (values.output ?? "compact"),
    {
      color: false,
      timeFormat: values["time-format"] ?? defaultPrintOptions.timeFormat,
      nodeName: values["print-node-name"] ?? false,
      policyNames: values["print-policy-names"] ?? false,
      ipTranslation: (values["ip-translation"] ?? true) && values.numeric !== true,
    },
    streams,
  );
  const stop = stopSignal();
  try {
    const file = values["input-file"];
    if (file === undefined) await observeRelay(values, printer, stop);
    else await observeCapture(file, values, printer, streams.err, stop);
  } catch (error) {
    if (!stop.aborted) {
      if (!(error instanceof RelayError) && !(error instanceof CaptureError)) throw error;
      streams.err.write(error.message);
      return 1;
    }
  } finally {
    printer.end();
    if (printer.undecodable > 0) {
      streams.err.write(`${printer.undecodable} messages of the relay could not be read`);
    }
    await Promise.all([streams.out.flush(), streams.err.flush()]);
  }
  return 0;
}

function checkFlags(values: ObserveFlags): void {
  const given = (["last", "first", "all"] as const).filter((name) => values[name] !== undefined);
  if (given.length > 1) throw new ArgumentError(`--${given.join(" and --")} cannot be combined`);
  if (values.follow && (values.first !== undefined || values.all)) {
    throw new ArgumentError("--follow can be combined with --last only");
  }
  if (values["input-file"] !== undefined) {
    if (values.server !== undefined) throw new ArgumentError("--server and --input-file cannot be combined");
    if (values.follow)
      throw new ArgumentError("--follow needs a relay: it cannot be combined with --input-file");
  }
  if (values.server !== undefined && !parseRelayAddress(values.server)) {
    throw new ArgumentError(`--server takes host:port, not “${values.server}”`);
  }
}

async function observeRelay(
  values: ObserveFlags,
  printer: ResponsePrinter,
  stop: AbortSignal,
): Promise<void> {
  const client = openRelayClient({ address: values.server ?? "localhost:4245", logger: silentLogger });
  try {
    await client.flows(
      requestOf(values),
      (raw) => {
        printer.print(raw);
      },
      stop,
    );
  } finally {
    client.dispose();
  }
}

function requestOf(values: ObserveFlags): FlowsRequest {
  const { last, first, all, follow } = values;
  if (first !== undefined) return { number: first, first: true };
  if (all) return { number: Number.MAX_SAFE_INTEGER };
  const number = last ?? (follow ? undefined : defaultLast);
  return { ...(number !== undefined && { number }), ...(follow && { follow }) };
}

async function observeCapture(
  file: string,
  values: ObserveFlags,
  printer: ResponsePrinter,
  err: LineWriter,
  stop: AbortSignal,
): Promise<void> {
  const { first, all } = values;
  const last = values.last ?? defaultLast;
  const held: Uint8Array[] = [];
  let seen = 0;
  const onMessage = (raw: Uint8Array): void => {
    seen += 1;
    if (all || (first !== undefined && seen <= first)) printer.print(raw);
    else if (first === undefined && last > 0) held[(seen - 1) % last] = raw;
  };
  const result =
    file === "-"
      ? await readCaptureStream(standardInput(stop), "standard input", onMessage, stop)
      : await readCapture(file, onMessage, { signal: stop });
  const oldest = held.length < last ? 0 : seen % last;
  for (let index = 0; index < held.length; index++) {
    const raw = held[(oldest + index) % held.length];
    if (raw) printer.print(raw);
  }
  sayBroken(result, err);
}

/** Standard input that ends with the signal, even while nothing comes. */
function standardInput(stop: AbortSignal): NodeJS.ReadStream {
  stop.addEventListener("abort", () => process.stdin.destroy(), { once: true });
  return process.stdin;
}

function sayBroken(result: CaptureResult, err: LineWriter): void {
  if (result.brokenCount === 0) return;
  for (const { line, message } of result.brokenLines.slice(0, brokenLinesNamed)) {
    err.write(`line ${line} cannot be read: ${message}`);
  }
  const more = result.brokenCount - brokenLinesNamed;
  if (more > 0) err.write(`and ${more} more lines`);
}

/** Aborted by Ctrl-C and when nobody reads our output any more; a second Ctrl-C ends the process at once. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => {
    controller.abort();
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  process.stdout.on("error", stop);
  return controller.signal;
}

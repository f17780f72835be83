import { rawFiltersText } from "../flows/language/filterJson.ts";
import { CaptureError } from "../hubble/captureError.ts";
import { RelayError } from "../hubble/relayError.ts";
import type { MatchSeams } from "../flows/match/matchSeams.ts";
import { ArgumentError } from "./argumentError.ts";
import { admitsAll, type EventGate } from "./flowEvent.ts";
import { isLocal } from "./isLocal.ts";
import { LineWriter } from "./lineWriter.ts";
import { type ObservePlan, planObserve } from "./observePlan.ts";
import { ResponsePrinter } from "./responsePrinter.ts";
import type { RuleTest } from "./ruleTest.ts";

interface Streams {
  readonly out: LineWriter;
  readonly err: LineWriter;
}

/** `observe`: prints flows of a relay, or of a capture, as `hubble observe` does. Answers the exit status. */
export async function runObserve(args: readonly string[]): Promise<number> {
  const now = Date.now();
  const plan = planObserve(args, {
    now: { seconds: Math.floor(now / 1000), nanos: (now % 1000) * 1_000_000 },
    stdout: process.stdout,
    environment: process.env,
  });
  const streams = { out: new LineWriter(process.stdout), err: new LineWriter(process.stderr) };
  try {
    if (!plan.isSilent) for (const warning of plan.warnings) streams.err.write(`warning: ${warning}`);
    return plan.printsFilters ? printFilters(plan, streams) : await printFlows(plan, streams);
  } finally {
    await Promise.all([streams.out.flush(), streams.err.flush()]);
  }
}

function printFilters({ selection, isSilent }: ObservePlan, { out, err }: Streams): number {
  out.write(rawFiltersText(selection).trimEnd());
  if (isLocal(selection) && !isSilent) {
    err.write("warning: --policy, --rule, --decision and --lost are not in it: no relay can be asked");
  }
  return 0;
}

async function printFlows(plan: ObservePlan, streams: Streams): Promise<number> {
  const { source, isSilent } = plan;
  const stop = stopSignal();
  const err = isSilent ? undefined : streams.err;
  const printer = new ResponsePrinter(plan, { out: streams.out, err });
  const use: ResponsePrinter["print"] = (raw, response) => {
    printer.print(raw, response);
  };
  try {
    const gate = await openGate(plan, streams.err, stop);
    if (!gate) return 1;
    if (source.kind === "capture") {
      const { observeCapture } = await import("./observeCapture.ts");
      return await observeCapture(plan, source.path, { gate, use, stop, err });
    }
    const { observeRelay } = await import("./observeRelay.ts");
    await observeRelay(plan, source, { gate, use, useUnread: (raw) => printer.printUnread(raw), stop });
    return 0;
  } catch (error) {
    if (stop.aborted) return 0;
    if (!(error instanceof RelayError) && !(error instanceof CaptureError)) throw error;
    streams.err.write(error.message);
    return 1;
  } finally {
    printer.end();
    if (printer.undecodable > 0) err?.write(`${printer.undecodable} messages of the relay could not be read`);
  }
}

/** What is tested here: of a relay's flows only what no relay can be asked. `undefined`: the reason was said. */
async function openGate(
  plan: ObservePlan,
  err: LineWriter,
  stop: AbortSignal,
): Promise<EventGate | undefined> {
  const { selection, source } = plan;
  const { whitelist, blacklist, local, range } = selection;
  const isTimed = source.kind === "capture" && (range?.since !== undefined || range?.until !== undefined);
  if (whitelist.length + blacklist.length === 0 && !isLocal(selection) && !isTimed) return admitsAll;
  // What filters are made of takes longer to load than many a capture to read.
  const { openEventGate } = await import("./eventGate.ts");
  const { celSeams } = await import("../hubble/celSeams.ts");
  const seams = await celSeams(selection);
  await checkFilters(plan, seams);
  const tested =
    source.kind === "capture" ? selection : { whitelist: [], blacklist: [], ...(local && { local }) };
  const rule = selection.rule ? await openRule(plan, err, stop) : undefined;
  if (rule === "failed") return undefined;
  const gate = openEventGate(tested, {
    seams,
    ...(rule && { decides: (flow) => rule.decides(flow) }),
  });
  if ("error" in gate) throw new ArgumentError(gate.error);
  return gate;
}

/** Says what a relay would refuse before it is asked, by the flag that it was given with. */
async function checkFilters({ selection, terms }: ObservePlan, seams: MatchSeams): Promise<void> {
  const { checkSelection } = await import("../flows/match/checkFilter.ts");
  const [problem] = checkSelection(selection, seams);
  if (!problem) return;
  const term = terms.find(({ value }) => value?.includes(problem.value) === true);
  throw new ArgumentError(term ? `--${term.flag}: ${problem.message}` : problem.message);
}

async function openRule(
  { selection: { rule, range }, policyFiles, source }: ObservePlan,
  err: LineWriter,
  stop: AbortSignal,
): Promise<RuleTest | "failed" | undefined> {
  if (!rule) return undefined;
  const { readPolicyFiles } = await import("./policyFiles.ts");
  const { missingRule, RuleTest } = await import("./ruleTest.ts");
  const files = await readPolicyFiles(policyFiles, err);
  if (!files) return "failed";
  const missing = missingRule(files, rule);
  if (missing !== undefined) throw new ArgumentError(missing);
  const test = new RuleTest(files, rule);
  if (source.kind === "capture" && source.path !== "-" && range?.follow !== true) {
    const { readEveryFlow } = await import("./observeCapture.ts");
    // Whether verdicts or drops decide is known only when all has been seen.
    await readEveryFlow(source.path, (event) => event.kind === "flow" && test.decides(event.flow), stop);
  }
  return test;
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

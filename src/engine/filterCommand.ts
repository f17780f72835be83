import { hubbleCommand, type HubbleCommandOptions } from "../flows/language/hubbleCommand.ts";
import { rawFiltersText } from "../flows/language/filterJson.ts";
import { quoteWord } from "../flows/language/quoteWord.ts";
import type { EngineRequests, FlowSource } from "../protocol/engine.ts";
import { readFilter } from "./filterQuestions.ts";

/** Where the held flows came from, and since when. */
export interface HeldFlows {
  readonly source: FlowSource;
  readonly oldestMs: number | null;
}

/** The command line with which the `hubble` CLI shows what a view of a filter holds: of the same relay, or of the same file. */
export function filterCommand(
  filter: string,
  { source, oldestMs }: HeldFlows,
): EngineRequests["hubbleCommand"]["reply"] {
  const { selection } = readFilter(filter);
  const since = oldestMs === null ? {} : { range: { since: timestamp(oldestMs) } };
  switch (source.kind) {
    case "none":
      return hubbleCommand(selection);
    case "live":
      return hubbleCommand(selection, { ...connection(source.target), ...since });
    case "reading":
    case "following":
      return ofFiles(hubbleCommand(selection, { range: { all: true } }), [source.path]);
    case "capture":
      return ofFiles(
        hubbleCommand(selection, { range: { all: true } }),
        source.summary.files.map(({ path }) => path),
      );
  }
}

/** The filters as a relay is asked, and what it cannot be asked. */
export function filterAsJson(filter: string): EngineRequests["rawFilters"]["reply"] {
  const { selection } = readFilter(filter);
  return { text: rawFiltersText(selection), cannotSay: hubbleCommand(selection).cannotSay };
}

function connection(target: Extract<FlowSource, { kind: "live" }>["target"]): HubbleCommandOptions {
  if (target.kind !== "kubernetes") return { server: target.address };
  const { context, namespace } = target;
  // Without a context the CLI takes the current one, as the session did.
  return context === undefined ? { namespace } : { context, namespace };
}

/** The CLI reads one file only. */
function ofFiles(
  { command, cannotSay }: EngineRequests["hubbleCommand"]["reply"],
  [first, ...others]: readonly string[],
): EngineRequests["hubbleCommand"]["reply"] {
  if (first === undefined) return { command, cannotSay };
  return {
    command: `${command} --input-file ${quoteWord(first)}`,
    cannotSay: [...cannotSay, ...others.map((path) => `--input-file ${quoteWord(path)}`)],
  };
}

/** From the beginning of the millisecond: the times of flows are finer. */
function timestamp(ms: number): { readonly seconds: number; readonly nanos: number } {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: Math.floor(ms - seconds * 1000) * 1_000_000 };
}

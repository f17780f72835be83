/** One figure that must keep to a limit. */
export interface BenchKey {
  readonly name: string;
  /** What is measured, for the printed table. */
  readonly what: string;
  readonly limit: number;
  readonly must: "at most" | "at least";
  /** Measured only where the real CLI is there. */
  readonly needsHubble?: true;
}

/** Every figure of `npm run bench` with a limit, in the order of the table. */
export const benchKeys = [
  {
    name: "ingest_vs_raw",
    what: "CPU per flow: receive, scan, store, tally three policies / grpc-js, raw buffers",
    limit: 1.5,
    must: "at most",
  },
  {
    name: "ingest_vs_protoloader",
    what: "the same / grpc-js + proto-loader",
    limit: 0.5,
    must: "at most",
  },
  {
    name: "compact_vs_hubble",
    what: "CPU of observe -o compact / hubble's",
    limit: 0.7,
    must: "at most",
    needsHubble: true,
  },
  {
    name: "jsonpb_vs_hubble",
    what: "CPU of observe -o jsonpb / hubble's",
    limit: 0.5,
    must: "at most",
    needsHubble: true,
  },
  {
    name: "file_vs_hubble",
    what: "CPU of observe --input-file, 100,000 lines / hubble's",
    limit: 0.35,
    must: "at most",
    needsHubble: true,
  },
  {
    name: "main_thread_us_per_flow",
    what: "CPU of the main thread per flow while streaming, µs",
    limit: 0.5,
    must: "at most",
  },
  {
    name: "bytes_per_flow_1m",
    what: "resident memory per held flow at 1,000,000, full detail kept",
    limit: 500,
    must: "at most",
  },
  {
    name: "churn_slowdown",
    what: "CPU per flow, a new endpoint with every flow / the usual flows",
    limit: 5,
    must: "at most",
  },
  {
    name: "filter_1m_vs_objects",
    what: "time per row to filter 1 M held flows / decoded objects",
    limit: 0.1,
    must: "at most",
  },
  {
    name: "retally_1m_vs_naive",
    what: "time to tally a changed policy over 1 M held flows / flow by flow",
    limit: 0.05,
    must: "at most",
  },
  {
    name: "rtt50_vs_default",
    what: "flows/s through a round trip of 50 ms / with grpc-js's default window",
    limit: 40,
    must: "at least",
  },
  {
    name: "loop_delay_added_ms",
    what: "event-loop delay of the main thread at 20,000 flows/s, p99, less idle",
    limit: 20,
    must: "at most",
  },
  {
    name: "evaluate_vs_naive",
    what: "deciding by indexed policies / one rule after another",
    limit: 0.05,
    must: "at most",
  },
] as const satisfies readonly BenchKey[];

/** The name of a figure with a limit, as it stands in the JSON report. */
export type BenchKeyName = (typeof benchKeys)[number]["name"];

/** What was measured for a key, or why it could not be: that counts as a limit exceeded. */
export type BenchFigure = { readonly value: number } | { readonly failure: string };

/** What a part of the benchmark came to. */
export interface PartResult {
  readonly figures: Partial<Record<BenchKeyName, BenchFigure>>;
  /** What stands behind the figures, for the JSON report, by name. */
  readonly details?: Readonly<Record<string, unknown>>;
}

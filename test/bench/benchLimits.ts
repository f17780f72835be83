/** What is measured and what must hold: the load of one minute on the thread that people type on. */
export const benchLimits = {
  flowsPerSecond: 1_000,
  idleSeconds: 10,
  /** The store fills and the runtime warms up before memory is looked at. */
  warmUpSeconds: 30,
  seconds: Number(process.env["HUBBLE_LENS_BENCH_SECONDS"] ?? "60"),
  /** The most that the 99th percentile of the event loop's delay may grow over idle. */
  maxDelayGrowthMs: 20,
  /** The most that resident memory may grow over the measured time, once warm. */
  maxMemoryGrowthMegabytes: 40,
} as const;

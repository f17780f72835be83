import type { Flow } from "../../src/flows/flow.ts";
import type { FlowSelection } from "../../src/flows/flowFilter.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import { readFilterLine } from "../../src/flows/language/readFilterLine.ts";
import { compileScan } from "../../src/flows/match/compileScan.ts";
import { FlowScanner } from "../../src/hubble/flowScanner.ts";
import { readResponse } from "../../src/hubble/readResponse.ts";
import { wireReaders } from "../../src/hubble/wireReaders.ts";
import { realisticFlows } from "../support/realisticFlows.ts";
import { median, medianRatio } from "./median.ts";

/** What filtering costs per row, in ns, over columns and over objects, and the former over the latter. */
export interface FilterFigures {
  readonly columnsNs: number;
  readonly objectsNs: number;
  readonly ratio: number;
}

const heldRows = 1_000_000;
const objectCount = 100_000;
const rounds = 5;
const stretchRows = 4096;

/** Two usual filters, each as a person types it and as a plain function over decoded flows. */
const filters = {
  namespaceVerdictPort: {
    line: "--namespace team-3-worker --verdict FORWARDED --to-port 8080",
    holds: ({ source, destination, verdict, l4 }: Flow) =>
      (source.namespace === "team-3-worker" || destination.namespace === "team-3-worker") &&
      verdict === "FORWARDED" &&
      hasPort(l4, 8080),
  },
  labelSelector: {
    line: "--from-label tier=backend,env=production --to-port 8443",
    holds: ({ source: { labels }, l4 }: Flow) =>
      labels.includes("k8s:tier=backend") && labels.includes("k8s:env=production") && hasPort(l4, 8443),
  },
} as const;

function hasPort(l4: Flow["l4"], port: number): boolean {
  return l4 !== undefined && "destinationPort" in l4 && l4.destinationPort === port;
}

/**
 * Measures how long it takes to filter a million held flows by their columns, against the same question asked of a
 * hundred thousand decoded flows. Both must find flows, and alike many.
 */
export async function measureFilter(): Promise<
  { readonly [Name in keyof typeof filters]: FilterFigures } & { readonly ratio: number }
> {
  const messages = realisticFlows(objectCount, { seed: 5 });
  const flows = messages.map(decoded);
  const store = await heldFlows(messages);
  const [namespaceVerdictPort, labelSelector] = [
    measure(filters.namespaceVerdictPort, { flows, store }),
    measure(filters.labelSelector, { flows, store }),
  ];
  return {
    namespaceVerdictPort,
    labelSelector,
    ratio: Math.max(namespaceVerdictPort.ratio, labelSelector.ratio),
  };
}

function decoded(raw: Uint8Array): Flow {
  const read = readResponse(raw);
  if (read.kind !== "flow") throw new Error("The generated flows should be flows.");
  return read.flow;
}

/** Holds them again and again, without their uuids, by which the store would know them. */
async function heldFlows(messages: readonly Uint8Array[]): Promise<FlowStore> {
  const store = new FlowStore({ maxFlows: heldRows, maxBytes: 1 << 30, readers: wireReaders });
  const scanner = new FlowScanner(store.dictionaries);
  for (let row = 0; row < heldRows; row++) {
    if (row % 10_000 === 0) await new Promise(setImmediate);
    const raw = messages[row % messages.length];
    if (!raw || !scanner.scan(raw)) throw new Error("The generated flows should be flows.");
    scanner.record.uuidForm = 0;
    store.appendRecord(scanner.record);
  }
  if (store.end - store.first !== heldRows) throw new Error("Not all flows are held.");
  return store;
}

interface Held {
  readonly flows: readonly Flow[];
  readonly store: FlowStore;
}

/** Compiles anew for each round: what endpoints answer is part of the work. */
function measure(
  { line, holds }: { readonly line: string; readonly holds: (flow: Flow) => boolean },
  { flows, store }: Held,
): FilterFigures {
  const { selection, problems } = readFilterLine(line, { seconds: 0, nanos: 0 });
  if (problems.length > 0) throw new Error(`${line}: ${problems.map(({ message }) => message).join(" ")}`);
  const columns: number[] = [];
  const objects: number[] = [];
  // The first round warms up.
  for (let round = 0; round <= rounds; round++) {
    const [columnsNs, found] = timed(heldRows, () => scanAll(selection, store));
    const [objectsNs, expected] = timed(flows.length, () => countAll(flows, holds));
    if (expected === 0 || found !== expected * (heldRows / flows.length)) {
      throw new Error(`${line}: ${found} rows and ${expected} objects were found.`);
    }
    if (round === 0) continue;
    columns.push(columnsNs);
    objects.push(objectsNs);
  }
  return {
    columnsNs: median(columns),
    objectsNs: median(objects),
    ratio: medianRatio(columns, objects),
  };
}

/** In stretches, as a view takes them. */
function scanAll(selection: FlowSelection, store: FlowStore): number {
  const scan = compileScan(selection, store);
  const found = new Uint32Array(stretchRows);
  let count = 0;
  for (let row = store.first; row < store.end; row += stretchRows) {
    count += scan.scan(row, Math.min(row + stretchRows, store.end), found);
  }
  return count;
}

function countAll(flows: readonly Flow[], holds: (flow: Flow) => boolean): number {
  let count = 0;
  for (const flow of flows) if (holds(flow)) count += 1;
  return count;
}

/** The CPU time of some work per item, in ns, and what it answered. */
function timed(items: number, work: () => number): readonly [ns: number, answer: number] {
  const before = process.cpuUsage();
  const answer = work();
  const { user, system } = process.cpuUsage(before);
  return [((user + system) * 1000) / items, answer];
}

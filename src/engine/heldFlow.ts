import type { Flow } from "../flows/flow.ts";
import type { FlowStore } from "../flows/flowStore.ts";
import { FlowScanner } from "../hubble/flowScanner.ts";
import { readResponse } from "../hubble/readResponse.ts";
import { ScannedFlow } from "../hubble/scannedFlow.ts";

/** What scans the held flows of a store, as long as the numbers of its dictionaries mean the same. */
interface StoreScanner {
  readonly generation: number;
  readonly scanner: FlowScanner;
  readonly flow: ScannedFlow;
}

/** Raw events are put together here, one after the other; a longer one gets memory of its own. */
const room = new Uint8Array(1 << 15);

const scanners = new WeakMap<FlowStore, StoreScanner>();

/**
 * The flow behind a held row, for a look at some of its fields: they are made when they are asked for, what is rare by
 * decoding all of it. Valid until the next one is asked for, or something is appended; not to be copied by `{...flow}`.
 */
export function heldFlow(store: FlowStore, row: number): Flow | undefined {
  const raw = store.rawAt(row, room);
  if (!raw) return undefined;
  const { scanner, flow } = scannerOf(store);
  if (scanner.scan(raw)) return flow.at(raw);
  const response = readResponse(raw);
  return response.kind === "flow" ? response.flow : undefined;
}

/** Its parts are held, so they have their numbers: all there may be to add is the text of a summary. */
function scannerOf(store: FlowStore): StoreScanner {
  const { dictionaries, generation } = store;
  const known = scanners.get(store);
  if (known?.generation === generation) return known;
  const scanner = new FlowScanner(dictionaries);
  const made = { generation, scanner, flow: new ScannedFlow(scanner.record, dictionaries) };
  scanners.set(store, made);
  return made;
}

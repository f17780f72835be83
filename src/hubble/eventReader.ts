import { createFlowDictionaries } from "../flows/flowDictionaries.ts";
import { FlowScanner } from "./flowScanner.ts";
import { readResponse, type ReadResponse } from "./readResponse.ts";
import { ScannedFlow } from "./scannedFlow.ts";
import { wireReaders } from "./wireReaders.ts";

/** So many bytes of names and endpoints are remembered, more than a large cluster has; then all are forgotten. */
const rememberedBytes = 32 << 20;

/**
 * Reads messages one after the other as `readResponse` does, for whoever is done with a flow before the next one comes:
 * it costs what is asked of the flow. The answer holds until the next call, and is not to be copied (see `ScannedFlow`).
 */
export class EventReader {
  readonly #rememberedBytes: number;
  #scanning = newScanning();

  constructor(limits: { readonly rememberedBytes: number } = { rememberedBytes }) {
    this.#rememberedBytes = limits.rememberedBytes;
  }

  read(raw: Uint8Array): ReadResponse {
    if (heldBytes(this.#scanning) > this.#rememberedBytes) this.#scanning = newScanning();
    const { scanner, flow, event } = this.#scanning;
    if (!scanner.scan(raw)) return readResponse(raw);
    flow.at(raw);
    return event;
  }
}

function newScanning() {
  const dictionaries = createFlowDictionaries(wireReaders);
  const scanner = new FlowScanner(dictionaries);
  const flow = new ScannedFlow(scanner.record, dictionaries);
  const event: ReadResponse = { kind: "flow", flow: flow.at(new Uint8Array()) };
  return { dictionaries, scanner, flow, event };
}

function heldBytes({ dictionaries }: ReturnType<typeof newScanning>): number {
  const { strings, endpoints, l7Records, attributions } = dictionaries;
  return strings.bytes + endpoints.bytes + l7Records.bytes + attributions.bytes;
}

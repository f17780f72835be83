import type { ReadResponse } from "../hubble/readResponse.ts";

/** An event that could be read. */
export type FlowEvent = Exclude<ReadResponse, { readonly kind: "undecodable" }>;

/** Says which events a selection lets through, one by one, as they come. */
export type EventGate = (event: FlowEvent, raw: Uint8Array) => boolean;

/** The gate of a selection that asks for nothing. */
export const admitsAll: EventGate = () => true;

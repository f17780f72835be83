import type { Timestamp } from "../flows/flow.ts";

/** Years 1 to 9999, which is all that protobuf admits. */
const minSeconds = -62135596800;
const maxSeconds = 253402300799;

/** Reads a protobuf timestamp; one outside of what protobuf admits is moved to the nearest that it does. */
export function readTimestamp(from: { readonly seconds: bigint; readonly nanos: number }): Timestamp {
  return {
    seconds: clamp(Number(from.seconds), minSeconds, maxSeconds),
    nanos: clamp(from.nanos, 0, 999_999_999),
  };
}

/** The fields of a protobuf timestamp. */
export function writeTimestamp(from: Timestamp): { seconds: bigint; nanos: number } {
  return { seconds: BigInt(Math.trunc(from.seconds)), nanos: from.nanos };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

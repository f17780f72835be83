import type { Timestamp } from "../flows/flow.ts";

const minSeconds = -62135596800;
const maxSeconds = 253402300799;

/** Reads a protobuf timestamp; one outside of what protobuf admits is moved to the nearest that it does. */
export function readTimestamp(from: { readonly seconds: bigint; readonly nanos: number }): Timestamp {
  return {
    seconds: clampSeconds(Number(from.seconds)),
    nanos: clampNanos(from.nanos),
  };
}

/** Seconds since 1970 as protobuf admits them: in the years 1 to 9999. */
export function clampSeconds(seconds: number): number {
  return clamp(seconds, minSeconds, maxSeconds);
}

/** Nanoseconds after a second as protobuf admits them. */
export function clampNanos(nanos: number): number {
  return clamp(nanos, 0, 999_999_999);
}

/** The fields of a protobuf timestamp. */
export function writeTimestamp(from: Timestamp): { seconds: bigint; nanos: number } {
  return { seconds: BigInt(Math.trunc(from.seconds)), nanos: from.nanos };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

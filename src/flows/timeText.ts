import type { Timestamp } from "./flow.ts";

/** Ways to write a time, with the names and results that `hubble observe --time-format` has; all in UTC. */
export const timeFormats = {
  StampMilli: (time: Timestamp) => {
    const { month, day, clock } = parts(time);
    return `${months[month] ?? ""} ${String(day).padStart(2, " ")} ${clock}.${fraction(time, 3)}`;
  },
  RFC3339: (time: Timestamp) => `${dateAndClock(time)}Z`,
  RFC3339Milli: (time: Timestamp) => `${dateAndClock(time)}.${fraction(time, 3)}Z`,
  RFC3339Micro: (time: Timestamp) => `${dateAndClock(time)}.${fraction(time, 6)}Z`,
  RFC3339Nano: (time: Timestamp) => {
    const digits = fraction(time, 9).replace(/0+$/, "");
    return `${dateAndClock(time)}${digits && `.${digits}`}Z`;
  },
} as const;

export type TimeFormat = keyof typeof timeFormats;

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Writes a time in one of the formats of {@link timeFormats}. */
export function timeText(time: Timestamp, format: TimeFormat): string {
  return timeFormats[format](time);
}

function parts(time: Timestamp): { readonly month: number; readonly day: number; readonly clock: string } {
  const date = new Date(time.seconds * 1000);
  return { month: date.getUTCMonth(), day: date.getUTCDate(), clock: date.toISOString().slice(-13, -5) };
}

function dateAndClock(time: Timestamp): string {
  return new Date(time.seconds * 1000).toISOString().slice(0, -5);
}

/** The first digits after the second, cut off, not rounded. */
function fraction(time: Timestamp, digits: number): string {
  return String(time.nanos).padStart(9, "0").slice(0, digits);
}

import type { Timestamp } from "./flow.ts";

/**
 * Ways to write a time, with the names and results that `hubble observe --time-format` has. All are in UTC, as the
 * CLI prints them whatever the time zone here; `Milli` and `Micro` cut trailing zeros off, as Go's layouts do.
 */
export const timeFormats = {
  StampMilli: (time: Timestamp) => {
    const { monthName, day, clock } = parts(time);
    return `${monthName} ${day.padStart(2, " ")} ${clock}.${fraction(time, 3)}`;
  },
  YearMonthDay: (time: Timestamp) => parts(time).date,
  YearMonthDayHour: (time: Timestamp) => `${dateAndClock(time).slice(0, -6)}Z`,
  YearMonthDayHourMinute: (time: Timestamp) => `${dateAndClock(time).slice(0, -3)}Z`,
  RFC3339: (time: Timestamp) => `${dateAndClock(time)}Z`,
  RFC3339Milli: (time: Timestamp) => `${dateAndClock(time)}${shortFraction(time, 3)}Z`,
  RFC3339Micro: (time: Timestamp) => `${dateAndClock(time)}${shortFraction(time, 6)}Z`,
  RFC3339Nano: (time: Timestamp) => `${dateAndClock(time)}${shortFraction(time, 9)}Z`,
  RFC1123Z: (time: Timestamp) => {
    const { weekday, monthName, day, year, clock } = parts(time);
    return `${weekday}, ${day.padStart(2, "0")} ${monthName} ${year} ${clock} +0000`;
  },
} as const;

export type TimeFormat = keyof typeof timeFormats;

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** Writes a time in one of the formats of {@link timeFormats}; the time that an event without one has is `N/A`. */
export function timeText(time: Timestamp, format: TimeFormat): string {
  if (time.seconds === 0 && time.nanos === 0) return "N/A";
  return timeFormats[format](time);
}

interface TimeParts {
  readonly date: string;
  readonly year: string;
  readonly monthName: string;
  readonly day: string;
  readonly weekday: string;
  readonly clock: string;
}

function parts(time: Timestamp): TimeParts {
  const date = new Date(time.seconds * 1000);
  const text = date.toISOString();
  return {
    date: text.slice(0, 10),
    year: text.slice(0, 4),
    monthName: months[date.getUTCMonth()] ?? "",
    day: String(date.getUTCDate()),
    weekday: weekdays[date.getUTCDay()] ?? "",
    clock: text.slice(11, 19),
  };
}

function dateAndClock(time: Timestamp): string {
  return new Date(time.seconds * 1000).toISOString().slice(0, 19);
}

/** The first digits after the second, cut off, not rounded. */
function fraction(time: Timestamp, digits: number): string {
  return String(time.nanos).padStart(9, "0").slice(0, digits);
}

/** A point and the first digits after the second without trailing zeros; nothing when there are none. */
function shortFraction(time: Timestamp, digits: number): string {
  const shown = fraction(time, digits).replace(/0+$/, "");
  return shown && `.${shown}`;
}

import type { Timestamp } from "./flow.ts";

/** How a time is written: its second, its fraction and what follows. */
interface TimeForm {
  readonly second: (seconds: number) => string;
  readonly fraction: (nanos: number) => string;
  readonly zone: string;
}

const noFraction = () => "";

/**
 * Ways to write a time, with the names and results that `hubble observe --time-format` has. All are in UTC, as the
 * CLI prints them whatever the time zone here; `Milli` and `Micro` cut trailing zeros off, as Go's layouts do.
 */
export const timeFormats = {
  StampMilli: { second: stamp, fraction: (nanos) => `.${threeDigits(Math.floor(nanos / 1e6))}`, zone: "" },
  YearMonthDay: { second: (seconds) => parts(seconds).date, fraction: noFraction, zone: "" },
  YearMonthDayHour: {
    second: (seconds) => dateAndClock(seconds).slice(0, -6),
    fraction: noFraction,
    zone: "Z",
  },
  YearMonthDayHourMinute: {
    second: (seconds) => dateAndClock(seconds).slice(0, -3),
    fraction: noFraction,
    zone: "Z",
  },
  RFC3339: { second: dateAndClock, fraction: noFraction, zone: "Z" },
  RFC3339Milli: { second: dateAndClock, fraction: (nanos) => shortFraction(nanos, 3), zone: "Z" },
  RFC3339Micro: { second: dateAndClock, fraction: (nanos) => shortFraction(nanos, 6), zone: "Z" },
  RFC3339Nano: { second: dateAndClock, fraction: (nanos) => shortFraction(nanos, 9), zone: "Z" },
  RFC1123Z: { second: weekdayAndClock, fraction: noFraction, zone: " +0000" },
} as const satisfies Readonly<Record<string, TimeForm>>;

export type TimeFormat = keyof typeof timeFormats;

/** Flows of one second follow each other: its text is made once. */
let lastForm: TimeForm | undefined;
let lastSeconds = 0;
let lastText = "";

/** Writes a time in one of the formats of {@link timeFormats}; the time that an event without one has is `N/A`. */
export function timeText({ seconds, nanos }: Timestamp, format: TimeFormat): string {
  if (seconds === 0 && nanos === 0) return "N/A";
  const form: TimeForm = timeFormats[format];
  if (seconds !== lastSeconds || form !== lastForm) {
    lastText = form.second(seconds);
    lastSeconds = seconds;
    lastForm = form;
  }
  return lastText + form.fraction(nanos) + form.zone;
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const threeDigitTexts = Array.from({ length: 1000 }, (_, number) => String(number).padStart(3, "0"));

interface TimeParts {
  readonly date: string;
  readonly year: string;
  readonly monthName: string;
  readonly day: string;
  readonly weekday: string;
  readonly clock: string;
}

function parts(seconds: number): TimeParts {
  const date = new Date(seconds * 1000);
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

function stamp(seconds: number): string {
  const { monthName, day, clock } = parts(seconds);
  return `${monthName} ${day.padStart(2, " ")} ${clock}`;
}

function weekdayAndClock(seconds: number): string {
  const { weekday, monthName, day, year, clock } = parts(seconds);
  return `${weekday}, ${day.padStart(2, "0")} ${monthName} ${year} ${clock}`;
}

function dateAndClock(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19);
}

function threeDigits(number: number): string {
  return threeDigitTexts[number] ?? "";
}

/** A point and the first digits after the second, cut off, not rounded, without trailing zeros; nothing for none. */
function shortFraction(nanos: number, digits: number): string {
  const shown = String(nanos).padStart(9, "0").slice(0, digits).replace(/0+$/, "");
  return shown && `.${shown}`;
}

import type { Timestamp } from "./flow.ts";

/** The layouts that {@link readTimeArgument} takes besides durations, by their name, each with an example. */
export const timeLayouts = {
  YearMonthDay: "2026-01-31",
  YearMonthDayHour: "2026-01-31T15Z",
  YearMonthDayHourMinute: "2026-01-31T15:04Z",
  RFC3339: "2026-01-31T15:04:05Z",
  RFC3339Milli: "2026-01-31T15:04:05.999Z",
  RFC3339Micro: "2026-01-31T15:04:05.999999Z",
  RFC3339Nano: "2026-01-31T15:04:05.999999999+01:00",
  RFC1123Z: "Sat, 31 Jan 2026 15:04:05 -0700",
} as const;

/**
 * Reads what `--since` and `--until` take: a duration back from now (`90s`, `1h30m`; a negative one lies ahead) or a
 * time in one of {@link timeLayouts}. A date alone is the start of that day in UTC, whatever the time zone here.
 * Undefined: it is neither, or no day of the calendar.
 */
export function readTimeArgument(text: string, now: Timestamp): Timestamp | undefined {
  if (text.length > longestText) return undefined;
  const back = readDuration(text);
  if (back !== undefined) return toTimestamp(toNanoseconds(now) - back);
  return readLayouts(text);
}

/** Far more than any time needs; what is longer is not worth looking at. */
const longestText = 128;

const nanosecondsPerSecond = 1_000_000_000n;

const unitNanoseconds: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  // The micro sign, and the Greek letter that looks like it.
  "\u00b5s": 1_000n,
  "\u03bcs": 1_000n,
  ms: 1_000_000n,
  s: nanosecondsPerSecond,
  m: 60n * nanosecondsPerSecond,
  h: 3_600n * nanosecondsPerSecond,
};

/** The longest duration that Go has, in nanoseconds: some 292 years. */
const longest = (1n << 63n) - 1n;

/** A duration as Go writes it (`1h30m`, `1.5s`, `.5ms`, `-2m`, `0`), in nanoseconds. */
function readDuration(text: string): bigint | undefined {
  const [, sign = "", rest = ""] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (rest === "0") return 0n;
  if (!/^(\d+\.?\d*[^\d.]+|\.\d+[^\d.]+)+$/.test(rest)) return undefined;
  let total = 0n;
  for (const [, whole = "", fraction = "", unit = ""] of rest.matchAll(/(\d*)\.?(\d*)([^\d.]+)/g)) {
    const nanoseconds = Object.hasOwn(unitNanoseconds, unit) ? unitNanoseconds[unit] : undefined;
    if (nanoseconds === undefined) return undefined;
    total += BigInt(whole) * nanoseconds;
    total += (BigInt(fraction) * nanoseconds) / 10n ** BigInt(fraction.length);
  }
  if (total > longest) return undefined;
  return sign === "-" ? -total : total;
}

const day = String.raw`(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)`;
const zone = String.raw`(?<zone>Z|[+-]\d\d:\d\d)`;
const seconds = String.raw`:(?<second>\d\d)([.,](?<fraction>\d+))?`;

/** Hours may have one digit and a comma may stand before fractions: so Go reads these layouts. */
const patterns = [
  new RegExp(`^${day}$`),
  new RegExp(String.raw`^${day}T(?<hour>\d\d?)(:(?<minute>\d\d)(${seconds})?)?${zone}$`),
  new RegExp(
    String.raw`^(Mon|Tue|Wed|Thu|Fri|Sat|Sun),(?: +)(?<day>\d\d) +(?<monthName>[a-z]{3}) +(?<year>\d{4}) +` +
      String.raw`(?<hour>\d\d?):(?<minute>\d\d)${seconds} +(?<zone>[+-]\d{4})$`,
    "i",
  ),
];

const monthNames = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

function readLayouts(text: string): Timestamp | undefined {
  for (const pattern of patterns) {
    const groups = pattern.exec(text)?.groups;
    if (groups) return readParts(groups);
  }
  return undefined;
}

function readParts(groups: Readonly<Record<string, string | undefined>>): Timestamp | undefined {
  const number = (name: string): number => Number(groups[name] ?? 0);
  const monthName = groups["monthName"];
  const month = monthName === undefined ? number("month") : monthNames.indexOf(monthName.toLowerCase()) + 1;
  const offset = zoneSeconds(groups["zone"] ?? "Z");
  const [year, hour, minute, second] = [number("year"), number("hour"), number("minute"), number("second")];
  const midnight = new Date(0);
  midnight.setUTCFullYear(year, month - 1, number("day"));
  const isDay = midnight.getUTCMonth() === month - 1 && midnight.getUTCDate() === number("day");
  if (!isDay || hour > 23 || minute > 59 || second > 59 || offset === undefined) return undefined;
  const sinceMidnight = hour * 3600 + minute * 60 + second;
  const nanos = Number((groups["fraction"] ?? "").slice(0, 9).padEnd(9, "0"));
  return withinProtobuf({ seconds: midnight.getTime() / 1000 + sinceMidnight - offset, nanos });
}

/** `Z`, `+01:00` or `-0700` in seconds; Go takes offsets up to 24 hours and 60 minutes. */
function zoneSeconds(text: string): number | undefined {
  if (text === "Z") return 0;
  const [, sign = "", hours = "", minutes = ""] = /^([+-])(\d\d):?(\d\d)$/.exec(text) ?? [];
  if (Number(hours) > 24 || Number(minutes) > 60) return undefined;
  const offset = Number(hours) * 3600 + Number(minutes) * 60;
  return sign === "-" ? -offset : offset;
}

/** Years 1 to 9999 are all that a relay can be asked for. */
function withinProtobuf(time: Timestamp): Timestamp | undefined {
  return time.seconds < -62_135_596_800 || time.seconds > 253_402_300_799 ? undefined : time;
}

function toNanoseconds({ seconds, nanos }: Timestamp): bigint {
  return BigInt(seconds) * nanosecondsPerSecond + BigInt(nanos);
}

function toTimestamp(nanoseconds: bigint): Timestamp {
  const nanos = ((nanoseconds % nanosecondsPerSecond) + nanosecondsPerSecond) % nanosecondsPerSecond;
  return { seconds: Number((nanoseconds - nanos) / nanosecondsPerSecond), nanos: Number(nanos) };
}

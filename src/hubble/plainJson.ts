import type { Timestamp } from "../flows/flow.ts";

/** A JSON object as parsed: what it holds is looked at before it is used. */
export type PlainObject = Readonly<Record<string, unknown>>;

/**
 * Thrown by the readers of this file at the first value that is not in the usual form, which is no complaint: proto3 JSON
 * has more than one form of most things, and who knows all of them is asked then.
 */
export const unusual = new Error("not in the form in which Hubble writes it");

const uint32Max = 0xffff_ffff;
const decimal = /^(?:0|[1-9]\d{0,15})$/;
const timeForm = /^[1-9]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d{1,9}))?Z$/;
const secondsLength = "2025-07-26T21:36:30".length;

/** Flows of one second follow each other: its text is read once. */
let lastSecond = "";
let lastSeconds = 0;

/** A text. */
export function plainText(value: unknown): string {
  if (typeof value !== "string") throw unusual;
  return value;
}

/** A list of texts. */
export function plainTexts(value: unknown): readonly string[] {
  return plainList(value).map(plainText);
}

/** A list of whatever. */
export function plainList(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw unusual;
  return value;
}

/** An object. */
export function plainObject(value: unknown): PlainObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw unusual;
  return value as PlainObject;
}

/** A 32-bit number without a sign. */
export function plainNumber(value: unknown): number {
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > uint32Max) throw unusual;
  return value as number;
}

/** A 32-bit number with a sign. */
export function plainInteger(value: unknown): number {
  if (!Number.isInteger(value) || (value as number) !== Math.trunc(value as number)) throw unusual;
  if (Math.abs(value as number) > 0x7fff_ffff) throw unusual;
  return value as number;
}

/** `true` or `false`. */
export function plainSwitch(value: unknown): boolean {
  if (typeof value !== "boolean") throw unusual;
  return value;
}

/** A 64-bit number, which JSON has as text: one that a number of ours holds exactly. */
export function plainDecimal(value: unknown): string {
  if (typeof value !== "string" || !decimal.test(value)) throw unusual;
  return value;
}

/** One of an enumeration's names. */
export function plainName<T extends string>(value: unknown, names: ReadonlySet<T>): T {
  if (typeof value !== "string" || !names.has(value as T)) throw unusual;
  return value as T;
}

/** A time of UTC, to the nanosecond. */
export function plainTime(value: unknown): Timestamp {
  if (typeof value !== "string") throw unusual;
  const known = lastSecond !== "" && value.startsWith(lastSecond) ? plainNanos(value) : -1;
  if (known >= 0) return { seconds: lastSeconds, nanos: known };
  const found = timeForm.exec(value);
  if (!found) throw unusual;
  const second = found[0].slice(0, secondsLength);
  if (second !== lastSecond) {
    const ms = Date.parse(`${second}Z`);
    if (Number.isNaN(ms)) throw unusual;
    lastSecond = second;
    lastSeconds = ms / 1000;
  }
  return { seconds: lastSeconds, nanos: found[1] === undefined ? 0 : Number(found[1].padEnd(9, "0")) };
}

/** The fraction of a time in its usual form, a point and one to nine digits before the `Z`; -1 for any other. */
function plainNanos(text: string): number {
  const end = text.length - 1;
  const first = secondsLength + 1;
  if (end <= first || end > first + 9) return -1;
  if (text.charCodeAt(secondsLength) !== 0x2e || text.charCodeAt(end) !== 0x5a) return -1;
  let nanos = 0;
  for (let index = first; index < first + 9; index++) {
    const digit = index < end ? text.charCodeAt(index) - 0x30 : 0;
    if (digit < 0 || digit > 9) return -1;
    nanos = nanos * 10 + digit;
  }
  return nanos;
}

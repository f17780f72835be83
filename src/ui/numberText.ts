import type { Translate } from "./translate.ts";

const grouping = new Intl.NumberFormat("en-US");
const oneDigit = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });

/** A number in full: `1,180`. */
export function countText(count: number): string {
  return grouping.format(Math.round(count));
}

/** A number in at most four figures: `980`, `1.2 k`, `34 k`, `1.2 M`. */
export function shortCountText(count: number): string {
  const rounded = Math.round(count);
  if (rounded < 1000) return String(rounded);
  if (rounded < 999_500) return `${shorten(rounded / 1000)} k`;
  return `${shorten(rounded / 1_000_000)} M`;
}

/** A rate: one decimal below ten, none above. */
export function rateText(perSecond: number): string {
  return perSecond < 9.95 ? oneDigit.format(perSecond) : countText(perSecond);
}

/** A stretch of time in its largest unit: `42 s`, `12 min`, `5 h`, `3 d`. */
export function spanText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

/** How long ago something was: `5 s ago`; a time that lies ahead (clocks differ) is just now. */
export function agoText(atMs: number, nowMs: number, t: Translate): string {
  return nowMs - atMs < 1000 ? t("just now") : t("{0} ago", spanText(nowMs - atMs));
}

function shorten(value: number): string {
  return value < 9.95 ? oneDigit.format(value) : countText(value);
}

import { compilePattern } from "../base/pattern.ts";
import type { Flow, HttpRecord } from "../flows/flow.ts";
import type { FlowFilter } from "../hubble/gen/flow/flow_pb.js";
import { FilterError } from "./filterError.ts";

const l7EventType = 129;

/** Filters on HTTP make no sense for events that are none: the server refuses them beside other types. */
export function needsL7(filter: FlowFilter): void {
  const asked = [
    filter.httpStatusCode,
    filter.httpMethod,
    filter.httpPath,
    filter.httpUrl,
    filter.httpHeader,
  ];
  if (asked.every(({ length }) => length === 0) || filter.eventType.length === 0) return;
  if (!filter.eventType.some(({ type }) => type === l7EventType)) {
    throw new FilterError("filtering by requests requires the event type filter to only match 'l7' events");
  }
}

/** The HTTP request or response of a flow. */
export function httpOf({ l7 }: Flow): HttpRecord | undefined {
  return l7?.record?.protocol === "http" ? l7.record : undefined;
}

/** The name that DNS was asked for. */
export function dnsQueryOf({ l7 }: Flow): string | undefined {
  return l7?.record?.protocol === "dns" ? l7.record.query : undefined;
}

/** The URL, where there is one. */
export function urlOf(flow: Flow): string | undefined {
  return httpOf(flow)?.url || undefined;
}

const urlForm = /^(?:(?<scheme>[a-z][a-z0-9+.-]*):)?(?<rest>[^?]*)/i;

/** The decoded path of the URL: of an absolute one, or one that is a path alone. */
export function pathOf(flow: Flow): string | undefined {
  const url = urlOf(flow);
  if (url === undefined || url.startsWith(":") || /[\x00-\x1f\x7f]/.test(url)) return undefined;
  if (url === "*") return url;
  const { scheme, rest = "" } = urlForm.exec(url)?.groups ?? {};
  if (scheme === undefined) return rest.startsWith("/") ? unescape(rest) : undefined;
  if (!rest.startsWith("/")) return "";
  const absolute = /^\/\/(?<authority>[^/]*)(?<path>.*)$/.exec(rest)?.groups;
  if (!absolute) return unescape(rest);
  return isAuthority(absolute.authority ?? "") ? unescape(absolute.path ?? "") : undefined;
}

function isAuthority(text: string): boolean {
  const user = /^(?:(?:[\w.~!$&'()*+,;=:@-]|%[0-9a-f]{2})*@)?/i.exec(text)?.[0] ?? "";
  return /^(?:\[[^#?@\\^`{|}\s]*\](?::\d*)?|(?:[^#?@\\^`{|}\s]*:)?\d*|[^#?@\\^`{|}\s:]*)$/.test(
    text.slice(user.length),
  );
}

function unescape(path: string): string | undefined {
  const bytes: Buffer[] = [];
  for (const [piece] of path.matchAll(/%[0-9a-f]{2}|[^%]+|%/gi)) {
    if (piece === "%") return undefined;
    bytes.push(piece.startsWith("%") ? Buffer.from(piece.slice(1), "hex") : Buffer.from(piece));
  }
  return Buffer.concat(bytes).toString();
}

/** `404`, or the first digits of a status: `4+`, `40+`. */
export function statusTest(wanted: string): (code: number) => boolean {
  const [, digits = "", open] = /^([1-5]\d?)(\+)$|^[1-5]\d\d$/.exec(wanted) ?? [];
  if (!open && !/^[1-5]\d\d$/.test(wanted)) throw new FilterError(`invalid status code prefix: "${wanted}"`);
  return (code) =>
    open
      ? code > 0 &&
        String(code + 1000)
          .slice(-3)
          .startsWith(digits)
      : code === Number(wanted);
}

/** Methods are compared without regard to case. */
export function methodTest(wanted: string): (method: string) => boolean {
  return (method) => method.length > 0 && method.toUpperCase() === wanted.toUpperCase();
}

/** A pattern that is to be found somewhere in the text. */
export function patternTest(wanted: string): (text: string | undefined) => boolean {
  const pattern = compilePattern(wanted);
  if ("error" in pattern) throw new FilterError(`error parsing regexp ${wanted}: ${pattern.error}`);
  return (text) => text !== undefined && pattern.matches(text);
}

type Header = HttpRecord["headers"][number];

/** A header of just this name and value. */
export function headerTest(wanted: Header): (headers: readonly Header[]) => boolean {
  return (headers) => headers.some(({ key, value }) => key === wanted.key && value === wanted.value);
}

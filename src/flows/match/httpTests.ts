import { compilePattern } from "../../base/pattern.ts";
import type { HttpRecord } from "../flow.ts";
import type { L7Record } from "./fieldTest.ts";
import type { Refusal } from "./filterProblem.ts";
import { requestPath } from "./requestPath.ts";

type RecordTest = (record: L7Record | undefined) => boolean;

/** Is the response's status this one (`404`), or does it begin so (`4+`, `40+`)? */
export function statusTest(wanted: string): RecordTest | Refusal {
  if (!/^[1-5](?:\d\d|\d?\+)$/.test(wanted)) {
    return { error: `"${wanted}" is not a status such as 404, or the beginning of one such as 4+ or 40+.` };
  }
  const prefix = wanted.endsWith("+") ? wanted.slice(0, -1) : undefined;
  return ofHttp(({ code }) => {
    const text = String(code).padStart(3, "0");
    return code !== 0 && (prefix === undefined ? text === wanted : text.startsWith(prefix));
  });
}

/** Is this the request's method, in whatever case? */
export function methodTest(wanted: string): RecordTest {
  const lower = wanted.toLowerCase();
  return ofHttp(({ method }) => method !== "" && method.toLowerCase() === lower);
}

/** Is the pattern found in the path of the URL? */
export function pathTest(wanted: string): RecordTest | Refusal {
  const pattern = compilePattern(wanted);
  if ("error" in pattern) return noPattern(wanted, pattern.error);
  return ofHttp(({ url }) => {
    const path = requestPath(url);
    return path !== undefined && pattern.matches(path);
  });
}

/** Is the pattern found in the URL? */
export function urlTest(wanted: string): RecordTest | Refusal {
  const pattern = compilePattern(wanted);
  if ("error" in pattern) return noPattern(wanted, pattern.error);
  return ofHttp(({ url }) => url !== "" && pattern.matches(url));
}

/** Is there a header with just this name and value? */
export function headerTest(wanted: { readonly key: string; readonly value: string }): RecordTest {
  return ofHttp(({ headers }) =>
    headers.some(({ key, value }) => key === wanted.key && value === wanted.value),
  );
}

/** Is the pattern found in the name that DNS was asked for? */
export function dnsQueryTest(wanted: string): RecordTest | Refusal {
  const pattern = compilePattern(wanted);
  if ("error" in pattern) return noPattern(wanted, pattern.error);
  return (record) => record?.protocol === "dns" && pattern.matches(record.query);
}

function ofHttp(holds: (record: HttpRecord) => boolean): RecordTest {
  return (record) => record?.protocol === "http" && holds(record);
}

function noPattern(wanted: string, error: string): Refusal {
  return { error: `"${wanted}" is not a regular expression in RE2 syntax: ${error}` };
}

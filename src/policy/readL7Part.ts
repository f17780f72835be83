import { compilePattern, type Pattern } from "../base/pattern.ts";
import type { HeaderMatch, L7Entry, L7Part } from "./policy.ts";
import { readKafkaEntry } from "./readKafkaEntry.ts";
import { readDnsName } from "./readPeers.ts";
import type { YamlFields, YamlValue } from "./yamlValue.ts";

/** Reads `rules` of a `toPorts` item; `undefined`: it says nothing about requests. */
export function readL7Part(value: YamlValue): L7Part | undefined {
  const fields = value.asMap();
  if (!fields)
    return value.isNull ? undefined : { protocol: "other", entries: [unknownEntry(value, "rules")] };
  const parts: L7Part[] = [];
  for (const [protocol, read] of [
    ["http", readHttp],
    ["dns", readDns],
    ["kafka", readKafkaEntry],
  ] as const) {
    const list = fields.get(protocol);
    const items = list?.asList();
    if (list && !items) parts.push({ protocol: "other", entries: [unknownEntry(list, protocol)] });
    // An empty list is no L7 part: connections are not even redirected.
    else if (items && items.length > 0) parts.push({ protocol, entries: items.map(read) });
  }
  const generic = fields.get("l7proto");
  if (generic) {
    const items = fields.get("l7")?.asList() ?? [];
    const entries = items.length > 0 ? items : [generic];
    parts.push({ protocol: "l7proto", entries: entries.map((item) => unknownEntry(item, "l7proto")) });
  }
  if (parts.length > 1) {
    return { protocol: "other", entries: [unknownEntry(value, "rules")] };
  }
  return parts[0];
}

function readHttp(value: YamlValue): L7Entry {
  const place = { path: value.path, range: value.range };
  if (value.isNull) return { type: "http", headers: [], ...place };
  const fields = value.asMap();
  if (!fields) return unknownEntry(value, "http");
  const method = readPattern(fields, "method");
  const urlPath = readPattern(fields, "path");
  const host = readPattern(fields, "host");
  const headers = readHeaders(fields);
  if (method === "invalid" || urlPath === "invalid" || host === "invalid" || !headers) {
    return unknownEntry(value, "http", "a valid pattern");
  }
  return {
    type: "http",
    ...(method ? { method } : {}),
    ...(urlPath ? { urlPath } : {}),
    ...(host ? { host } : {}),
    headers,
    ...place,
  };
}

function readPattern(fields: YamlFields, name: string): Pattern | "invalid" | undefined {
  const value = fields.get(name);
  if (!value) return undefined;
  const source = value.words;
  if (source === undefined) return "invalid";
  if (source === "") return undefined;
  const pattern = compilePattern(source);
  return "error" in pattern ? "invalid" : pattern;
}

/** `headers` ask for a value after the first blank, or for presence; so do `headerMatches` that may deny. */
function readHeaders(fields: YamlFields): readonly HeaderMatch[] | undefined {
  const headers: HeaderMatch[] = [];
  for (const item of fields.get("headers")?.asList() ?? []) {
    const text = item.words;
    if (text === undefined) return undefined;
    const blank = text.indexOf(" ");
    if (blank === -1) headers.push({ name: text.toLowerCase() });
    else {
      const name = text.slice(0, blank).replace(/:+$/, "").toLowerCase();
      headers.push({ name, value: text.slice(blank + 1) });
    }
  }
  for (const item of fields.get("headerMatches")?.asList() ?? []) {
    const match = item.asMap();
    const name = match?.get("name")?.words;
    if (!match || name === undefined) return undefined;
    // LOG, ADD, DELETE and REPLACE change or note the request and let it pass.
    if ((match.get("mismatch")?.words ?? "") !== "") continue;
    const secret = match.get("secret")?.asMap();
    const value = match.get("value")?.words;
    headers.push({
      name: name.toLowerCase(),
      ...(value === undefined || value === "" ? {} : { value }),
      ...(secret
        ? { secret: `${secret.get("namespace")?.words ?? ""}/${secret.get("name")?.words ?? ""}` }
        : {}),
    });
  }
  return headers;
}

function readDns(value: YamlValue): L7Entry {
  const name = readDnsName(value);
  if (!name) return unknownEntry(value, "dns", "a valid matchName or matchPattern");
  return { type: "dns", name, path: value.path, range: value.range };
}

function unknownEntry(
  value: YamlValue,
  field: string,
  needs = `what the proxy's ${field} parser saw`,
): L7Entry {
  return { type: "unknown", field, needs, path: value.path, range: value.range };
}

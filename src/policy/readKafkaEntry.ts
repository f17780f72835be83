import type { L7Entry } from "./policy.ts";
import type { YamlFields, YamlValue } from "./yamlValue.ts";

/** What a role may ask for. */
const roles: Readonly<Record<string, readonly string[]>> = {
  produce: ["produce", "metadata", "apiversions"],
  consume: [
    "fetch",
    "offsets",
    "metadata",
    "offsetcommit",
    "offsetfetch",
    "findcoordinator",
    "joingroup",
    "heartbeat",
    "leavegroup",
    "syncgroup",
    "apiversions",
  ],
};

/** Reads an entry of `rules.kafka`: a role stands for the API keys that it needs. */
export function readKafkaEntry(value: YamlValue): L7Entry {
  const place = { path: value.path, range: value.range };
  const fields = value.isNull ? undefined : value.asMap();
  if (!fields && !value.isNull) return { type: "unknown", field: "kafka", needs: "a valid entry", ...place };
  const role = textOf(fields, "role");
  const apiKey = textOf(fields, "apiKey")?.toLowerCase();
  const isRole = role !== undefined && Object.hasOwn(roles, role.toLowerCase());
  const ofRole = isRole ? roles[role.toLowerCase()] : undefined;
  if (role !== undefined && (!ofRole || apiKey !== undefined)) {
    return { type: "unknown", field: "kafka", needs: "a valid role, or an apiKey", ...place };
  }
  const apiVersion = textOf(fields, "apiVersion");
  const topic = textOf(fields, "topic");
  const clientId = textOf(fields, "clientID");
  return {
    type: "kafka",
    apiKeys: ofRole ?? (apiKey === undefined ? [] : [apiKey]),
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(topic === undefined ? {} : { topic }),
    ...(clientId === undefined ? {} : { clientId }),
    ...place,
  };
}

/** A text; one that is empty says nothing. */
function textOf(fields: YamlFields | undefined, name: string): string | undefined {
  const text = fields?.get(name)?.words;
  return text === "" ? undefined : text;
}

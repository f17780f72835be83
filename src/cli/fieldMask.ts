/** The fields that the formats for people print: enough to ask a relay for. */
export const defaultFieldMask: readonly string[] = [
  "time",
  "node_name",
  "verdict",
  "Type",
  "event_type",
  "traffic_direction",
  "is_reply",
  ...["source", "destination"].flatMap((side) =>
    ["identity", "namespace", "pod_name"].map((field) => `${side}.${field}`),
  ),
  "source_names",
  "destination_names",
  "source_service",
  "destination_service",
  "ethernet",
  "IP",
  "l4",
  "l7",
  "policy_match_type",
  "ingress_allowed_by",
  "ingress_denied_by",
  "egress_allowed_by",
  "egress_denied_by",
  "debug_capture_point",
  "sock_xlate_point",
  "ip_trace_id",
  "auth_type",
  "Summary",
];

/** Leaves of the flow in a line of JSON only what a field mask names; what is no flow stays as it is. */
export function maskLine(line: string, paths: readonly string[]): string {
  const response: unknown = JSON.parse(line);
  if (!isObject(response) || !isObject(response["flow"])) return line;
  return JSON.stringify({ ...response, flow: masked(response["flow"], paths) });
}

type JsonObject = Readonly<Record<string, unknown>>;

function masked(json: JsonObject, paths: readonly string[]): JsonObject {
  return Object.fromEntries(
    Object.entries(json).flatMap(([name, value]) => {
      if (paths.includes(name)) return [[name, value]];
      const below = paths.filter((path) => path.startsWith(`${name}.`));
      if (below.length === 0 || !isObject(value)) return [];
      const rest = below.map((path) => path.slice(name.length + 1));
      return [[name, masked(value, rest)]];
    }),
  );
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

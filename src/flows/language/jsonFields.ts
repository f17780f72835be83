import { ipVersions, type TcpFlag, tcpFlags, trafficDirections, verdicts } from "../flow.ts";
import type { FlowFilter, FlowFilterField } from "../flowFilter.ts";
import { dropReasons } from "./dropReasons.ts";
import type { FieldItem } from "./flagMeanings.ts";
import { type JsonObject, type JsonValue, jsonText, NotAccepted, objectOf } from "./protoJson.ts";
import { readInteger, readString, readTruth } from "./protoJson.ts";

/** How one field of a filter is written as JSON. */
export interface JsonField {
  readonly field: FlowFilterField;
  /** The name in the API, with underscores. */
  readonly apiName: string;
  /** One item to JSON. */
  readonly write: (item: never) => JsonValue;
  /** One item from JSON; throws {@link NotAccepted}. */
  readonly read: (json: JsonValue) => unknown;
}

function fieldOf<F extends FlowFilterField>(
  field: F,
  write: (item: FieldItem<F>) => JsonValue,
  read: (json: JsonValue) => FieldItem<F>,
  apiName: string = field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
): JsonField {
  return { field, apiName, write, read };
}

type TextField = {
  [F in FlowFilterField]: NonNullable<FlowFilter[F]> extends readonly string[] ? F : never;
}[FlowFilterField];

function texts(...fields: readonly TextField[]): readonly JsonField[] {
  return fields.map((field) => fieldOf(field, (item) => item, readString as (json: JsonValue) => never));
}

const workload = {
  write: ({ kind, name }: { readonly kind: string; readonly name: string }) => withoutEmpty({ name, kind }),
  read: (json: JsonValue) => {
    const { name, kind } = objectOf(json, { name: readString, kind: readString });
    return { kind: kind ?? "", name: name ?? "" };
  },
};

const identity = (json: JsonValue): number => Number(readInteger(json, 0n, 0xffff_ffffn));
const int32 = (json: JsonValue): number => Number(readInteger(json, -(2n ** 31n), 2n ** 31n - 1n));

/** Every field of a filter, in the order in which the API declares them; `experimental` stands apart. */
export const jsonFields: readonly JsonField[] = [
  ...texts("uuid", "sourceIp", "sourceIpXlated", "sourcePod", "sourceFqdn", "sourceLabel", "sourceService"),
  fieldOf("sourceWorkload", workload.write, workload.read),
  ...texts(
    "sourceClusterName",
    "destinationIp",
    "destinationPod",
    "destinationFqdn",
    "destinationLabel",
    "destinationService",
  ),
  fieldOf("destinationWorkload", workload.write, workload.read),
  ...texts("destinationClusterName"),
  fieldOf("trafficDirection", (item) => item, enumReader(trafficDirections)),
  fieldOf("verdict", (item) => item, enumReader(verdicts)),
  fieldOf("dropReasonDesc", (item) => (/^-?\d+$/.test(item) ? Number(item) : item), readDropReason),
  fieldOf(
    "interface",
    ({ index, name }) => withoutEmpty({ index, name }),
    (json) => {
      const { index, name } = objectOf(json, { index: identity, name: readString });
      return { index: index ?? 0, name: name ?? "" };
    },
  ),
  fieldOf(
    "eventType",
    ({ type, subType }) =>
      withoutEmpty({ type, match_sub_type: subType !== undefined, sub_type: subType ?? 0 }),
    (json) => {
      const read = { type: int32, match_sub_type: readTruth, sub_type: int32 };
      const { type = 0, match_sub_type, sub_type = 0 } = objectOf(json, read);
      return match_sub_type === true ? { type, subType: sub_type } : { type };
    },
  ),
  ...texts("httpStatusCode", "protocol", "sourcePort", "destinationPort"),
  fieldOf("reply", (item) => item, readTruth),
  ...texts("dnsQuery"),
  fieldOf("sourceIdentity", (item) => item, identity),
  fieldOf("destinationIdentity", (item) => item, identity),
  ...texts("httpMethod", "httpPath", "httpUrl"),
  fieldOf(
    "httpHeader",
    ({ key, value }) => withoutEmpty({ key, value }),
    (json) => {
      const { key, value } = objectOf(json, { key: readString, value: readString });
      return { key: key ?? "", value: value ?? "" };
    },
  ),
  fieldOf(
    "tcpFlags",
    (flags) => Object.fromEntries(flags.map((flag) => [flag, true])),
    (json): readonly TcpFlag[] => {
      const readers = Object.fromEntries(tcpFlags.map((flag) => [flag, readTruth]));
      const set = objectOf(json, readers);
      return tcpFlags.filter((flag) => set[flag] === true);
    },
  ),
  ...texts("nodeName", "nodeLabels"),
  fieldOf("ipVersion", (item) => item, enumReader(ipVersions)),
  ...texts("traceId"),
  fieldOf(
    "ipTraceId",
    (item) => item,
    (json) => String(readInteger(json, 0n, 2n ** 64n - 1n)),
  ),
  fieldOf("encrypted", (item) => item, readTruth),
];

/** Values that are their type's default are left out, as in proto3's JSON. */
function withoutEmpty(object: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => value !== "" && value !== 0 && value !== false),
  );
}

function enumReader<T extends string>(names: readonly T[]): (json: JsonValue) => T {
  return (json) => {
    const known = typeof json === "number" ? names[json] : names.find((name) => name === json);
    if (known !== undefined) return known;
    throw new NotAccepted(`${jsonText(json)} is none of ${names.join(", ")}`);
  };
}

/** A reason by name or number; a number without a name stands for itself. */
function readDropReason(json: JsonValue): string {
  if (typeof json === "number") {
    const number = int32(json);
    return dropReasons[number] ?? String(number);
  }
  const known = Object.values(dropReasons).find((name) => name === json);
  if (known !== undefined) return known;
  throw new NotAccepted(`${jsonText(json)} is no drop reason`);
}

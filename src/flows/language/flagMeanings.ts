import { type IpVersion, type TcpFlag, tcpFlags, verdicts } from "../flow.ts";
import type { FlowFilter, FlowFilterField, WorkloadFilter } from "../flowFilter.ts";
import { dropReasonNames } from "./dropReasons.ts";
import { maxUint32, maxUint64, readBoolean, readDecimal, readLiteral } from "./goNumber.ts";
import { reservedIdentityNumbers } from "./identityNames.ts";
import { readEventType } from "./readEventType.ts";
import type { Refusal } from "./refusal.ts";

/** One value of a field of {@link FlowFilter}. */
export type FieldItem<F extends FlowFilterField> = NonNullable<FlowFilter[F]>[number];

/** What a filter flag writes: `left` and `right` are the fields of the two filters of which either may admit a flow. */
export interface FlagMeaning {
  readonly left: FlowFilterField;
  readonly right: FlowFilterField;
  readonly read: (value: string) => { readonly item: unknown } | Refusal;
}

/** Is this why a value cannot be taken? */
export function isRefusal(result: { readonly item: unknown } | Refusal): result is Refusal {
  return "refused" in result;
}

function meaning<F extends FlowFilterField>(
  field: F,
  read: (value: string) => FieldItem<F> | Refusal,
  right: FlowFilterField = field,
): FlagMeaning {
  return {
    left: field,
    right,
    read: (value) => {
      const item = read(value);
      return typeof item === "object" && "refused" in item ? item : { item };
    },
  };
}

/** A flag of either end with its `from-` and `to-` twins. */
function ends<F extends FlowFilterField>(
  name: string,
  source: F,
  destination: F,
  read: (value: string) => FieldItem<F> | Refusal,
): readonly (readonly [string, FlagMeaning])[] {
  return [
    [name, meaning(source, read, destination)],
    [`from-${name}`, meaning(source, read)],
    [`to-${name}`, meaning(destination, read)],
  ];
}

const asWritten = (value: string): string => value;

/** What each filter flag means, by its long name; `--not` and the flags of namespaces mean something else. */
export const flagMeanings: ReadonlyMap<string, FlagMeaning> = new Map([
  ...ends("pod", "sourcePod", "destinationPod", asWritten),
  ...ends("service", "sourceService", "destinationService", asWritten),
  ...ends("workload", "sourceWorkload", "destinationWorkload", readWorkload),
  ...ends("label", "sourceLabel", "destinationLabel", asWritten),
  ...ends("identity", "sourceIdentity", "destinationIdentity", readIdentity),
  ...ends("ip", "sourceIp", "destinationIp", asWritten),
  ...ends("fqdn", "sourceFqdn", "destinationFqdn", asWritten),
  ...ends("port", "sourcePort", "destinationPort", asWritten),
  ...ends("cluster", "sourceClusterName", "destinationClusterName", asWritten),
  ["snat-ip", meaning("sourceIpXlated", asWritten)],
  ["verdict", meaning("verdict", readVerdict)],
  ["drop-reason-desc", meaning("dropReasonDesc", readDropReason)],
  ["type", meaning("eventType", readEventType)],
  ["traffic-direction", meaning("trafficDirection", readDirection)],
  ["protocol", meaning("protocol", asWritten)],
  ["tcp-flags", meaning("tcpFlags", readTcpFlags)],
  // Whatever value is written after them, as in --ipv4=v6.
  ["ipv4", meaning("ipVersion", () => "IPv4")],
  ["ipv6", meaning("ipVersion", () => "IPv6")],
  ["encrypted", meaning("encrypted", () => true)],
  ["unencrypted", meaning("encrypted", () => false)],
  ["ip-version", meaning("ipVersion", readIpVersion)],
  ["http-status", meaning("httpStatusCode", asWritten)],
  ["http-method", meaning("httpMethod", asWritten)],
  ["http-path", meaning("httpPath", asWritten)],
  ["http-url", meaning("httpUrl", asWritten)],
  ["http-header", meaning("httpHeader", readHeader)],
  ["node-name", meaning("nodeName", asWritten)],
  ["node-label", meaning("nodeLabels", asWritten)],
  ["interface", meaning("interface", (name) => ({ index: 0, name }))],
  ["uuid", meaning("uuid", asWritten)],
  ["trace-id", meaning("traceId", asWritten)],
  ["ip-trace-id", meaning("ipTraceId", readIpTraceId)],
  ["cel-expression", meaning("celExpression", asWritten)],
  ["reply", meaning("reply", readReply)],
  ["dns-query", meaning("dnsQuery", asWritten)],
]);

function readWorkload(value: string): WorkloadFilter {
  const slash = value.indexOf("/");
  return slash === -1
    ? { kind: "", name: value }
    : { kind: value.slice(0, slash), name: value.slice(slash + 1) };
}

function readIdentity(value: string): number | Refusal {
  const reserved = Object.hasOwn(reservedIdentityNumbers, value) ? reservedIdentityNumbers[value] : undefined;
  if (reserved !== undefined) return reserved;
  const number = readLiteral(value, maxUint32);
  if (number !== undefined) return Number(number);
  return { refused: `an identity is a number, or one of ${Object.keys(reservedIdentityNumbers).join(", ")}` };
}

function readVerdict(value: string): (typeof verdicts)[number] | Refusal {
  const verdict = verdicts.find((each) => each === value);
  return verdict ?? { refused: `a verdict is one of ${verdicts.slice(1).join(", ")}` };
}

function readDropReason(value: string): string | Refusal {
  if (dropReasonNames.includes(value)) return value;
  return { refused: "a drop reason is a name such as POLICY_DENIED or POLICY_DENY; completion lists them" };
}

function readDirection(value: string): "INGRESS" | "EGRESS" | Refusal {
  const direction = (["INGRESS", "EGRESS"] as const).find((each) => each === value.toUpperCase());
  return direction ?? { refused: "the direction is ingress or egress" };
}

function readTcpFlags(value: string): readonly TcpFlag[] | Refusal {
  const wanted = value.split(",").map((name) => tcpFlags.find((flag) => flag === name.toUpperCase()));
  const known = tcpFlags.filter((flag) => wanted.includes(flag));
  if (!wanted.includes(undefined)) return known;
  return { refused: `TCP flags are ${tcpFlags.join(", ")}, with commas between those that must all be set` };
}

/** What it does not know means “not IP”, as in the CLI. */
function readIpVersion(value: string): IpVersion {
  const version = /^(?:v|ip|ipv)?([46])$/i.exec(value)?.[1];
  if (version === undefined) return "IP_NOT_USED";
  return version === "4" ? "IPv4" : "IPv6";
}

function readHeader(value: string): { readonly key: string; readonly value: string } | Refusal {
  const colon = value.indexOf(":");
  if (colon === -1) return { refused: "a header is written KEY:VALUE" };
  return { key: value.slice(0, colon), value: value.slice(colon + 1) };
}

function readIpTraceId(value: string): string | Refusal {
  const number = readDecimal(value, maxUint64);
  if (number !== undefined && value !== "0") return String(number);
  return { refused: "the number of a trace is a decimal number above 0, of up to 64 bits" };
}

function readReply(value: string): boolean | Refusal {
  return readBoolean(value) ?? { refused: "--reply takes true or false, as in --reply=false" };
}

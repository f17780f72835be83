import type { FlowFilter, FlowFilterField } from "../flowFilter.ts";
import { agentEventNames, eventTypeNumbers } from "./eventTypeNames.ts";
import { tracePoints } from "../tracePoints.ts";
import type { TermText } from "./filterTerm.ts";
import { type FieldItem, flagMeanings } from "./flagMeanings.ts";
import { reservedIdentityNumbers } from "./identityNames.ts";

type Write<F extends FlowFilterField> = (item: FieldItem<F>) => string;
type Writers = { readonly [F in FlowFilterField]?: Write<F> };

/** How values are written after their flag, where that is not simply their text. */
const writers: Writers = {
  sourceWorkload: workloadText,
  destinationWorkload: workloadText,
  sourceIdentity: identityText,
  destinationIdentity: identityText,
  eventType: ({ type, subType }) => eventTypeText(type, subType),
  trafficDirection: (direction) => direction.toLowerCase(),
  tcpFlags: (flags) => flags.join(","),
  ipVersion: (version) => ({ IPv4: "v4", IPv6: "v6", IP_NOT_USED: "none" })[version],
  httpHeader: ({ key, value }) => `${key}:${value}`,
  interface: ({ name }) => name,
};

/** Fields whose values each have a flag of their own, or need none after theirs. */
const special: Partial<Record<FlowFilterField, (item: unknown) => Omit<TermText, "negated">>> = {
  encrypted: (item) => ({ flag: item === true ? "encrypted" : "unencrypted", value: undefined }),
  reply: (item) => ({ flag: "reply", value: item === true ? undefined : "false" }),
};

/** The flag of each field, and of each pair of fields that are the two ends of one thing. */
const flagOfField = new Map<FlowFilterField, string>([["ipVersion", "ip-version"]]);
const endsWithFlag: {
  readonly flag: string;
  readonly left: FlowFilterField;
  readonly right: FlowFilterField;
}[] = [];
for (const [flag, { left, right }] of flagMeanings) {
  if (left !== right) endsWithFlag.push({ flag, left, right });
  else if (!flagOfField.has(left)) flagOfField.set(left, flag);
}

/** The pairs of fields that one flag asks of either end, such as that of `--pod`. */
export const eitherEnds: readonly (typeof endsWithFlag)[number][] = endsWithFlag;

/**
 * The terms that ask a field's values, by the flag that asks just this field, or by another one. What they mean may not be
 * just the same, where flags cannot say it: see {@link compileTerms}.
 */
export function fieldTerms(
  filter: FlowFilter,
  field: FlowFilterField,
  negated: boolean,
  flag: string = flagOfField.get(field) ?? field,
): readonly TermText[] {
  const items: readonly unknown[] = filter[field] ?? [];
  const one = special[field];
  if (one) return items.map((item) => ({ ...one(item), negated }));
  const write = (writers[field] ?? String) as (item: unknown) => string;
  return items.map((item) => ({ flag, negated, value: write(item) }));
}

function workloadText({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return kind === "" ? name : `${kind}/${name}`;
}

function identityText(identity: number): string {
  const reserved = Object.entries(reservedIdentityNumbers).find(([, number]) => number === identity);
  return reserved?.[0] ?? String(identity);
}

function eventTypeText(type: number, subType: number | undefined): string {
  const name = Object.entries(eventTypeNumbers).find(([, number]) => number === type)?.[0];
  // A negative number stands for one of 32 bits without a sign.
  const typeText = name ?? String(type >>> 0);
  if (subType === undefined) return typeText;
  const names = name === "trace" ? tracePoints : name === "agent" ? agentEventNames : [];
  return `${typeText}:${names[subType] ?? String(subType >>> 0)}`;
}

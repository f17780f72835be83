import type { DirectionTally, L7Tally, OthersTally, RuleTally } from "../../policy/tallyEntry.ts";
import { agoText, countText, spanText } from "../numberText.ts";
import type { Translate } from "../translate.ts";

const separator = " · ";
const namesShown = 2;

/** The counts of a direction: what no rule of it accounts for. */
export function directionText(entry: DirectionTally, nowMs: number, t: Translate): string {
  if (entry.enforced === false) return t("not enforced");
  const parts: string[] = [];
  if (entry.enforced === null) parts.push(t("enforcement unknown"));
  // What may select nobody has no zeros.
  const isOpen = entry.enforced === null && entry.defaultDenied === 0;
  if (entry.defaultDenied === null || isOpen) parts.push(t("denied by default: unknown"));
  else if (entry.defaultDenied === 0) parts.push(t("0 denied by default"));
  else parts.push(`${t("✗ {0} denied by default", countText(entry.defaultDenied))}${peersText(entry)}`);
  if (entry.lastDeniedMs !== null) parts.push(lastText(entry.lastDeniedMs, nowMs, t));
  pushOthers(parts, entry, t);
  pushCount(parts, entry.defaultAllowed, (count) => t("✓ {0} allowed without a rule", count));
  pushCount(parts, entry.audited, (count) => t("○ {0} audited", count));
  pushCount(parts, entry.authRequired, (count) => t("{0} waiting for authentication", count));
  pushCount(parts, entry.localhost, (count) => t("{0} from the local host", count));
  pushCount(parts, entry.differs, (count) => t("! differs from the loaded policy {0}", count));
  return parts.join(separator);
}

function lastText(atMs: number, nowMs: number, t: Translate): string {
  return nowMs - atMs < 1000 ? t("last just now") : t("last {0} ago", spanText(nowMs - atMs));
}

/** What other policies decided for the same endpoints: their names stand after the last of the two counts. */
function pushOthers(parts: string[], { others, policy }: DirectionTally, t: Translate): void {
  const names = othersNames(others, namespaceOf(policy));
  const denies = others.denied > 0;
  pushCount(parts, others.allowed, (count) =>
    t("✓ {0} allowed by other policies{1}", count, denies ? "" : names),
  );
  pushCount(parts, others.denied, (count) => t("✗ {0} denied by other policies{1}", count, names));
}

function othersNames({ policies }: OthersTally, namespace: string): string {
  return listed(policies.map(({ policy, count }) => `${shortName(policy, namespace)} ${countText(count)}`));
}

function peersText({ topDenied, policy }: DirectionTally): string {
  const namespace = namespaceOf(policy);
  return listed(topDenied.map(({ peer, count }) => `${shortName(peer, namespace)} ${countText(count)}`));
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return "";
  return ` (${names.slice(0, namesShown).join(", ")}${names.length > namesShown ? ", …" : ""})`;
}

/** The namespace of a policy by its name `namespace/name`; empty for one that has none. */
export function namespaceOf(policy: string): string {
  return policy.slice(0, Math.max(0, policy.indexOf("/")));
}

/** A name `namespace/name` without the namespace, where that is the one given. */
export function shortName(name: string, namespace: string): string {
  return namespace !== "" && name.startsWith(`${namespace}/`) ? name.slice(namespace.length + 1) : name;
}

/** The counts of a rule. */
export function ruleText(entry: RuleTally, nowMs: number, t: Translate): string {
  const parts: string[] = [];
  const denies = entry.section === "ingressDeny" || entry.section === "egressDeny";
  if (denies) {
    parts.push(entry.denied === null ? t("denied unknown") : t("✗ {0} denied", countText(entry.denied)));
  } else {
    parts.push(entry.allowed === null ? t("allowed unknown") : t("✓ {0} allowed", countText(entry.allowed)));
    pushCount(parts, entry.denied, (count) => t("✗ {0} denied", count));
    pushCount(parts, entry.nearMiss, (count) => nearMissText(count, entry.nearMissPorts, t));
  }
  pushCount(parts, entry.l7Denied, (count) => {
    return entry.l7Denied === 1 ? t("✗ 1 request denied") : t("✗ {0} requests denied", count);
  });
  pushCount(parts, entry.possible, (count) => {
    const [first] = entry.needs;
    if (first === undefined) return t("possible {0}", count);
    // Of a fact with its reason (`the agents' version: from 1.19 on …`) the fact will do here.
    const fact = first.split(": ", 1)[0] ?? first;
    return t("possible {0}: needs {1}", count, entry.needs.length > 1 ? `${fact}, …` : fact);
  });
  if (entry.perMinute >= 1) parts.push(t("{0}/min", countText(entry.perMinute)));
  if (entry.lastHitMs !== null) parts.push(agoText(entry.lastHitMs, nowMs, t));
  return parts.join(separator);
}

function nearMissText(count: string, ports: readonly string[], t: Translate): string {
  if (ports.length === 0) return t("✗ {0} denied: port", count);
  return t("✗ {0} denied: port {1}", count, ports.join(", "));
}

/** The requests that one entry of a rule's L7 part admitted. */
export function l7Text(entry: L7Tally, nowMs: number, t: Translate): string {
  if (entry.l7Allowed === null) return t("requests unknown");
  const count = countText(entry.l7Allowed);
  const parts = [entry.l7Allowed === 1 ? t("✓ 1 request") : t("✓ {0} requests", count)];
  if (entry.lastHitMs !== null) parts.push(agoText(entry.lastHitMs, nowMs, t));
  return parts.join(separator);
}

/** Adds what is there: a count that is 0, or that cannot be known, is left out. */
function pushCount(parts: string[], count: number | null, text: (count: string) => string): void {
  if (count !== null && count > 0) parts.push(text(countText(count)));
}

import { assertNever } from "../../base/assertNever.ts";
import type {
  DirectionTally,
  L7Tally,
  PeerCount,
  PolicyTally,
  RuleTally,
  TallyBasis,
  TallyEntry,
} from "../../policy/tallyEntry.ts";
import type { AppliedState, DocumentTally } from "../../protocol/engine.ts";
import { agoText, countText, shortCountText, spanText } from "../numberText.ts";
import type { Translate } from "../translate.ts";

/** What a lens needs to know besides its own numbers. */
export interface LensSituation {
  /** The wall clock while live; the newest flow's time in a capture. */
  readonly nowMs: number;
  /** Since when flows stream; `null` when none can come. */
  readonly streamingSinceMs: number | null;
  /** Where the numbers come from, for the head: how connected and on what. */
  readonly source: LensSource;
}

export interface LensSource {
  /** `live`: streaming; `connecting`: for the first time or again; `lost`: the connection, for now; `capture`: a file. */
  readonly kind: "live" | "connecting" | "lost" | "capture";
  readonly demo: boolean;
  /** Nodes connected, of all; `null` when it is not known. */
  readonly nodes: { readonly connected: number; readonly all: number } | null;
  readonly lostEvents: number;
}

const separator = " · ";
const peersShown = 2;

/** The text of the lens over one entry of a tally. */
export function lensText(
  entry: TallyEntry,
  document: DocumentTally,
  situation: LensSituation,
  t: Translate,
): string {
  if (entry.type === "policy") return headText(entry, document, situation, t);
  if (document.basis.source === "none") return waitingText(situation, t);
  if (isIdle(entry, document)) {
    return entry.type === "direction" ? t("not enforced: not applied") : t("no decisions: not applied");
  }
  switch (entry.type) {
    case "direction":
      return directionText(entry, situation.nowMs, t);
    case "rule":
      return ruleText(entry, situation.nowMs, t);
    case "l7":
      return l7Text(entry, situation.nowMs, t);
    default:
      return assertNever(entry);
  }
}

/** Is the policy known not to be in the cluster, and nothing decided that could be counted at it? Its zeros say nothing. */
function isIdle(entry: TallyEntry, document: DocumentTally): boolean {
  if (appliedState(entry, document) !== "absent") return false;
  if (
    entry.type === "direction" ? (entry.differs ?? 0) > 0 : "lastHitMs" in entry && entry.lastHitMs !== null
  ) {
    return false;
  }
  const head = document.entries.find(
    (other) => other.type === "policy" && other.policy === entry.policy && other.kind === entry.kind,
  );
  return head?.type === "policy" && head.attempts === 0;
}

function headText(
  entry: PolicyTally,
  document: DocumentTally,
  situation: LensSituation,
  t: Translate,
): string {
  const { source, nowMs, streamingSinceMs } = situation;
  const parts: string[] = [];
  if (document.basis.source === "none") {
    const waited = streamingSinceMs === null ? 0 : nowMs - streamingSinceMs;
    if (source.kind === "capture") parts.push(t("no policy decisions in this capture"));
    else if (waited < 1000) parts.push(t("waiting for flows"));
    else parts.push(t("waiting for flows ({0})", spanText(waited)));
  } else if (!isIdle(entry, document)) {
    parts.push(endpointsText(entry.endpoints, t), attemptsText(entry, document.basis, t));
    if (document.basis.source === "drops") parts.push(t("no verdict events seen: allowed unknown"));
    if (document.notSeenMs !== undefined && document.notSeenMs >= 1000)
      parts.push(t("{0} of it not seen", spanText(document.notSeenMs)));
  }
  if (source.kind === "lost") parts.push(t("connection lost"));
  if (source.kind === "connecting") parts.push(t("connecting"));
  if (source.nodes) parts.push(t("{0}/{1} nodes", source.nodes.connected, source.nodes.all));
  if (source.lostEvents > 0) parts.push(t("{0} events lost", shortCountText(source.lostEvents)));
  if (source.kind === "capture") parts.push(t("capture"));
  else parts.push(appliedText(appliedState(entry, document), t));
  if (source.demo) parts.push(t("demo"));
  return `Hubble ${source.kind === "live" || source.kind === "capture" ? "●" : "○"} ${parts.join(separator)}`;
}

/** What is known of a policy of a document being the one in the cluster. */
export function appliedState(
  entry: Pick<TallyEntry, "policy" | "kind">,
  document: DocumentTally,
): AppliedState {
  const found = document.applied.find(({ policy, kind }) => policy === entry.policy && kind === entry.kind);
  return found?.state ?? "unknown";
}

function endpointsText(endpoints: number, t: Translate): string {
  if (endpoints === 0) return t("no endpoint of it seen");
  return endpoints === 1 ? t("1 endpoint") : t("{0} endpoints", shortCountText(endpoints));
}

function attemptsText({ attempts }: PolicyTally, basis: TallyBasis, t: Translate): string {
  const spanMs = basis.sinceMs === null || basis.untilMs === null ? 0 : basis.untilMs - basis.sinceMs;
  const span = spanMs < 1000 ? null : spanText(spanMs);
  if (attempts === null) return span === null ? t("attempts unknown") : t("attempts unknown in {0}", span);
  const count = shortCountText(attempts);
  if (span === null) return attempts === 1 ? t("1 attempt") : t("{0} attempts", count);
  return attempts === 1 ? t("1 attempt in {0}", span) : t("{0} attempts in {1}", count, span);
}

function appliedText(state: AppliedState, t: Translate): string {
  switch (state) {
    case "same":
      return t("applied ✓");
    case "differs":
      // The flows were decided by what is applied; which rule each is counted at, by what is read here.
      return t("differs from the applied policy: counts judge this text");
    case "absent":
      return t("not applied");
    case "unknown":
      return t("applied: unknown");
    default:
      return assertNever(state);
  }
}

function waitingText({ source }: LensSituation, t: Translate): string {
  return source.kind === "capture" ? t("no decisions in this capture") : t("waiting for flows");
}

function directionText(entry: DirectionTally, nowMs: number, t: Translate): string {
  if (entry.enforced === false) return t("not enforced");
  const parts: string[] = [];
  if (entry.enforced === null) parts.push(t("enforcement unknown"));
  if (entry.defaultDenied === null) parts.push(t("denied by default: unknown"));
  else if (entry.defaultDenied === 0) parts.push(t("0 denied by default"));
  else parts.push(`${t("✗ {0} denied by default", countText(entry.defaultDenied))}${peersText(entry)}`);
  pushCount(parts, entry.defaultAllowed, (count) => t("✓ {0} allowed without a rule", count));
  pushCount(parts, entry.audited, (count) => t("○ {0} audited", count));
  pushCount(parts, entry.authRequired, (count) => t("{0} waiting for authentication", count));
  pushCount(parts, entry.localhost, (count) => t("{0} from the local host", count));
  pushCount(parts, entry.differs, (count) => t("! differs from the loaded policy {0}", count));
  if (entry.lastDeniedMs !== null) parts.push(lastText(entry.lastDeniedMs, nowMs, t));
  return parts.join(separator);
}

function lastText(atMs: number, nowMs: number, t: Translate): string {
  return nowMs - atMs < 1000 ? t("last just now") : t("last {0} ago", spanText(nowMs - atMs));
}

function peersText({ topDenied, policy }: DirectionTally): string {
  if (topDenied.length === 0) return "";
  const namespace = policy.includes("/") ? policy.slice(0, policy.indexOf("/") + 1) : "";
  const shown = topDenied.slice(0, peersShown).map((peer) => peerText(peer, namespace));
  return ` (${shown.join(", ")}${topDenied.length > peersShown ? ", …" : ""})`;
}

function peerText({ peer, count }: PeerCount, namespace: string): string {
  const name = namespace !== "" && peer.startsWith(namespace) ? peer.slice(namespace.length) : peer;
  return `${name} ${countText(count)}`;
}

function ruleText(entry: RuleTally, nowMs: number, t: Translate): string {
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
    return entry.needs.length > 0
      ? t("possible {0}: needs {1}", count, entry.needs.join(", "))
      : t("possible {0}", count);
  });
  if (entry.perMinute >= 1) parts.push(t("{0}/min", countText(entry.perMinute)));
  if (entry.lastHitMs !== null) parts.push(agoText(entry.lastHitMs, nowMs, t));
  return parts.join(separator);
}

function nearMissText(count: string, ports: readonly string[], t: Translate): string {
  if (ports.length === 0) return t("✗ {0} denied: port", count);
  return t("✗ {0} denied: port {1}", count, ports.join(", "));
}

function l7Text(entry: L7Tally, nowMs: number, t: Translate): string {
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

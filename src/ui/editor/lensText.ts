import { assertNever } from "../../base/assertNever.ts";
import type { PolicyTally, TallyBasis, TallyEntry } from "../../policy/tallyEntry.ts";
import type { AppliedState, DocumentTally } from "../../protocol/engine.ts";
import { shortCountText, spanText } from "../numberText.ts";
import type { Translate } from "../translate.ts";
import { directionText, l7Text, ruleText } from "./lensCountText.ts";

/** The numbers that a document's lenses show. */
export interface ShownTally extends DocumentTally {
  /** They are those of the last text that could be read: the present one has a mistake, and is counted once it has none. */
  readonly standsStill?: true;
}

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
/** A reason longer than this is cut: the tooltip has all of it. */
const reasonLength = 80;

/** The text of the lens over one entry of a tally. */
export function lensText(
  entry: TallyEntry,
  document: ShownTally,
  situation: LensSituation,
  t: Translate,
): string {
  const refused = refusalOf(entry, document);
  if (entry.type === "policy") {
    return refused === undefined ? headText(entry, document, situation, t) : refusedText(entry, refused, t);
  }
  if (refused !== undefined) {
    return entry.type === "direction" ? t("not enforced: refused") : t("no effect: refused");
  }
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
function isIdle(entry: TallyEntry, document: ShownTally): boolean {
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

function headText(entry: PolicyTally, document: ShownTally, situation: LensSituation, t: Translate): string {
  const { source, nowMs, streamingSinceMs } = situation;
  const parts: string[] = [];
  if (document.basis.source === "none") {
    const waited = streamingSinceMs === null ? 0 : nowMs - streamingSinceMs;
    if (source.kind === "capture") parts.push(t("no policy decisions in this capture"));
    else if (waited < 1000) parts.push(t("waiting for flows"));
    else parts.push(t("waiting for flows ({0})", spanText(waited)));
  } else if (!isIdle(entry, document)) {
    parts.push(endpointsText(entry, t), attemptsText(entry, document.basis, t));
    if (document.basis.source === "drops") parts.push(t("no verdict events seen: allowed unknown"));
    if (document.notSeenMs !== undefined && document.notSeenMs >= 1000)
      parts.push(t("{0} of it not seen", spanText(document.notSeenMs)));
  }
  if (document.standsStill) parts.push(t("counts stand still: the text has a mistake"));
  if (source.kind === "lost") parts.push(t("connection lost"));
  if (source.kind === "connecting") parts.push(t("connecting"));
  if (source.nodes) parts.push(t("{0}/{1} nodes", source.nodes.connected, source.nodes.all));
  if (source.lostEvents > 0) parts.push(t("{0} events lost", shortCountText(source.lostEvents)));
  if (source.kind === "capture") parts.push(t("capture"));
  else parts.push(appliedText(appliedState(entry, document), t));
  if (source.demo) parts.push(t("demo"));
  const isCounting = (source.kind === "live" || source.kind === "capture") && !document.standsStill;
  return `Hubble ${isCounting ? "●" : "○"} ${parts.join(separator)}`;
}

/** Why a policy of a document is refused, and so does nothing; `undefined`: it is not. */
export function refusalOf(
  entry: Pick<TallyEntry, "policy" | "kind">,
  document: ShownTally,
): string | undefined {
  return appliedEntry(entry, document)?.refused;
}

function refusedText({ kind }: PolicyTally, reason: string, t: Translate): string {
  const short = reason.length > reasonLength ? `${reason.slice(0, reasonLength).trimEnd()}…` : reason;
  return kind === "NetworkPolicy"
    ? t("Hubble ✗ refused by the API server: {0}", short)
    : t("Hubble ✗ refused by agents, no effect: {0}", short);
}

/** What is known of a policy of a document being the one in the cluster. */
export function appliedState(entry: Pick<TallyEntry, "policy" | "kind">, document: ShownTally): AppliedState {
  return appliedEntry(entry, document)?.state ?? "unknown";
}

function appliedEntry(
  entry: Pick<TallyEntry, "policy" | "kind">,
  { applied }: DocumentTally,
): DocumentTally["applied"][number] | undefined {
  // Of namesakes in one document the last one counts.
  return applied.findLast(({ policy, kind }) => policy === entry.policy && kind === entry.kind);
}

function endpointsText({ endpoints, moreEndpoints }: PolicyTally, t: Translate): string {
  if (moreEndpoints) return t("more than {0} endpoints", shortCountText(endpoints));
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

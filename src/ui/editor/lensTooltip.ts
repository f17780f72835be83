import { assertNever } from "../../base/assertNever.ts";
import type {
  Count,
  DeniedPeer,
  DirectionTally,
  L7Tally,
  PeerCount,
  PolicyTally,
  RuleTally,
  TallyEntry,
} from "../../policy/tallyEntry.ts";
import type { DocumentTally } from "../../protocol/engine.ts";
import { countText, spanText } from "../numberText.ts";
import type { Translate } from "../translate.ts";
import { namespaceOf, shortName } from "./lensCountText.ts";
import { type LensSituation, refusalOf } from "./lensText.ts";
import { mismatchText } from "./mismatchText.ts";

/** The whole of what the lens over an entry says in short, line by line; and what a click shows. */
export function lensTooltip(
  entry: TallyEntry,
  document: DocumentTally,
  { source }: LensSituation,
  t: Translate,
): string {
  const refused = refusalOf(entry, document);
  if (refused !== undefined) return refused;
  switch (entry.type) {
    case "policy":
      return [...headLines(entry, document, t), ...coverageLines(document, source, t)].join("\n");
    case "direction":
      return directionLines(entry, t).join("\n");
    case "rule":
      return ruleLines(entry, t).join("\n");
    case "l7":
      return l7Lines(entry, t).join("\n");
    default:
      return assertNever(entry);
  }
}

function headLines(entry: PolicyTally, { basis, elsewhere }: DocumentTally, t: Translate): string[] {
  const lines: string[] = [];
  if (basis.source === "verdicts") {
    lines.push(
      t("Connection attempts, by the policy verdicts that Hubble reports; requests are counted apart."),
    );
  } else if (basis.source === "drops") {
    lines.push(
      t("Only drops came, and no policy verdicts: what was allowed cannot be known."),
      t("Agents report verdicts unless the Helm value bpf.events.policyVerdict.enabled is off."),
    );
  }
  const { otherPolicies, undecided, differs } = elsewhere;
  if (otherPolicies > 0) {
    lines.push(
      t(
        "In the whole cluster {0} attempts were decided by policies that are not known here.",
        countText(otherPolicies),
      ),
    );
  }
  if (undecided > 0) {
    lines.push(
      t(
        "In the whole cluster {0} attempts were allowed, it cannot be told by which policy.",
        countText(undecided),
      ),
    );
  }
  if (differs > 0) {
    lines.push(
      t(
        "In the whole cluster Hubble reports another decision of {0} attempts than the policies known here give.",
        countText(differs),
      ),
    );
  }
  if (entry.endpoints === 0 && basis.source !== "none") {
    lines.push(t("No flow of an endpoint that this policy selects was seen."));
  }
  return lines;
}

/** How much of what happened can have been seen at all. */
function coverageLines(
  { notSeenMs = 0 }: DocumentTally,
  { nodes, lostEvents }: LensSituation["source"],
  t: Translate,
): string[] {
  const lines: string[] = [];
  if (nodes) lines.push(t("Seen: {0} of {1} nodes.", nodes.connected, nodes.all));
  if (lostEvents > 0)
    lines.push(t("Nodes lost {0} events: what they were is not known.", countText(lostEvents)));
  if (notSeenMs >= 1000) lines.push(t("Nothing was seen for {0} of the time.", spanText(notSeenMs)));
  return lines;
}

function directionLines(entry: DirectionTally, t: Translate): string[] {
  const namespace = namespaceOf(entry.policy);
  const lines: string[] = [];
  if (entry.enforced === null) {
    lines.push(
      t("It depends on how agents are set whether they enforce this: see the settings of Hubble Lens."),
    );
  }
  if (entry.topDenied.length > 0) lines.push(t("Denied by default, no rule admits them:"));
  for (const peer of entry.topDenied) lines.push(deniedLine(peer, namespace, t));
  for (const { policy, count } of entry.others.policies) {
    lines.push(t("Decided by {0}: {1}", shortName(policy, namespace), countText(count)));
  }
  pushCount(lines, entry.audited, (count) =>
    t("Audited: {0} would be denied if policy were enforced.", count),
  );
  pushCount(lines, entry.authRequired, (count) =>
    t("Waiting for authentication: {0} are dropped until the handshake is done.", count),
  );
  pushCount(lines, entry.localhost, (count) =>
    t("From the local host: {0}. A node always reaches its pods.", count),
  );
  pushCount(lines, entry.defaultAllowed, (count) =>
    t("Allowed without a rule: {0}, as enableDefaultDeny is false.", count),
  );
  pushCount(lines, entry.differs, (count) =>
    t("Differs: of {0} Hubble reports another decision than the policies known here give.", count),
  );
  lines.push(
    clickText(
      sum(
        entry.defaultDenied,
        entry.audited,
        entry.authRequired,
        entry.localhost,
        entry.defaultAllowed,
        entry.differs,
      ),
      t,
    ),
  );
  return lines;
}

function deniedLine(peer: DeniedPeer, namespace: string, t: Translate): string {
  const line = peerLine(peer, namespace, t);
  if (!peer.missed) return line;
  const path = peer.missed.path.replace(/^specs?(\[\d+\])?\./, "");
  return `${line}: ${mismatchText(peer.missed, t)} (${path})`;
}

function ruleLines(entry: RuleTally, t: Translate): string[] {
  const namespace = namespaceOf(entry.policy);
  const lines: string[] = [];
  if (entry.allowed === null) lines.push(t("What was allowed cannot be known: no policy verdicts came."));
  for (const peer of entry.topPeers) lines.push(peerLine(peer, namespace, t));
  pushCount(lines, entry.nearMiss, (count) => {
    const ports = entry.nearMissPorts.join(", ");
    if (ports === "") return t("{0} denied by default: the peer fits, the port does not.", count);
    return t("{0} denied by default: the peer fits, the port does not ({1}).", count, ports);
  });
  pushCount(lines, entry.possible, (count) =>
    t("{0} may or may not have been decided here. To tell, this is missing:", count),
  );
  lines.push(...entry.needs.map((need) => `– ${need}`));
  const requests = (entry.l7Allowed ?? 0) + (entry.l7Denied ?? 0);
  lines.push(clickText(sum(entry.allowed, entry.denied, entry.nearMiss), t, requests));
  return lines;
}

function l7Lines(entry: L7Tally, t: Translate): string[] {
  return [t("A click shows the events of {0}.", requestsText(entry.l7Allowed ?? 0, t))];
}

function peerLine({ peer, count, lastMs }: PeerCount, namespace: string, t: Translate): string {
  return t("{0}  {1}, last at {2}", shortName(peer, namespace), countText(count), clockText(lastMs));
}

/** The table shows more lines than the lens counts: it says so. */
function clickText(attempts: number, t: Translate, requests = 0): string {
  const counted = attempts === 1 ? t("1 attempt") : t("{0} attempts", countText(attempts));
  return requests === 0
    ? t("A click shows the events of {0}. One attempt may have several: each packet denied is one.", counted)
    : t(
        "A click shows the events of {0}, which may be several each, and {1}.",
        counted,
        requestsText(requests, t),
      );
}

function requestsText(requests: number, t: Translate): string {
  return requests === 1 ? t("1 request") : t("{0} requests", countText(requests));
}

function clockText(atMs: number): string {
  const at = new Date(atMs);
  return [at.getHours(), at.getMinutes(), at.getSeconds()]
    .map((part) => String(part).padStart(2, "0"))
    .join(":");
}

function sum(...counts: readonly Count[]): number {
  return counts.reduce<number>((total, count) => total + (count ?? 0), 0);
}

function pushCount(lines: string[], count: Count, text: (count: string) => string): void {
  if (count !== null && count > 0) lines.push(text(countText(count)));
}

import type { Layer7 } from "../flows/flow.ts";
import { type Connection, decide } from "./decide.ts";
import type { Decision, L7EntryMatch, MissingFact, RequestDecision, RuleMatch } from "./decision.ts";
import type { PolicySet } from "./policySet.ts";
import { l7PartOf, matchItem } from "./portMatcher.ts";
import { matchRequest, unseenHeaders } from "./requestMatcher.ts";

/** What the policies say about one request of a connection that they allow. */
export function decideRequest(
  set: PolicySet,
  connection: Connection,
  record: Layer7["record"],
): RequestDecision {
  return decideRequestWithin(decide(set, connection), connection, { set, record });
}

/** The same, for a connection that is decided already. */
export function decideRequestWithin(
  decision: Decision,
  connection: Connection,
  request: { readonly set: PolicySet; readonly record: Layer7["record"] },
): RequestDecision {
  const entries: L7EntryMatch[] = [];
  const undecidable: (L7EntryMatch & { missing: MissingFact })[] = [];
  const unseen: (L7EntryMatch & { missing: MissingFact })[] = [];
  const l7Rules: RuleMatch[] = [];
  const openRules: RuleMatch[] = [];
  let maybeOpen = false;
  for (const match of decision.rules) {
    if (match.section.effect === "deny" || match.decides === "no") continue;
    const parts = partsOf(match, connection, request.set);
    if (parts.some(({ l7 }) => l7)) l7Rules.push(match);
    const isOpen = parts.some(({ l7, proxied, decided }) => !l7 && !proxied && decided);
    if (isOpen && match.decides === "yes") openRules.push(match);
    else maybeOpen ||= parts.some(({ l7 }) => !l7);
    for (const { l7, decided } of parts) {
      for (const entry of l7?.entries ?? []) {
        const answer = matchRequest(entry, request.record, request.set.context);
        if (answer === "no") {
          const missing = unseenHeaders(entry, request.record, request.set.context);
          if (missing) unseen.push({ match, entry, missing });
          continue;
        }
        const missing = typeof answer === "string" ? match.missing[0] : answer;
        if (answer === "yes" && match.decides === "yes" && decided) entries.push({ match, entry });
        else undecidable.push({ match, entry, missing: missing ?? { field: "port", needs: "the port" } });
      }
    }
  }
  const admitted = entries.length > 0 || openRules.length > 0;
  const verdict = verdictOf(decision, admitted, maybeOpen || undecidable.length > 0);
  return { verdict, entries, undecidable, unseen, l7Rules, openRules };
}

interface Part {
  readonly l7: NonNullable<Exclude<RuleMatch["rule"]["ports"], "any">[number]["l7"]> | undefined;
  /** TLS, SNI or a listener decides, too, of which no flow tells. */
  readonly proxied: boolean;
  /** Does its port fit for sure? */
  readonly decided: boolean;
}

/** The parts of a rule whose ports fit: each decides about requests on its own. */
function partsOf(match: RuleMatch, connection: Connection, set: PolicySet): readonly Part[] {
  const { ports } = match.rule;
  if (ports === "any") return [{ l7: undefined, proxied: false, decided: true }];
  const { direction } = connection;
  const subject = direction === "ingress" ? connection.destination : connection.source;
  return ports.flatMap((item) => {
    const answer = matchItem(item, { direction, subject, l4: connection.l4 }, set.context);
    const l7 = l7PartOf(item, set.context);
    return answer === "no" ? [] : [{ l7, proxied: item.proxied, decided: answer === "yes" }];
  });
}

function verdictOf(decision: Decision, admitted: boolean, open: boolean): RequestDecision["verdict"] {
  if (decision.verdict === "denied") return "denied";
  if (decision.verdict === "undecidable") return "undecidable";
  // Where nothing is denied by default, the agent adds an entry to each L7 part that admits every request.
  if (decision.reason !== "allow-rule" || decision.deniesByDefault === false || admitted) return "allowed";
  return open ? "undecidable" : "denied";
}

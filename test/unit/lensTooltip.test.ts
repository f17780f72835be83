import assert from "node:assert/strict";
import test from "node:test";
import type { Mismatch } from "../../src/policy/mismatch.ts";
import type { TallyEntry } from "../../src/policy/tallyEntry.ts";
import type { DocumentTally } from "../../src/protocol/engine.ts";
import type { LensSituation } from "../../src/ui/editor/lensText.ts";
import { lensTooltip } from "../../src/ui/editor/lensTooltip.ts";
import { mismatchText } from "../../src/ui/editor/mismatchText.ts";
import { untranslated as t } from "../../src/ui/translate.ts";
import { direction, head, l7, nothingElsewhere, rule } from "../support/makeTally.ts";

const noon = new Date(2024, 4, 17, 12, 0, 5).getTime();
const live: LensSituation = {
  nowMs: noon,
  streamingSinceMs: 0,
  source: { kind: "live", demo: false, nodes: { connected: 2, all: 3 }, lostEvents: 1_042 },
};

function check(entry: TallyEntry, expected: readonly string[], given: Partial<DocumentTally> = {}): void {
  const document: DocumentTally = {
    uri: "file:///rule1.yaml",
    version: 1,
    problems: [],
    entries: [entry],
    elsewhere: nothingElsewhere,
    basis: { source: "verdicts", sinceMs: 0, untilMs: noon },
    applied: [],
    ...given,
  };
  assert.deepEqual(lensTooltip(entry, document, live, t).split("\n"), expected);
}

test("a head's tooltip says what the numbers stand on and how much was seen", () => {
  const verdicts =
    "Connection attempts, by the policy verdicts that Hubble reports; requests are counted apart.";
  const seen = ["Seen: 2 of 3 nodes.", "Nodes lost 1,042 events: what they were is not known."];
  check(head(), [verdicts, ...seen]);
  check(
    head({ endpoints: 0 }),
    [
      verdicts,
      "In the whole cluster 3 attempts were decided by policies that are not known here.",
      "In the whole cluster 2 attempts were allowed, it cannot be told by which policy.",
      "In the whole cluster Hubble reports another decision of 4 attempts than the policies known here give.",
      "No flow of an endpoint that this policy selects was seen.",
      ...seen,
      "Nothing was seen for 14 s of the time.",
    ],
    { elsewhere: { ...nothingElsewhere, otherPolicies: 3, undecided: 2, differs: 4 }, notSeenMs: 14_000 },
  );
  check(
    head(),
    [
      "Only drops came, and no policy verdicts: what was allowed cannot be known.",
      "Agents report verdicts unless the Helm value bpf.events.policyVerdict.enabled is off.",
      ...seen,
    ],
    { basis: { source: "drops", sinceMs: 0, untilMs: noon } },
  );
});

test("a direction's tooltip says why who was denied", () => {
  const at = { path: "spec.ingress[0].fromEndpoints[0]", range: { start: 0, end: 1 } };
  const missed: Mismatch = {
    fact: "label",
    wanted: { source: "any", key: "org", operator: "In", values: ["empire"], label: true },
    found: "alliance",
    met: 0,
    ...at,
  };
  check(
    direction({
      defaultDenied: 42,
      topDenied: [
        { peer: "default/xwing", count: 41, lastMs: noon, missed },
        { peer: "world", count: 1, lastMs: noon },
      ],
      others: { allowed: 12, denied: 0, policies: [{ policy: "default/base", count: 12 }] },
      differs: 1,
    }),
    [
      "Denied by default, no rule admits them:",
      "xwing  41, last at 12:00:05: its label org is alliance, the rule asks for empire (ingress[0].fromEndpoints[0])",
      "world  1, last at 12:00:05",
      "Decided by base: 12",
      "Differs: of 1 Hubble reports another decision than the policies known here give.",
      "A click shows the events of 43 attempts. One attempt may have several: each packet denied is one.",
    ],
  );
});

test("a rule's tooltip says who, what only just not, and what is missing to tell", () => {
  check(
    rule({
      allowed: 1_180,
      nearMiss: 7,
      nearMissPorts: ["8080"],
      possible: 2,
      needs: ["Service objects", "the agents' version: from 1.19 on"],
      l7Allowed: 3,
      l7Denied: 1,
      topPeers: [{ peer: "default/tiefighter", count: 1_180, lastMs: noon }],
    }),
    [
      "tiefighter  1,180, last at 12:00:05",
      "7 denied by default: the peer fits, the port does not (8080).",
      "2 may or may not have been decided here. To tell, this is missing:",
      "– Service objects",
      "– the agents' version: from 1.19 on",
      "A click shows the events of 1,187 attempts, which may be several each, and 4 requests.",
    ],
  );
  check(rule({ allowed: null }), [
    "What was allowed cannot be known: no policy verdicts came.",
    "A click shows the events of 0 attempts. One attempt may have several: each packet denied is one.",
  ]);
  check(rule({ allowed: 1 }), [
    "A click shows the events of 1 attempt. One attempt may have several: each packet denied is one.",
  ]);
  check(l7({ l7Allowed: 1 }), ["A click shows the events of 1 request."]);
  check(l7({ l7Allowed: 2 }), ["A click shows the events of 2 requests."]);
});

test("a refused policy's tooltip is the whole reason", () => {
  const entry = rule();
  const { policy, kind } = entry;
  check(entry, ["because of this"], {
    applied: [{ policy, kind, state: "same", refused: "because of this" }],
  });
});

test("every kind of mismatch has its words", () => {
  const at = { path: "spec", range: { start: 0, end: 1 } };
  const wanted = { source: "k8s", key: "app", values: ["a", "b"], label: false } as const;
  const label = (operator: "In" | "NotIn" | "Exists" | "DoesNotExist", found?: string): Mismatch => ({
    fact: "label",
    wanted: { ...wanted, operator },
    ...(found !== undefined && { found }),
    met: 0,
    ...at,
  });
  const cases: readonly (readonly [Mismatch, string])[] = [
    [label("In"), "it has no label k8s:app, the rule asks for a, b"],
    [label("NotIn", "a"), "its label k8s:app is a, which the rule rules out"],
    [label("Exists"), "it has no label k8s:app"],
    [label("DoesNotExist", "x"), "it has a label k8s:app, which the rule rules out"],
    [{ fact: "nobody", ...at }, "the rule admits nobody"],
    [{ fact: "localhost", ...at }, "it is the node itself"],
    [
      { fact: "implied-namespace", wanted: "default", found: "shop", ...at },
      "it is in the namespace shop, not in default as the policy",
    ],
    [
      { fact: "implied-cluster", wanted: "east", found: "west", ...at },
      "it is in the cluster west, not in east",
    ],
    [{ fact: "entity", wanted: "host", found: [], ...at }, "it is not of the entity host"],
    [
      { fact: "inside-cluster", ...at },
      "it is inside the cluster, where addresses and DNS names do not count",
    ],
    [{ fact: "address", found: "192.0.2.1", isExcepted: true, ...at }, "its address 192.0.2.1 is excepted"],
    [
      { fact: "address", found: "192.0.2.1", isExcepted: false, ...at },
      "its address 192.0.2.1 is outside of the block",
    ],
    [{ fact: "dns-name", wanted: "a.test", found: [], ...at }, "no pod has looked it up as a.test"],
    [{ fact: "node", ...at }, "it is no such node"],
    [{ fact: "service", ...at }, "it does not stand behind the Service"],
    [{ fact: "group", ...at }, "it is not of the group"],
    [{ fact: "protocol", found: "UDP", ...at }, "the rule asks for another protocol than UDP"],
    [{ fact: "port", found: 8080, ...at }, "the rule asks for another port than 8080"],
    [{ fact: "icmp-type", found: 8, ...at }, "the rule asks for another ICMP type than 8"],
  ];
  for (const [mismatch, expected] of cases) assert.equal(mismatchText(mismatch, t), expected);
});

import assert from "node:assert/strict";
import test from "node:test";
import type { PolicyTally, TallyBasis, TallyEntry } from "../../src/policy/tallyEntry.ts";
import type { AppliedState, DocumentTally } from "../../src/protocol/engine.ts";
import { type LensSituation, lensText, type ShownTally } from "../../src/ui/editor/lensText.ts";
import { untranslated } from "../../src/ui/translate.ts";
import { direction, head, l7, nothingElsewhere, rule } from "../support/makeTally.ts";

const nowMs = 1_000_000;
const minute = 60_000;

const live: LensSituation = {
  nowMs,
  streamingSinceMs: nowMs - 12_000,
  source: { kind: "live", demo: false, nodes: { connected: 3, all: 3 }, lostEvents: 0 },
};

function situation(source: Partial<LensSituation["source"]>): LensSituation {
  return { ...live, source: { ...live.source, ...source } };
}

function check(
  entry: TallyEntry,
  expected: string,
  given: {
    readonly basis?: TallyBasis["source"];
    readonly applied?: AppliedState;
    readonly situation?: LensSituation;
    readonly notSeenMs?: number;
    readonly head?: PolicyTally;
    readonly refused?: string;
    readonly standsStill?: true;
  } = {},
): void {
  const document: ShownTally = {
    uri: "file:///rule1.yaml",
    version: 1,
    problems: [],
    entries: given.head ? [given.head, entry] : [entry],
    elsewhere: nothingElsewhere,
    basis: { source: given.basis ?? "verdicts", sinceMs: nowMs - 12 * minute, untilMs: nowMs },
    ...(given.notSeenMs !== undefined && { notSeenMs: given.notSeenMs }),
    ...(given.standsStill && { standsStill: given.standsStill }),
    applied: [
      {
        policy: entry.policy,
        kind: entry.kind,
        state: given.applied ?? "unknown",
        ...(given.refused !== undefined && { refused: given.refused }),
      },
    ],
  };
  assert.equal(lensText(entry, document, given.situation ?? live, untranslated), expected);
}

test("a head says whom, how many, since when, how well seen, and whether it is applied", () => {
  check(head(), "Hubble ● 2 endpoints · 1.2 k attempts in 12 min · 3/3 nodes · applied ✓", {
    applied: "same",
  });
  check(
    head({ endpoints: 1, attempts: 1 }),
    "Hubble ● 1 endpoint · 1 attempt in 12 min · 3/3 nodes · not applied",
    {
      applied: "absent",
    },
  );
  check(
    head({ endpoints: 10_000, moreEndpoints: true }),
    "Hubble ● more than 10 k endpoints · 1.2 k attempts in 12 min · 3/3 nodes · applied ✓",
    { applied: "same" },
  );
  check(
    head({ endpoints: 0, attempts: 0 }),
    "Hubble ● no endpoint of it seen · 0 attempts in 12 min · 3/3 nodes · differs from the applied policy: counts judge this text",
    { applied: "differs" },
  );
  check(
    head(),
    "Hubble ● 2 endpoints · 1.2 k attempts in 12 min · 2/3 nodes · 42 events lost · applied: unknown · demo",
    { situation: situation({ nodes: { connected: 2, all: 3 }, lostEvents: 42, demo: true }) },
  );
});

test("a head says when allowed cannot be known, when nothing came, and when the connection is gone", () => {
  check(
    head({ attempts: null }),
    "Hubble ● 2 endpoints · attempts unknown in 12 min · no verdict events seen: allowed unknown · 3/3 nodes · applied ✓",
    { basis: "drops", applied: "same" },
  );
  check(head(), "Hubble ● waiting for flows (12 s) · 3/3 nodes · applied ✓", {
    basis: "none",
    applied: "same",
  });
  check(head(), "Hubble ○ 2 endpoints · 1.2 k attempts in 12 min · connection lost · applied ✓", {
    applied: "same",
    situation: situation({ kind: "lost", nodes: null }),
  });
  check(head(), "Hubble ● 2 endpoints · 1.2 k attempts in 12 min · capture", {
    situation: situation({ kind: "capture", nodes: null }),
  });
  check(head(), "Hubble ● no policy decisions in this capture · capture", {
    basis: "none",
    situation: situation({ kind: "capture", nodes: null }),
  });
});

test("a head says how much of its time was not seen", () => {
  check(
    head(),
    "Hubble ● 2 endpoints · 1.2 k attempts in 12 min · 14 s of it not seen · 3/3 nodes · applied ✓",
    { applied: "same", notSeenMs: 14_000 },
  );
  check(head(), "Hubble ● 2 endpoints · 1.2 k attempts in 12 min · 3/3 nodes · applied ✓", {
    applied: "same",
    notSeenMs: 999,
  });
});

test("a head says when its counts are those of a text that was there before", () => {
  check(
    head(),
    "Hubble ○ 2 endpoints · 1.2 k attempts in 12 min · counts stand still: the text has a mistake · 3/3 nodes · applied ✓",
    { applied: "same", standsStill: true },
  );
});

test("a direction says what no rule accounts for", () => {
  check(direction({ enforced: false, defaultDenied: null }), "not enforced");
  check(direction(), "0 denied by default");
  check(direction({ defaultDenied: null }), "denied by default: unknown");
  check(direction({ enforced: null }), "enforcement unknown · denied by default: unknown");
  check(
    direction({
      defaultDenied: 41,
      topDenied: [{ peer: "default/xwing", count: 41, lastMs: nowMs }],
      lastDeniedMs: nowMs - 3_000,
    }),
    "✗ 41 denied by default (xwing 41) · last 3 s ago",
  );
  check(
    direction({
      enforced: null,
      defaultDenied: 1_234,
      topDenied: ["default/a", "shop/b", "world"].map((peer) => ({ peer, count: 400, lastMs: nowMs })),
      lastDeniedMs: nowMs,
    }),
    "enforcement unknown · ✗ 1,234 denied by default (a 400, shop/b 400, …) · last just now",
  );
  check(
    direction({ defaultAllowed: 5, audited: 4, authRequired: 3, localhost: 2, differs: 1 }),
    "0 denied by default · ✓ 5 allowed without a rule · ○ 4 audited · 3 waiting for authentication · 2 from the local host · ! differs from the loaded policy 1",
  );
  check(direction(), "waiting for flows", { basis: "none" });
});

test("a direction says what other policies decided for the same endpoints", () => {
  const base = { policy: "default/base", count: 12 };
  check(
    direction({
      defaultDenied: 1,
      lastDeniedMs: nowMs,
      others: { allowed: 12, denied: 0, policies: [base] },
    }),
    "✗ 1 denied by default · last just now · ✓ 12 allowed by other policies (base 12)",
  );
  check(
    direction({ others: { allowed: 12, denied: 0, policies: [base] } }),
    "0 denied by default · ✓ 12 allowed by other policies (base 12)",
  );
  check(
    direction({
      others: {
        allowed: 1,
        denied: 2,
        policies: [
          { policy: "shop/b", count: 1 },
          { policy: "c", count: 1 },
          { policy: "d", count: 1 },
        ],
      },
    }),
    "0 denied by default · ✓ 1 allowed by other policies · ✗ 2 denied by other policies (shop/b 1, c 1, …)",
  );
  check(direction({ others: { allowed: null, denied: 0, policies: [] } }), "0 denied by default");
});

test("a policy that is refused has no counts, whatever was counted, and says why", () => {
  const refused = "L7 rules can only apply to TCP (not UDP) except for DNS rules";
  check(head(), `Hubble ✗ refused by agents, no effect: ${refused}`, { refused });
  check(direction({ defaultDenied: 3 }), "not enforced: refused", { refused });
  check(rule({ allowed: 3 }), "no effect: refused", { refused });
  check(l7({ l7Allowed: 3 }), "no effect: refused", { refused, basis: "none" });
  check(head({ kind: "NetworkPolicy" }), "Hubble ✗ refused by the API server: no spec", {
    refused: "no spec",
  });
  check(head(), `Hubble ✗ refused by agents, no effect: ${"because ".repeat(10).trimEnd()}…`, {
    refused: "because ".repeat(20),
  });
});

test("a rule says what it allowed, what only just not, and how often", () => {
  check(rule(), "✓ 0 allowed");
  check(
    rule({ allowed: 1180, nearMiss: 7, nearMissPorts: ["8080"], perMinute: 412.4, lastHitMs: nowMs - 5_000 }),
    "✓ 1,180 allowed · ✗ 7 denied: port 8080 · 412/min · 5 s ago",
  );
  check(
    rule({ allowed: 12, nearMiss: 3, lastHitMs: nowMs - 2 * minute }),
    "✓ 12 allowed · ✗ 3 denied: port · 2 min ago",
  );
  check(rule({ allowed: null }), "allowed unknown", { basis: "drops" });
  check(
    rule({ possible: 12, needs: ["Service objects"] }),
    "✓ 0 allowed · possible 12: needs Service objects",
  );
  check(rule({ possible: 12 }), "✓ 0 allowed · possible 12");
  check(
    rule({ possible: 1, needs: ["the agents' version: from 1.19 on they refuse fromRequires"] }),
    "✓ 0 allowed · possible 1: needs the agents' version",
  );
  check(rule({ possible: 2, needs: ["a", "b"] }), "✓ 0 allowed · possible 2: needs a, …");
  check(rule({ allowed: 5, l7Allowed: 4, l7Denied: 1 }), "✓ 5 allowed · ✗ 1 request denied");
  check(rule({ allowed: 5, l7Allowed: 4, l7Denied: 2 }), "✓ 5 allowed · ✗ 2 requests denied");
  check(rule(), "no decisions in this capture", { basis: "none", situation: situation({ kind: "capture" }) });
});

test("the zeros of a policy that is not in the cluster are not shown as counts", () => {
  const idle = { applied: "absent", head: head({ attempts: 0 }) } as const;
  check(head({ endpoints: 0, attempts: 0 }), "Hubble ● 3/3 nodes · not applied", { applied: "absent" });
  check(direction({ enforced: true, defaultDenied: 0 }), "not enforced: not applied", idle);
  check(rule(), "no decisions: not applied", idle);
  check(l7(), "no decisions: not applied", idle);
  check(rule(), "✓ 0 allowed", { ...idle, applied: "same" });
  check(rule(), "✓ 0 allowed", { ...idle, head: head({ attempts: 3 }) });
  check(l7({ l7Allowed: 2, lastHitMs: nowMs - 5_000 }), "✓ 2 requests · 5 s ago", idle);
});

test("a deny rule says what it denied", () => {
  check(rule({ section: "ingressDeny", denied: 3 }), "✗ 3 denied");
  check(rule({ section: "egressDeny", denied: null }), "denied unknown");
});

test("an L7 entry counts requests", () => {
  check(l7({ l7Allowed: 1102, lastHitMs: nowMs }), "✓ 1,102 requests · just now");
  check(l7({ l7Allowed: 1 }), "✓ 1 request");
  check(l7({ l7Allowed: null }), "requests unknown");
});

test("of two policies by one name in a document the last says whether it is refused and applied", () => {
  const entry = direction();
  const { policy, kind } = entry;
  const of = (applied: DocumentTally["applied"]): string =>
    lensText(
      entry,
      {
        uri: "file:///twice.yaml",
        version: 1,
        problems: [],
        entries: [entry],
        elsewhere: nothingElsewhere,
        basis: { source: "verdicts", sinceMs: 0, untilMs: nowMs },
        applied,
      },
      live,
      untranslated,
    );
  const taken = { policy, kind, state: "same" } as const;
  const refused = { policy, kind, state: "differs", refused: "no spec" } as const;
  assert.equal(of([refused, taken]), "0 denied by default");
  assert.equal(of([taken, refused]), "not enforced: refused");
});

import assert from "node:assert/strict";
import test from "node:test";
import type { FailureKind, SessionState, Target } from "../../src/protocol/session.ts";
import { FailureNews, type FailureWeight } from "../../src/ui/session/failureNews.ts";
import { shortText } from "../../src/ui/shortText.ts";
import { closedFailure, demoTarget, kubernetesTarget } from "../support/makeSnapshot.ts";

const streaming: SessionState = { name: "streaming", target: demoTarget, sinceMs: 0 };
const connecting: SessionState = { name: "connecting", target: demoTarget, step: "relay" };

function waiting(
  atMs: number,
  { kind = "relay-closed", target = demoTarget }: { kind?: FailureKind; target?: Target } = {},
): SessionState {
  return { name: "waiting", target, untilMs: 0, attempt: 1, failure: { ...closedFailure, kind, atMs } };
}

function failed(atMs: number): SessionState {
  return { name: "failed", target: demoTarget, failure: { ...closedFailure, atMs } };
}

test("an outage is told once, however often the connection is tried again", () => {
  const news = new FailureNews();
  const steps: readonly [SessionState, FailureWeight | undefined][] = [
    [streaming, undefined],
    [waiting(1), "warning"],
    [waiting(1), undefined],
    [connecting, undefined],
    [waiting(2), "detail"],
    [connecting, undefined],
    // Something else is wrong now.
    [waiting(3, { kind: "relay-unreachable" }), "warning"],
    [waiting(4, { kind: "relay-unreachable" }), "detail"],
    [streaming, undefined],
    [waiting(5, { kind: "relay-unreachable" }), "warning"],
    [waiting(6, { kind: "relay-unreachable", target: kubernetesTarget }), "warning"],
    [failed(7), "show"],
    [failed(7), undefined],
    [connecting, undefined],
    // Somebody tried again: that is answered.
    [failed(8), "show"],
    [{ name: "idle" }, undefined],
    [waiting(9), "warning"],
  ];
  for (const [index, [state, expected]] of steps.entries()) {
    assert.equal(news.update(state), expected, `step ${index}`);
  }
});

test("a long cause is cut where there is little room", () => {
  assert.equal(shortText(" aws: error\n  no credentials \n"), "aws: error no credentials");
  assert.equal(shortText("x".repeat(300)), "x".repeat(300));
  assert.equal(shortText("x".repeat(301)), `${"x".repeat(300)}…`);
  assert.equal(shortText("😀".repeat(400)), `${"😀".repeat(300)}…`);
  assert.equal(shortText(`${"x".repeat(299)} ${"y".repeat(9_000)}`), `${"x".repeat(299)}…`);
});

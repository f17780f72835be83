import assert from "node:assert/strict";
import test from "node:test";
import { maxRowsPerRequest, readPanelMessage } from "../../src/ui/views/panelMessage.ts";

test("what is of the contract is read", () => {
  assert.deepEqual(readPanelMessage({ type: "ready" }), { type: "ready" });
  const requests: readonly { readonly name: string; readonly params: unknown }[] = [
    { name: "rows", params: { from: 0, count: maxRowsPerRequest } },
    { name: "details", params: { row: 7 } },
    { name: "setPaused", params: { paused: true } },
    { name: "setFilter", params: { text: "--verdict DROPPED", settled: true } },
    { name: "clearFilter", params: null },
    { name: "suggestions", params: { kind: "pod", prefix: "kube" } },
    { name: "addCell", params: { row: 7, column: "source", negated: true } },
    { name: "addTerm", params: { flag: "port", negated: false, value: "80" } },
    { name: "addTerm", params: { flag: "lost", negated: true, value: undefined } },
    { name: "saveFilter", params: { text: "--port 80" } },
    { name: "removeSaved", params: { name: "drops", text: "--verdict DROPPED", scope: "user" } },
    { name: "runAction", params: { action: "start-demo" } },
    { name: "copy", params: { text: "x" } },
    { name: "copy", params: { text: "x".repeat(20_000_000) } },
  ];
  for (const request of requests) {
    assert.deepEqual(readPanelMessage({ type: "request", id: 3, ...request }), {
      type: "request",
      id: 3,
      request,
    });
  }
});

test("what is not of the contract is refused, and its sender is told when it can be", () => {
  const cases: readonly [unknown, id: number | undefined][] = [
    [undefined, undefined],
    ["ready", undefined],
    [{ type: "other" }, undefined],
    [{ type: "request", id: -1, name: "clearFilter" }, undefined],
    [{ type: "request", id: 1, name: "exec", params: {} }, 1],
    [{ type: "request", id: 1, name: "rows", params: null }, 1],
    [{ type: "request", id: 1, name: "rows", params: { from: -1, count: 1 } }, 1],
    [{ type: "request", id: 1, name: "rows", params: { from: 0, count: maxRowsPerRequest + 1 } }, 1],
    [{ type: "request", id: 1, name: "details", params: { row: 1.5 } }, 1],
    [{ type: "request", id: 1, name: "setPaused", params: { paused: "yes" } }, 1],
    [{ type: "request", id: 1, name: "runAction", params: { action: "workbench.action.quit" } }, 1],
    [{ type: "request", id: 1, name: "setFilter", params: { text: 1, settled: true } }, 1],
    [{ type: "request", id: 1, name: "setFilter", params: { text: "x".repeat(20_001), settled: true } }, 1],
    [{ type: "request", id: 1, name: "setFilter", params: { text: "" } }, 1],
    [{ type: "request", id: 1, name: "suggestions", params: { kind: 1, prefix: "" } }, 1],
    [{ type: "request", id: 1, name: "addCell", params: { row: -1, column: "source", negated: true } }, 1],
    [{ type: "request", id: 1, name: "addTerm", params: { flag: "port", negated: false, value: 80 } }, 1],
    [{ type: "request", id: 1, name: "saveFilter", params: null }, 1],
    [{ type: "request", id: 1, name: "removeSaved", params: { name: "x", text: "", scope: "folder" } }, 1],
    [{ type: "request", id: 1, name: "copy", params: { text: 1 } }, 1],
    [{ type: "request", id: 1, name: "copy", params: { text: "x".repeat(32_000_001) } }, 1],
  ];
  for (const [message, id] of cases) {
    assert.deepEqual(
      readPanelMessage(message),
      { type: "invalid", id },
      JSON.stringify({ message }).slice(0, 100),
    );
  }
});

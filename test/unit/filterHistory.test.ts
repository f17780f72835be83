import assert from "node:assert/strict";
import test from "node:test";
import type { Memento } from "vscode";
import { FilterHistory } from "../../src/ui/session/filterHistory.ts";

/** VS Code's memory of a workspace, as far as it is used. */
function memory(kept?: unknown): Memento {
  const values = new Map<string, unknown>([["filterHistory", kept]]);
  return {
    keys: () => [...values.keys()],
    get: (key: string) => values.get(key) as undefined,
    update: (key: string, value: unknown) => {
      values.set(key, value);
      return Promise.resolve();
    },
  };
}

test("filters that were used are kept, the newest first and each once", () => {
  const memento = memory();
  const history = new FilterHistory(memento);
  let changes = 0;
  history.onDidChange(() => {
    changes += 1;
  });
  for (const filter of ["--port 80", " --port 443 ", "--port 80", "", "  ", "--port 80"]) history.add(filter);
  assert.deepEqual(history.entries, ["--port 80", "--port 443"]);
  assert.equal(changes, 3);
  assert.deepEqual(new FilterHistory(memento).entries, ["--port 80", "--port 443"]);
});

test("fifty are kept, and nothing that no person wrote", () => {
  const history = new FilterHistory(memory());
  for (let port = 1; port <= 60; port++) history.add(`--port ${port}`);
  history.add("x".repeat(20_001));
  assert.equal(history.entries.length, 50);
  assert.equal(history.entries[0], "--port 60");
});

test("what is kept and is no history is as good as nothing", () => {
  for (const kept of [undefined, null, "text", { a: 1 }, [1, null]]) {
    assert.deepEqual(new FilterHistory(memory(kept)).entries, []);
  }
  assert.deepEqual(new FilterHistory(memory(["--port 80", 7])).entries, ["--port 80"]);
});

import assert from "node:assert/strict";
import test from "node:test";
import { SnapshotReceiver } from "../../src/engine/snapshotReceiver.ts";
import { SnapshotSender } from "../../src/engine/snapshotSender.ts";
import type { DocumentTally, EngineMessage, EngineSnapshot } from "../../src/protocol/engine.ts";
import { makeSnapshot } from "../support/makeSnapshot.ts";
import { head, nothingElsewhere } from "../support/makeTally.ts";

/** What one thread sends, as the other one gets it. */
function setUp() {
  const posted: EngineMessage[] = [];
  const shown: EngineSnapshot[] = [];
  const receiver = new SnapshotReceiver();
  const sender = new SnapshotSender((message) => {
    posted.push(message);
    const got = structuredClone(message);
    if (got.type === "numbers") receiver.take(got);
    if (got.type === "snapshot") shown.push(receiver.whole(got.snapshot));
  });
  const send = (...documents: DocumentTally[]) => {
    sender.send({ ...makeSnapshot(), documents });
  };
  /** How many numbers went over since the last question, part by part. */
  const parts = () =>
    posted.splice(0).flatMap((message) => (message.type === "numbers" ? message.entries.length : []));
  const snapshots = () =>
    posted.flatMap((message) => (message.type === "snapshot" ? [message.snapshot] : []));
  return { sender, receiver, shown, send, parts, snapshots };
}

const numbers = (count: number) => Array.from({ length: count }, (_, attempts) => head({ attempts }));

function document(uri: string, entries: DocumentTally["entries"], version = 1): DocumentTally {
  return {
    uri,
    version,
    problems: [],
    entries,
    elsewhere: nothingElsewhere,
    basis: { source: "none", sinceMs: null, untilMs: null },
    applied: [],
  };
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

test("groups that are the same are sent once", () => {
  const { sender, shown, snapshots } = setUp();
  const group = (total: number) => ({
    namespace: "shop",
    counts: { total, forwarded: total, denied: 0, error: 0, audited: 0 },
    workloads: [],
    unlisted: 0,
  });
  const groups = [group(1)];
  const steps = [undefined, groups, groups, [group(2)], undefined, groups, []];
  for (const step of steps) sender.send({ ...makeSnapshot(), ...(step && { groups: step }) });
  assert.deepEqual(
    shown.map((snapshot) => snapshot.groups),
    steps,
  );
  assert.equal(shown[2]?.groups, shown[1]?.groups, "the same list");
  assert.deepEqual(
    snapshots().map(({ groups: sent }) => sent !== undefined),
    [false, true, false, true, false, true, true],
  );
});

test("a snapshot comes whole, and only what is new is sent", () => {
  const { shown, send, parts } = setUp();
  const entries = numbers(3);
  const first = document("a", entries);
  send(first);
  assert.deepEqual([shown.at(-1)?.documents, parts()], [[first], [3]]);

  send(first);
  assert.deepEqual([shown.at(-1)?.documents, parts()], [[first], []]);
  assert.equal(shown[1]?.documents?.[0]?.entries, shown[0]?.documents?.[0]?.entries, "the same list");

  const other = { ...first, entries: entries.with(1, head({ attempts: 9 })) };
  send(other);
  assert.deepEqual([shown.at(-1)?.documents, parts()], [[other], [1]]);
  assert.deepEqual(shown[1]?.documents, [first], "what was shown stays as it was");

  const shorter = {
    ...other,
    version: 2,
    entries: other.entries.slice(0, 2),
    problems: [{ severity: "error", code: "c", message: "m", range: { start: 0, end: 1 } } as const],
  };
  send(shorter);
  assert.deepEqual([shown.at(-1)?.documents, parts()], [[shorter], []]);
  const longer = { ...shorter, entries: [...shorter.entries, ...numbers(2)] };
  send(longer);
  assert.deepEqual([shown.at(-1)?.documents, parts()], [[longer], [2]]);
  send(document("a", []));
  assert.deepEqual(shown.at(-1)?.documents, [document("a", [])]);
});

test("the numbers of a long document come in parts, a turn for each; other snapshots wait behind them", async () => {
  const { shown, send, parts } = setUp();
  const long = document("long", numbers(2_500));
  const short = document("short", numbers(1));
  send(long);
  assert.deepEqual([shown.length, parts()], [0, [1_000]]);
  send(long, short);
  await nextTurn();
  assert.deepEqual([shown.length, parts()], [0, [1_000]]);
  await nextTurn();
  assert.deepEqual(parts(), [500, 1]);
  assert.deepEqual(
    shown.map(({ documents }) => documents),
    [[long], [long, short]],
  );
});

test("a document that is closed and opened again begins anew; what is under way of it is not shown", () => {
  const { sender, receiver, shown, send, parts } = setUp();
  const first = document("a", numbers(2));
  send(first);
  parts();
  receiver.forget("a");
  send(first);
  assert.deepEqual(shown.at(-1)?.documents, []);
  sender.forget("a");
  send(first);
  assert.deepEqual([shown.at(-1)?.documents, parts()], [[first], [2]]);
});

test("a snapshot without documents is passed on as it is", () => {
  const { sender, shown } = setUp();
  const snapshot = makeSnapshot();
  sender.send(snapshot);
  assert.deepEqual(shown, [snapshot]);
});

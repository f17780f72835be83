import assert from "node:assert/strict";
import test from "node:test";
import type { FlowRow, RowWindow } from "../../src/protocol/engine.ts";
import { RowFeed, type RowStretch } from "../../webview/flows/rowFeed.ts";

/** More requests than any of these tables needs. */
const tooMany = 20;

function row(number: number): FlowRow {
  return { type: "notice", row: number, timeMs: 0, text: "" };
}

/** An engine's view that holds `first` to `end - 1`, and a table that shows ten rows of it. */
class Table {
  readonly asked: string[] = [];
  drawn: RowStretch = { view: 0, first: 0, end: 0 };
  top = 0;
  /** What happens in the engine before it answers. */
  meanwhile: () => void = () => undefined;
  held: RowStretch;
  /** Are the rows not there that the view says it holds? */
  holes = false;
  readonly feed = new RowFeed({
    fetchRows: (from, count) => this.#answer(from, count),
    inSight: ({ first, end }) => ({ from: Math.max(first, end - this.top - 10), end: end - this.top }),
    drawn: () => this.drawn,
    draw: (stretch) => {
      this.drawn = stretch;
    },
  });

  constructor(held: RowStretch) {
    this.held = held;
  }

  async show(stretch: RowStretch): Promise<void> {
    this.feed.want(stretch);
    await this.feed.advance();
  }

  /** The numbers of the rows in sight that are not here. */
  get missing(): readonly number[] {
    const { first, end } = this.drawn;
    const from = Math.max(first, end - this.top - 10);
    return Array.from({ length: end - this.top - from }, (_, index) => from + index).filter(
      (number) => this.feed.rows.get(number) === undefined,
    );
  }

  async #answer(from: number, count: number): Promise<RowWindow> {
    this.asked.push(`${from}+${count}`);
    if (this.asked.length > tooMany) throw new Error("asked without end");
    await Promise.resolve();
    this.meanwhile();
    const { first, end } = this.held;
    const start = Math.min(Math.max(from, first), end);
    const length = this.holes ? 0 : Math.max(0, Math.min(count, end - start));
    return { ...this.held, from: start, rows: Array.from({ length }, (_, index) => row(start + index)) };
  }
}

test("what is in sight comes with one request, and is drawn", async () => {
  const table = new Table({ view: 1, first: 0, end: 1_000 });
  await table.show({ view: 1, first: 0, end: 1_000 });
  assert.deepEqual(table.asked, ["930+70"]);
  assert.deepEqual([table.drawn.end, table.missing], [1_000, []]);
  await table.feed.advance();
  assert.equal(table.asked.length, 1);
});

test("rows that a full store let go meanwhile are not asked for again", async () => {
  const table = new Table({ view: 1, first: 0, end: 1_000 });
  table.top = 990;
  table.meanwhile = () => {
    table.held = { view: 1, first: table.held.first + 3, end: table.held.end + 3 };
  };
  await table.show({ view: 1, first: 0, end: 1_000 });
  assert.deepEqual(table.asked, ["0+70"]);
  assert.deepEqual([table.drawn, table.missing], [{ view: 1, first: 3, end: 1_000 }, []]);
});

test("a view that holds fewer rows than it says is not asked again and again", async () => {
  const table = new Table({ view: 1, first: 0, end: 1_000 });
  table.holes = true;
  await table.show({ view: 1, first: 0, end: 1_000 });
  await table.feed.advance();
  assert.deepEqual(table.asked, ["930+70"]);
  table.top = 500;
  await table.feed.advance();
  assert.equal(table.asked.length, 2);
});

test("a view that ends before what was asked for is drawn as far as it goes", async () => {
  const table = new Table({ view: 1, first: 0, end: 900 });
  await table.show({ view: 1, first: 0, end: 1_000 });
  await table.feed.advance();
  assert.deepEqual(table.asked, ["930+70", "830+70"]);
  assert.deepEqual([table.drawn.end, table.missing], [900, []]);
});

test("a table whose rows are all gone is drawn empty and waits for news", async () => {
  const table = new Table({ view: 1, first: 5_000, end: 6_000 });
  await table.show({ view: 1, first: 0, end: 1_000 });
  assert.deepEqual(table.asked, ["930+70"]);
  assert.deepEqual(table.drawn, { view: 1, first: 5_000, end: 5_000 });
});

test("a reply of another view, or none at all, is asked for again only after news", async () => {
  const cases: readonly (() => RowStretch)[] = [
    () => ({ view: 2, first: 0, end: 1_000 }),
    () => {
      throw new Error("no view is open");
    },
  ];
  for (const reply of cases) {
    const table = new Table({ view: 1, first: 0, end: 1_000 });
    table.meanwhile = () => {
      table.held = reply();
    };
    await table.show({ view: 1, first: 0, end: 1_000 });
    await table.feed.advance();
    assert.equal(table.asked.length, 1);
    table.meanwhile = () => {
      table.held = { view: 1, first: 0, end: 1_100 };
    };
    await table.show({ view: 1, first: 0, end: 1_100 });
    assert.deepEqual([table.asked.length, table.drawn.end, table.missing], [2, 1_100, []]);
  }
});

test("news that came while a request was under way is taken up after it", async () => {
  const table = new Table({ view: 1, first: 0, end: 1_000 });
  table.meanwhile = () => {
    table.held = { view: 2, first: 0, end: 500 };
    table.feed.want(table.held);
    table.meanwhile = () => undefined;
  };
  await table.show({ view: 1, first: 0, end: 1_000 });
  assert.deepEqual(table.asked, ["930+70", "430+70"]);
  assert.deepEqual([table.drawn, table.missing], [{ view: 2, first: 0, end: 500 }, []]);
});

import { html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import type { RowWindow } from "../../src/protocol/engine.ts";
import type { CellWish, FlowsPanelState, FlowsPanelTexts } from "../../src/protocol/flowsPanel.ts";
import {
  cellContext,
  cellId,
  type Column,
  columns,
  headerTemplate,
  menuContext,
  rowTemplate,
} from "./flowRow.ts";
import { gridKeyMove } from "./gridKeys.ts";
import type { GridPlace } from "./gridPlace.ts";
import type { RowCache } from "./rowCache.ts";
import { RowFeed, type RowStretch } from "./rowFeed.ts";
import { type Geometry, rowAtTop, scrollHeight, scrollTopOf, scrollTopToShow } from "./virtualScroll.ts";

const rowHeight = 22;
const headerHeight = 24;

/**
 * The table. Only the rows in sight are in the document; they are fetched by number and drawn once they are here,
 * so that nothing blinks while following. Fires `flow-open`, `flow-active` (the cursor moved), `flow-filter` (with the
 * cell to filter by), `flow-follow` and `flow-place`.
 */
export class FlowGrid extends LitElement {
  static override readonly properties = { state: { attribute: false }, texts: { attribute: false } };

  declare state: FlowsPanelState | undefined;
  declare texts: FlowsPanelTexts;
  /** Fetches rows; rejects when it cannot. */
  declare fetchRows: (from: number, count: number) => Promise<RowWindow>;

  /** Where to take up from an earlier life of the page. */
  resumeAt: GridPlace | undefined;

  /** Does the table stick to the newest row? */
  following = true;
  /** The row that keys act on. */
  activeNumber: number | undefined;
  /** The column that keys act on; `undefined`: the row as a whole. */
  #column: Column | undefined;
  /** Which rows are drawn, the newest first. */
  #drawn: RowStretch = { view: 0, first: 0, end: 0 };
  /** The row of the store under the cursor: finds it again when the view numbers its rows anew. */
  #activeRow: number | undefined;
  readonly #feed = new RowFeed({
    fetchRows: (from, count) => this.fetchRows(from, count),
    inSight: (stretch) => this.#inSight(stretch),
    drawn: () => this.#drawn,
    draw: (stretch) => {
      this.#draw(stretch);
    },
  });
  /** The row to bring to the upper edge once there is an edge. */
  #resumeIndex: number | undefined;
  #resize = new ResizeObserver(() => {
    this.requestUpdate();
  });

  override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resize.observe(this);
  }

  override disconnectedCallback(): void {
    this.#resize.disconnect();
    super.disconnectedCallback();
  }

  /** The rows that are here, by their numbers. */
  get rows(): RowCache {
    return this.#feed.rows;
  }

  get place(): GridPlace {
    const { view, end } = this.#drawn;
    const top = Math.floor(rowAtTop(this.#scroller?.scrollTop ?? 0, this.#geometry()));
    const activeNumber = this.activeNumber ?? null;
    return { view, following: this.following, topNumber: end - 1 - top, activeNumber };
  }

  /** Jumps to the newest row and stays with it. */
  follow(): void {
    this.following = true;
    this.#scroller?.scrollTo({ top: 0 });
    this.#announceFollow();
    this.requestUpdate();
    void this.#feed.advance();
  }

  /** The row under the cursor, with its number. */
  activate(number: number | undefined): void {
    this.activeNumber = number;
    this.#activeRow = number === undefined ? undefined : this.rows.get(number)?.row;
    if (number !== undefined) this.#stopFollowing();
    this.#announcePlace();
    this.requestUpdate();
  }

  /** A row that the cursor went to before its flow was here is told of once it is. */
  #activateLate(): void {
    if (this.activeNumber === undefined || this.#activeRow !== undefined) return;
    this.#activeRow = this.rows.get(this.activeNumber)?.row;
    if (this.#activeRow !== undefined) this.dispatchEvent(new CustomEvent("flow-active", { bubbles: true }));
  }

  override focus(): void {
    this.#scroller?.focus();
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("state") || !this.state) return;
    const { view, first, end } = this.state;
    if (view !== this.#drawn.view) {
      this.activeNumber = undefined;
      this.following = true;
      this.#drawn = { view, first, end: view === 0 ? 0 : first };
    }
    const next: RowStretch = { view, first, end };
    this.#feed.want(next);
    if (end > first) this.#resume(next);
    // Rows that go on from those that are drawn need not be waited for; rows with new numbers, and the newest, do.
    if (!this.following && first < this.#drawn.end) this.#shiftTo(next);
  }

  /** Once, and only when it is the same view: the table stands where it stood. */
  #resume(next: RowStretch): void {
    const place = this.resumeAt;
    this.resumeAt = undefined;
    if (place?.view !== next.view || place.following || place.topNumber < next.first) return;
    this.following = false;
    this.activeNumber = place.activeNumber ?? undefined;
    this.#drawn = next;
    this.#resumeIndex = next.end - 1 - place.topNumber;
    this.#announceFollow();
  }

  override render(): TemplateResult {
    const { end } = this.#drawn;
    const geometry = this.#geometry();
    const top = Math.floor(rowAtTop(this.#scroller?.scrollTop ?? 0, geometry));
    const shown = Math.min(geometry.rowCount - top, Math.ceil(geometry.viewHeight / rowHeight) + 1);
    const indexes = Array.from({ length: Math.max(0, shown) }, (_, index) => top + index);
    return html`<div
      class="scroller"
      role="grid"
      tabindex="0"
      aria-label=${this.texts.table}
      aria-rowcount=${geometry.rowCount + 1}
      aria-colcount=${columns.length}
      aria-activedescendant=${this.#activeId()}
      data-vscode-context=${this.#activeContext()}
      @scroll=${this.#onScroll}
      @scrollend=${this.#announcePlace}
      @keydown=${this.#onKey}
      @click=${this.#onClick}
      @contextmenu=${this.#onContextMenu}
    >
      ${headerTemplate(this.texts)}
      <div class="canvas" role="presentation"><div class="rows" role="rowgroup">
        ${indexes.map((index) => {
          const number = end - 1 - index;
          return rowTemplate(this.rows.get(number), {
            number,
            index,
            active: number === this.activeNumber,
            column: this.#column,
          });
        })}
      </div></div>
      <div class="spacer" role="presentation"></div>
    </div>`;
  }

  override updated(): void {
    const geometry = this.#geometry();
    const scroller = this.#scroller;
    if (!scroller) return;
    const spacer = scroller.querySelector<HTMLElement>(".spacer");
    if (spacer) spacer.style.height = `${scrollHeight(geometry)}px`;
    if (this.#resumeIndex !== undefined && geometry.viewHeight > 0) {
      scroller.scrollTop = scrollTopOf(this.#resumeIndex, geometry);
      this.#resumeIndex = undefined;
    }
    this.#place();
    void this.#feed.advance();
  }

  #activeId(): string {
    if (this.activeNumber === undefined) return "";
    // A row that tells of what was not seen has no cells.
    const hasCells = this.rows.get(this.activeNumber)?.type === "flow";
    return this.#column === undefined || !hasCells
      ? `row-${this.activeNumber}`
      : cellId(this.activeNumber, this.#column);
  }

  /** A menu that is opened by a key belongs to the row under the cursor. */
  #activeContext(): string {
    if (this.activeNumber === undefined || this.#activeRow === undefined) return menuContext({});
    const row = this.rows.get(this.activeNumber);
    const cell = this.#column && row?.type === "flow" ? cellContext(row, this.#column) : {};
    return menuContext({ flowRow: this.#activeRow, ...cell });
  }

  get #scroller(): HTMLElement | null {
    return this.querySelector(".scroller");
  }

  #geometry(): Geometry {
    const viewHeight = Math.max(0, (this.#scroller?.clientHeight ?? 0) - headerHeight);
    return { rowCount: this.#drawn.end - this.#drawn.first, rowHeight, viewHeight };
  }

  /** Moves the drawn rows by the part of a row that is scrolled out of sight. */
  #place(): void {
    const scroller = this.#scroller;
    const canvas = scroller?.querySelector<HTMLElement>(".canvas");
    if (!scroller || !canvas) return;
    const geometry = this.#geometry();
    const top = rowAtTop(scroller.scrollTop, geometry);
    canvas.style.height = `${geometry.viewHeight}px`;
    canvas.style.marginBottom = `${-geometry.viewHeight}px`;
    const rows = canvas.firstElementChild;
    if (rows instanceof HTMLElement) {
      rows.style.transform = `translateY(${-(top - Math.floor(top)) * rowHeight}px)`;
    }
  }

  /** Takes another stretch of rows; the rows in sight stay where they are. */
  #shiftTo(next: RowStretch): void {
    const scroller = this.#scroller;
    const top = rowAtTop(scroller?.scrollTop ?? 0, this.#geometry());
    const newer = next.end - this.#drawn.end;
    this.#drawn = next;
    if (!scroller || newer === 0) return;
    const geometry = this.#geometry();
    const spacer = scroller.querySelector<HTMLElement>(".spacer");
    if (spacer) spacer.style.height = `${scrollHeight(geometry)}px`;
    scroller.scrollTop = scrollTopOf(top + newer, geometry);
  }

  /** Which rows of a stretch would be in sight where the table stands now. */
  #inSight({ first, end }: RowStretch): { readonly from: number; readonly end: number } | undefined {
    if (!this.isConnected) return undefined;
    const geometry = { ...this.#geometry(), rowCount: end - first };
    const top = this.following ? 0 : Math.floor(rowAtTop(this.#scroller?.scrollTop ?? 0, geometry));
    const rowsShown = Math.ceil(geometry.viewHeight / rowHeight) + 1;
    return {
      from: Math.max(first, end - top - rowsShown),
      end: Math.max(first, Math.min(end, end - top)),
    };
  }

  #draw(drawn: RowStretch): void {
    if (drawn.view !== this.state?.view) return;
    const renumbered = drawn.first >= this.#drawn.end;
    this.#drawn = drawn;
    if (renumbered && this.activeNumber !== undefined) this.activeNumber = this.#findActive(drawn);
    this.#activateLate();
    this.requestUpdate();
  }

  /** The new number of the row under the cursor, when it is among the rows that are here. */
  #findActive({ first, end }: RowStretch): number | undefined {
    for (let number = end - 1; number >= Math.max(first, end - this.rows.size); number--) {
      if (this.rows.get(number)?.row === this.#activeRow) return number;
    }
    return undefined;
  }

  readonly #onScroll = (): void => {
    const atTop = (this.#scroller?.scrollTop ?? 0) < 1;
    if (atTop !== this.following && !(atTop && this.activeNumber !== undefined)) {
      this.following = atTop;
      this.#announceFollow();
    }
    this.#place();
    this.requestUpdate();
  };

  readonly #onClick = (event: MouseEvent): void => {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-number]") : null;
    if (!row) return;
    this.#column = undefined;
    this.activate(Number(row.dataset["number"]));
    this.#open();
  };

  /** A menu that is opened with the mouse stands on a row that does not move away. */
  readonly #onContextMenu = (event: MouseEvent): void => {
    if (!(event.target instanceof Element)) return;
    const row = event.target.closest<HTMLElement>("[data-number]");
    const cell = event.target.closest<HTMLElement>("[data-column]");
    if (!row || !cell) return;
    this.#column = columns.find((column) => column === cell.dataset["column"]);
    this.activate(Number(row.dataset["number"]));
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.key === "Enter" || event.key === " ") {
      if (this.activeNumber !== undefined) this.#open();
      event.preventDefault();
      return;
    }
    if (this.#moveInRow(event.key) || this.#filterByKey(event.key)) {
      event.preventDefault();
      return;
    }
    const { first, end } = this.#drawn;
    const geometry = this.#geometry();
    if (geometry.rowCount === 0) return;
    const current = this.activeNumber === undefined ? undefined : end - 1 - this.activeNumber;
    const page = Math.max(1, Math.floor(geometry.viewHeight / rowHeight) - 1);
    const index = gridKeyMove(event.key, current, { count: end - first, page });
    if (index === undefined) return;
    event.preventDefault();
    this.activate(end - 1 - index);
    const scroller = this.#scroller;
    if (scroller) scroller.scrollTop = scrollTopToShow(index, scroller.scrollTop, geometry);
    this.dispatchEvent(new CustomEvent("flow-active", { bubbles: true }));
  };

  /** Left and right go from cell to cell of the active row; left of the first one is the row as a whole. */
  #moveInRow(key: string): boolean {
    if (this.activeNumber === undefined || (key !== "ArrowLeft" && key !== "ArrowRight")) return false;
    const at = this.#column === undefined ? -1 : columns.indexOf(this.#column);
    this.#column = columns[Math.min(columns.length - 1, at + (key === "ArrowRight" ? 1 : -1))];
    this.requestUpdate();
    return true;
  }

  /** `+` and `-` add what the cell under the cursor says to the filter. */
  #filterByKey(key: string): boolean {
    if ((key !== "+" && key !== "-") || this.#column === undefined || this.#activeRow === undefined)
      return false;
    const detail: CellWish = { row: this.#activeRow, column: this.#column, negated: key === "-" };
    this.dispatchEvent(new CustomEvent("flow-filter", { bubbles: true, detail }));
    return true;
  }

  #open(): void {
    this.dispatchEvent(new CustomEvent("flow-open", { bubbles: true }));
  }

  #stopFollowing(): void {
    if (!this.following) return;
    this.following = false;
    this.#announceFollow();
  }

  #announceFollow(): void {
    this.dispatchEvent(new CustomEvent("flow-follow", { bubbles: true }));
    this.#announcePlace();
  }

  readonly #announcePlace = (): void => {
    this.dispatchEvent(new CustomEvent("flow-place", { bubbles: true }));
  };
}

customElements.define("flow-grid", FlowGrid);

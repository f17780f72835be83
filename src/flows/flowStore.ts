import { Dictionary } from "./dictionary.ts";
import { DictionaryUpkeep, type HeldRows, type SlotStretch } from "./dictionaryUpkeep.ts";
import type { Flow, Notice, Timestamp } from "./flow.ts";
import { copySlots, createFlowColumns, type FlowColumns, writeSlot } from "./flowColumns.ts";
import { createFlowDictionaries, type DictionaryReaders, type FlowDictionaries } from "./flowDictionaries.ts";
import { FlowRecord } from "./flowRecord.ts";
import { type CutPart, cutParts, KeptEvents } from "./keptEvents.ts";
import { recordFlow } from "./recordFlow.ts";
import { UuidTable } from "./uuidTable.ts";
import { writeUtf8 } from "./utf8.ts";

export interface FlowStoreOptions {
  /** The most rows held, at least 1. */
  readonly maxFlows: number;
  /** The most bytes held of raw events and of dictionaries' keys. */
  readonly maxBytes: number;
  /** Called with each row that is about to be dropped, while it can still be read. */
  readonly onDrop?: (row: number) => void;
  /** Called instead, once, when all rows are about to be dropped: see {@link FlowStore.clear}. */
  readonly onClear?: () => void;
  /** Make the values of what is appended by its bytes. */
  readonly readers?: DictionaryReaders;
}

/** Garbage in dictionaries may take this part of the bytes, so that rows are not searched for it all the time. */
const garbagePart = 1 / 16;
/** When all but one of so many rows are gone, dictionaries hold little but garbage. */
const manyRows = 1 << 12;

/**
 * Holds the newest flows and notices in columns, bounded in rows and in bytes; the oldest go first.
 * A *row* is a number that grows by one with each append and is never used twice: rows `first` to `end - 1` are held.
 */
export class FlowStore {
  /** What the columns hold the numbers of. */
  readonly dictionaries: FlowDictionaries;

  readonly #onDrop: ((row: number) => void) | undefined;
  readonly #onClear: (() => void) | undefined;
  #maxFlows: number;
  #maxBytes: number;
  readonly #events = new KeptEvents();
  /** Stretches of raw events that many of them share, as their own values. */
  readonly #commons = new Dictionary((bytes) => bytes);
  readonly #upkeep: DictionaryUpkeep;
  readonly #notices = new Map<number, Notice>();
  readonly #record = new FlowRecord();
  #uuids: UuidTable;
  #columns: FlowColumns;
  #slots: number;
  #first = 0;
  #end = 0;
  /** Rows dropped since dictionaries were compacted because of their bytes. */
  #droppedSince = 0;
  #generation = 0;

  constructor(options: FlowStoreOptions) {
    this.dictionaries = createFlowDictionaries(options.readers);
    this.#onDrop = options.onDrop;
    this.#onClear = options.onClear;
    this.#maxFlows = Math.max(1, options.maxFlows);
    this.#maxBytes = options.maxBytes;
    this.#slots = this.#maxFlows;
    this.#columns = createFlowColumns(this.#slots);
    this.#uuids = new UuidTable(this.#slots);
    const { strings, endpoints, l7Records, attributions } = this.dictionaries;
    this.#upkeep = new DictionaryUpkeep([
      { dictionary: endpoints, columns: ["source", "destination"] },
      { dictionary: l7Records, columns: ["l7Record"] },
      { dictionary: attributions, columns: ["attribution"] },
      { dictionary: this.#commons, columns: ["common"] },
      {
        dictionary: strings,
        columns: [
          "dropReason",
          "sourceIp",
          "destinationIp",
          "sourceNames",
          "destinationNames",
          "sourceService",
          "destinationService",
          "nodeName",
        ],
      },
    ]);
  }

  get strings(): FlowDictionaries["strings"] {
    return this.dictionaries.strings;
  }

  get endpoints(): FlowDictionaries["endpoints"] {
    return this.dictionaries.endpoints;
  }

  get l7Records(): FlowDictionaries["l7Records"] {
    return this.dictionaries.l7Records;
  }

  get attributions(): FlowDictionaries["attributions"] {
    return this.dictionaries.attributions;
  }

  /** The oldest row held; equals {@link end} when nothing is. */
  get first(): number {
    return this.#first;
  }

  /** The row that the next append will get: so many have been appended in all. */
  get end(): number {
    return this.#end;
  }

  /** How many rows were dropped to stay within the bounds. */
  get dropped(): number {
    return this.#first;
  }

  /** Bytes held of raw events and of dictionaries' keys: what is bounded. */
  get bytes(): number {
    return this.#events.bytes + this.#upkeep.bytes;
  }

  /** Grows when numbers of the dictionaries change their meaning: whoever keeps such numbers must forget them then. */
  get generation(): number {
    return this.#generation;
  }

  /** The columns; read them at {@link slotOf}. Replaced when the bounds change, so never keep them. */
  get columns(): FlowColumns {
    return this.#columns;
  }

  /** Where a held row lies in the columns. */
  slotOf(row: number): number {
    return row % this.#slots;
  }

  /** Is a flow with this uuid held? */
  hasUuid(uuid: string): boolean {
    return this.#uuids.holdsText(uuid);
  }

  /**
   * Appends a flow that was read into numbers of this store's dictionaries, with its raw event, and answers its row, or
   * `undefined` when a flow with its uuid is held already. Both are copied. Numbers of dictionaries may have changed after
   * this, see {@link generation}.
   */
  appendRecord(record: FlowRecord, raw?: Uint8Array): number | undefined {
    if (this.#uuids.holds(record)) {
      // What it brought to the dictionaries is garbage.
      this.#keepBounds();
      return undefined;
    }
    const row = this.#open();
    const slot = this.slotOf(row);
    this.#write(slot, record, raw);
    this.#columns.kind[slot] = 1;
    this.#uuids.put(slot, record);
    this.#keepBounds();
    return row;
  }

  /** As {@link appendRecord}, with a flow that is not from the wire; its raw event (a message or a line) is kept whole. */
  append(flow: Flow, raw?: Uint8Array): number | undefined {
    recordFlow(flow, this.dictionaries, this.#record);
    return this.appendRecord(this.#record, raw);
  }

  /** Appends a notice, which holds its place among the flows, and answers its row. */
  appendNotice(notice: Notice): number {
    const row = this.#open();
    const slot = this.slotOf(row);
    const record = this.#record;
    record.reset();
    record.seconds = notice.time.seconds;
    record.nanos = notice.time.nanos;
    this.#write(slot, record, undefined);
    this.#columns.kind[slot] = 2;
    this.#notices.set(row, notice);
    return row;
  }

  /** The notice of a row, or `undefined` when the row holds a flow. */
  noticeAt(row: number): Notice | undefined {
    return this.#notices.get(row);
  }

  /**
   * The raw event of a row, or `undefined` when none is kept. Valid until the next append, and until something else is put
   * into `room`, where it is put together if it fits; not to be written.
   */
  rawAt(row: number, room?: Uint8Array): Uint8Array | undefined {
    if (row < this.#first || row >= this.#end) return undefined;
    const slot = this.slotOf(row);
    const length = this.#columns.rawLength[slot] ?? 0;
    if (length === 0) return undefined;
    const place = this.#columns.rawPlace[slot] ?? 0;
    return this.#events.read(place, length, (part) => this.#partOf(slot, part), room);
  }

  /** The uuid of a held row, or `undefined` when its event has none. */
  uuidAt(row: number): string | undefined {
    return row < this.#first || row >= this.#end ? undefined : this.#uuids.textAt(this.slotOf(row));
  }

  timeAt(row: number): Timestamp {
    const slot = this.slotOf(row);
    return { seconds: this.#columns.seconds[slot] ?? 0, nanos: this.#columns.nanos[slot] ?? 0 };
  }

  /** Drops everything held, in one step where `onClear` is told of it; rows go on counting. */
  clear(): void {
    if (this.#onClear) {
      this.#onClear();
      this.#droppedSince += this.#end - this.#first;
      this.#first = this.#end;
      this.#uuids.clear();
      this.#notices.clear();
    }
    while (this.#first < this.#end) this.#dropFirst();
    this.#events.clear();
  }

  /** Holds so much from now on; what no longer fits is dropped, oldest first: at once, or with the next append. */
  setBounds(bounds: { readonly maxFlows: number; readonly maxBytes: number }): void {
    this.#maxFlows = Math.max(1, bounds.maxFlows);
    this.#maxBytes = bounds.maxBytes;
    while (this.#end - this.#first > this.#maxFlows) this.#dropFirst();
    if (this.#slots !== this.#maxFlows) this.#moveTo(this.#maxFlows);
    while (this.#events.bytes > this.#maxBytes && this.#end - this.#first > 1) this.#dropFirst();
  }

  /** Makes room for the next row and answers it. */
  #open(): number {
    if (this.#end - this.#first === this.#slots) this.#dropFirst();
    return this.#end++;
  }

  #write(slot: number, record: FlowRecord, raw: Uint8Array | undefined): void {
    const columns = this.#columns;
    writeSlot(columns, slot, record);
    columns.common[slot] =
      raw && record.commonEnd > 0 ? this.#commons.intern(raw, record.commonStart, record.commonEnd) : 0;
    columns.rawLength[slot] = this.#events.keep(record, raw);
    columns.rawPlace[slot] = this.#events.place;
    if (this.#end - this.#first === 1) this.#events.dropBefore(this.#events.place);
  }

  /** What was cut out of the raw event of a slot. */
  #partOf(slot: number, part: CutPart): Uint8Array {
    const bytes = this.#bytesOf(slot, part);
    if (!bytes) throw new Error("a part of a raw event is not held");
    return bytes;
  }

  #bytesOf(slot: number, part: CutPart): Uint8Array | undefined {
    const columns = this.#columns;
    const { strings, endpoints, l7Records, attributions } = this.dictionaries;
    switch (part) {
      case cutParts.source:
        return endpoints.bytesAt(columns.source[slot] ?? 0);
      case cutParts.destination:
        return endpoints.bytesAt(columns.destination[slot] ?? 0);
      case cutParts.attribution:
        return attributions.bytesAt(columns.attribution[slot] ?? 0);
      case cutParts.nodeName:
        return strings.bytesAt(columns.nodeName[slot] ?? 0);
      case cutParts.sourceIp:
        return strings.bytesAt(columns.sourceIp[slot] ?? 0);
      case cutParts.destinationIp:
        return strings.bytesAt(columns.destinationIp[slot] ?? 0);
      case cutParts.l7Record:
        return l7Records.bytesAt(columns.l7Record[slot] ?? 0);
      case cutParts.common:
        return this.#commons.bytesAt(columns.common[slot] ?? 0);
      case cutParts.uuid:
        return writeUtf8(this.#uuids.textAt(slot) ?? "");
    }
  }

  #dropFirst(): void {
    const row = this.#first;
    const slot = this.slotOf(row);
    this.#onDrop?.(row);
    this.#uuids.remove(slot);
    if (this.#columns.kind[slot] === 2) this.#notices.delete(row);
    this.#first += 1;
    this.#droppedSince += 1;
    if (this.#first === this.#end) return;
    const next = slot + 1 === this.#slots ? 0 : slot + 1;
    this.#events.dropBefore(this.#columns.rawPlace[next] ?? 0);
  }

  /** Moves to columns of another length, in stretches. */
  #moveTo(slots: number): void {
    const columns = createFlowColumns(slots);
    const uuids = new UuidTable(slots);
    for (let row = this.#first; row < this.#end; ) {
      const [from, to] = [row % this.#slots, row % slots];
      const count = Math.min(this.#end - row, this.#slots - from, slots - to);
      copySlots({ columns: this.#columns, slot: from }, { columns, slot: to }, count);
      this.#uuids.copyTo(uuids, { from, to, count });
      row += count;
    }
    this.#columns = columns;
    this.#uuids = uuids;
    this.#slots = slots;
  }

  /** Forgets what no row uses of dictionaries that have grown much, and drops rows while too many bytes are held. */
  #keepBounds(): void {
    const upkeep = this.#upkeep;
    if (upkeep.isDue(Infinity)) this.#renumbered(upkeep.compactDue(this.#heldRows(), Infinity));
    if (this.#droppedSince >= manyRows && this.#end - this.#first === 1) this.#compactAll();
    const garbage = this.#maxBytes * garbagePart;
    while (this.bytes > this.#maxBytes && this.#end - this.#first > 1) {
      if (upkeep.isDue(garbage)) this.#renumbered(upkeep.compactDue(this.#heldRows(), garbage));
      else if (4 * this.#droppedSince >= this.#end - this.#first) this.#compactAll();
      else this.#dropFirst();
    }
  }

  #compactAll(): void {
    this.#droppedSince = 0;
    this.#renumbered(this.#upkeep.compactLarge(this.#heldRows(), this.#maxBytes * garbagePart));
  }

  #renumbered(changed: boolean): void {
    if (changed) this.#generation += 1;
  }

  #heldRows(): HeldRows {
    const stretches: SlotStretch[] = [];
    for (let row = this.#first; row < this.#end; ) {
      const start = row % this.#slots;
      const end = Math.min(start + this.#end - row, this.#slots);
      stretches.push({ start, end });
      row += end - start;
    }
    return { columns: this.#columns, stretches };
  }
}

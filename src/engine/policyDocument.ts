import type { Disposable } from "../base/disposable.ts";
import type { Steps } from "../base/steps.ts";
import type { RuleFilter } from "../flows/flowFilter.ts";
import type { FlowStore } from "../flows/flowStore.ts";
import { type Policy, policyKey, policyName, samePolicy } from "../policy/policy.ts";
import { policySetSteps } from "../policy/policySet.ts";
import type { ReadPolicies } from "../policy/readPolicies.ts";
import type { ClusterContext } from "../policy/clusterContext.ts";
import { type Tally, tallySteps } from "../policy/tally.ts";
import type { AppliedState, DocumentTally } from "../protocol/engine.ts";
import { toMs } from "./gapCheck.ts";
import type { Reading } from "./policyReadings.ts";
import type { RowPump, RowReader } from "./rowPump.ts";

/** One version of a document's text. */
export interface DocumentText {
  readonly version: number;
  readonly text: string;
}

/** What a document's policies are judged among. */
export interface Surroundings {
  readonly store: FlowStore;
  readonly pump: RowPump;
  /** The policies in force beside the document's own, which take the place of their namesakes. */
  readonly others: readonly Policy[];
  /** The policies applied in the cluster; `undefined`: not known. */
  readonly applied: readonly Policy[] | undefined;
  readonly context: ClusterContext;
  /** Counting begins at this row of the store. */
  readonly sinceRow: number;
}

/** A tally of one version of a text, on its way to having counted all that is held. */
interface Count {
  readonly number: number;
  readonly version: number;
  readonly read: ReadPolicies;
  readonly tally: Tally;
  readonly reader: RowReader;
  readonly sinceRow: number;
  /** When it has come so far, it may be shown in place of the one before. */
  readonly completeAt: number;
  /** The length of the gaps among what was counted. */
  readonly notSeenMs: () => number;
  readonly applied: DocumentTally["applied"];
  readonly reading: Disposable;
}

const nothing: ReadPolicies = { policies: [], cidrGroups: [], problems: [] };

/** One open policy document: counts what flows do to it, and shows the last count until a newer one is complete. */
export class PolicyDocument implements Disposable {
  readonly uri: string;
  /** The newest text that came; what is {@link reading} may be older. */
  newest: DocumentText;
  #version = 0;
  #reading: Reading | undefined;
  #counts = 0;
  #shown: Count | undefined;
  #coming: Count | undefined;
  #told: { readonly count: number; readonly restUntilMs: number } | undefined;

  constructor(uri: string, newest: DocumentText) {
    this.uri = uri;
    this.newest = newest;
  }

  /** The last that was read; `undefined` until the first text was. */
  get reading(): Reading | undefined {
    return this.#reading;
  }

  get policies(): readonly Policy[] {
    return this.#reading?.read.policies ?? [];
  }

  get cidrGroups(): ReadPolicies["cidrGroups"] {
    return this.#reading?.read.cidrGroups ?? [];
  }

  /** A version of the text was read, or says the same as what was; it is counted from the next {@link recount} on. */
  take(version: number, reading: Reading): void {
    this.#version = version;
    this.#reading = reading;
  }

  /** The steps after which the present text, among these surroundings, is counted anew over what is held then. */
  recountSteps(surroundings: Surroundings): Steps {
    return this.#recountSteps(surroundings, { version: this.#version, read: this.#reading?.read ?? nothing });
  }

  *#recountSteps(surroundings: Surroundings, { version, read }: Pick<Count, "version" | "read">): Steps {
    const { store, others, context } = surroundings;
    const set = yield* policySetSteps([...others, ...read.policies], context);
    const tally = yield* tallySteps(set, read.policies, store);
    const applied = yield* appliedStates(read.policies, surroundings.applied);
    this.#begin({ version, read, tally, applied }, surroundings);
  }

  #begin(
    counted: Pick<Count, "version" | "read" | "tally" | "applied">,
    { store, pump, sinceRow }: Surroundings,
  ): void {
    const { tally } = counted;
    let notSeenMs = 0;
    const readMany = (from: number, end: number): void => {
      tally.addMany(from, end);
      const { kind } = store.columns;
      for (let row = from; row < end; row++)
        if (kind[store.slotOf(row)] === 2) notSeenMs += gapMs(store, row);
    };
    const reader: RowReader = {
      next: Math.max(sinceRow, store.first),
      readBeforeDrop: true,
      read: (row) => {
        readMany(row, row + 1);
      },
      readMany,
    };
    this.#coming?.reading.dispose();
    this.#counts += 1;
    this.#coming = {
      ...counted,
      number: this.#counts,
      reader,
      sinceRow,
      completeAt: store.end,
      notSeenMs: () => notSeenMs,
      reading: pump.add(reader),
    };
    this.#showWhenComplete();
  }

  /** Is it too soon to tell all the numbers of a long document again? */
  rests(nowMs: number): boolean {
    this.#showWhenComplete();
    return (
      this.#told !== undefined && this.#told.count === this.#shown?.number && nowMs < this.#told.restUntilMs
    );
  }

  /** What is shown now, told at `nowMs`; `undefined` until the first count is complete. */
  snapshot(nowMs: number): DocumentTally | undefined {
    this.#showWhenComplete();
    if (!this.#shown) return undefined;
    const entries = this.#shown.tally.entries();
    this.#told = { count: this.#shown.number, restUntilMs: nowMs + restMs(entries.length) };
    const { version, read, tally, applied } = this.#shown;
    const notSeenMs = this.#shown.notSeenMs();
    return {
      uri: this.uri,
      version,
      problems: read.problems,
      entries,
      elsewhere: { ...tally.elsewhere() },
      basis: tally.basis(),
      ...(notSeenMs > 0 && { notSeenMs }),
      applied,
    };
  }

  /** Rows below this one were counted for what is shown. */
  countedBelow(): number {
    this.#showWhenComplete();
    return this.#shown?.reader.next ?? 0;
  }

  /** Changes when other rows stand behind what is shown: counted anew, or by other events. */
  shownBasis(): string {
    this.#showWhenComplete();
    return this.#shown ? `${this.#shown.number} ${this.#shown.tally.basis().source}` : "";
  }

  /** Does the row stand behind a number that is shown at the place? */
  decidedBy(row: number, { policy, kind, path }: RuleFilter): boolean {
    return (
      this.#shown !== undefined &&
      row >= this.#shown.sinceRow &&
      this.#shown.tally.decidedBy(row, { policy, kind, path })
    );
  }

  /** What was counted is of no interest any more: nothing is shown until it is counted anew. */
  forget(): void {
    this.dispose();
  }

  dispose(): void {
    this.#coming?.reading.dispose();
    this.#shown?.reading.dispose();
    this.#coming = undefined;
    this.#shown = undefined;
  }

  #showWhenComplete(): void {
    if (!this.#coming || this.#coming.reader.next < this.#coming.completeAt) return;
    this.#shown?.reading.dispose();
    this.#shown = this.#coming;
    this.#coming = undefined;
  }
}

/**
 * Telling the numbers of a document costs the threads between which they go, and the editor, some 10 µs each: that of
 * ten thousand rules may not take more than a small part of their time.
 */
function restMs(entries: number): number {
  return entries <= shortEntries ? 0 : entries / 8;
}

/** So many numbers are told with every snapshot. */
const shortEntries = 2_000;

/** How long the gap is whose notice a row holds; 0 for any other notice. */
function gapMs(store: FlowStore, row: number): number {
  const notice = store.noticeAt(row);
  return notice?.kind === "gap" ? toMs(notice.until) - toMs(notice.time) : 0;
}

function* appliedStates(
  policies: readonly Policy[],
  applied: readonly Policy[] | undefined,
): Steps<DocumentTally["applied"]> {
  const byKey = applied && new Map(applied.map((policy) => [policyKey(policy), policy]));
  const states: DocumentTally["applied"][number][] = [];
  for (const policy of policies) {
    yield;
    states.push(appliedState(policy, byKey));
  }
  return states;
}

function appliedState(
  policy: Policy,
  applied: ReadonlyMap<string, Policy> | undefined,
): DocumentTally["applied"][number] {
  const namesake = applied?.get(policyKey(policy));
  const state: AppliedState =
    applied === undefined
      ? "unknown"
      : namesake === undefined
        ? "absent"
        : samePolicy(policy, namesake)
          ? "same"
          : "differs";
  const { kind, refused } = policy;
  return { policy: policyName(policy), kind, state, ...(refused !== undefined && { refused }) };
}

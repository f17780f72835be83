import type { FlowStore } from "../flows/flowStore.ts";
import type { Policy } from "../policy/policy.ts";
import type { PolicyReadings } from "./policyReadings.ts";
import { haveSameContent, sayTheSame } from "./sayTheSame.ts";

/** The policies applied in the cluster, where they are known, and since when. */
export class AppliedPolicies {
  readonly #readings: Pick<PolicyReadings<AppliedPolicies>, "startAll" | "abandon">;
  readonly #store: FlowStore;
  readonly #onChange: () => void;
  /** What is to be read, and the first row that was decided under it. */
  #said: { readonly texts: readonly string[]; readonly sinceRow: number } | undefined;
  #policies: readonly Policy[] | undefined;
  #sinceRow = 0;

  constructor(
    readings: Pick<PolicyReadings<AppliedPolicies>, "startAll" | "abandon">,
    store: FlowStore,
    onChange: () => void,
  ) {
    this.#readings = readings;
    this.#store = store;
    this.#onChange = onChange;
  }

  /** The last that were read; `undefined`: they are not known. */
  get policies(): readonly Policy[] | undefined {
    return this.#policies;
  }

  /** The first row that was decided under the policies applied now. */
  get sinceRow(): number {
    return this.#sinceRow;
  }

  /** The policies are others from now on, or not known (`null`). */
  set(texts: readonly string[] | null): void {
    this.#said = texts ? { texts, sinceRow: this.#store.end } : undefined;
    this.#readings.abandon(this);
    if (this.#said) this.readAgain();
    else this.#take(undefined, 0);
  }

  /** Reads the texts, anew when they are judged by something else now. */
  readAgain(): void {
    if (!this.#said) return;
    const { texts, sinceRow } = this.#said;
    this.#readings.startAll(this, texts, (policies) => {
      this.#take(policies, sinceRow);
    });
  }

  /** Flows come from elsewhere: from the next row on. */
  begin(): void {
    this.#sinceRow = this.#store.end;
  }

  #take(now: readonly Policy[] | undefined, sinceRow: number): void {
    const before = this.#policies;
    this.#policies = now;
    if (before === undefined ? now === undefined : now !== undefined && sayTheSame(before, now)) return;
    // Learning what had been applied all along makes no flow another one's.
    const isOther = before !== undefined && now !== undefined && !haveSameContent(before, now);
    if (isOther) this.#sinceRow = Math.max(this.#sinceRow, sinceRow);
    this.#onChange();
  }
}

import type { FlowStore } from "../flows/flowStore.ts";
import type { Report } from "./tallyEffect.ts";

/** Other drops are no decisions of policy. */
const reportOfReason: ReadonlyMap<string, Report> = new Map([
  ["POLICY_DENIED", "denied-by-default"],
  ["POLICY_DENY", "denied-by-rule"],
  ["AUTH_REQUIRED", "auth-required"],
]);

/** What a drop reason reports about policy, judged once for each of a store's numbers. */
export class DropReports {
  readonly #store: FlowStore;
  #byNumber = new Map<number, Report | undefined>();

  constructor(store: FlowStore) {
    this.#store = store;
  }

  /** `undefined`: nothing. */
  of(number: number): Report | undefined {
    const known = this.#byNumber.get(number);
    if (known !== undefined || this.#byNumber.has(number)) return known;
    const report = reportOfReason.get(this.#store.strings.get(number) ?? "");
    this.#byNumber.set(number, report);
    return report;
  }

  /** The store's numbers have changed their meaning. */
  renumber(): void {
    this.#byNumber.clear();
  }
}

import type { Problem } from "../../base/problem.ts";
import type { TextRange } from "../../base/textRange.ts";
import type { Timestamp } from "../flow.ts";
import type { FlowRange } from "../flowFilter.ts";
import { readTimeArgument, timeLayouts } from "../timeArgument.ts";
import type { TermText } from "./filterTerm.ts";
import { conflictBetween } from "./flagConflicts.ts";
import { maxUint64, readBoolean, readLiteral } from "./goNumber.ts";
import type { RefusedTerm } from "./refusal.ts";

type Changing = { -readonly [K in keyof FlowRange]?: FlowRange[K] | undefined };

/** Collects which stretch of flows is asked for; of a flag that is repeated the last one counts. */
export class RangeTerms {
  readonly #now: Timestamp;
  readonly #follows: boolean;
  readonly #range: Changing = {};
  readonly #places = new Map<string, TextRange>();

  constructor(now: Timestamp, terms: readonly TermText[]) {
    this.#now = now;
    const follow = terms.findLast(({ flag }) => flag === "follow");
    this.#follows = follow !== undefined && readBoolean(follow.value ?? "true") === true;
  }

  /** Adds a term, or says why it cannot. */
  add({ flag, value = "true" }: TermText, range: TextRange): RefusedTerm | undefined {
    this.#places.set(flag, range);
    switch (flag) {
      case "last":
      case "first":
        return this.#addCount(flag, value);
      case "since":
      case "until":
        return this.#addTime(flag, value);
      default:
        return this.#addSwitch(flag === "all" ? "all" : "follow", value);
    }
  }

  /** What cannot be combined. */
  problems(): readonly Problem[] {
    const problems: Problem[] = [];
    const given = Object.keys(this.range() ?? {});
    for (const [index, one] of given.entries()) {
      for (const other of given.slice(index + 1).filter((each) => conflictBetween(one, each))) {
        const message = `--${one} and --${other} cannot be combined`;
        problems.push({ severity: "error", code: "conflict", message, range: this.#later(one, other) });
      }
    }
    if (this.#follows && this.#places.has("until")) {
      const message = "--until counts for nothing with --follow";
      problems.push({
        severity: "warning",
        code: "ignored-flag",
        message,
        range: this.#later("until", "until"),
      });
    }
    return problems;
  }

  /** The stretch; undefined when nothing is said of it. */
  range(): FlowRange | undefined {
    const given = Object.entries(this.#range).filter(([, value]) => value !== undefined);
    return given.length === 0 ? undefined : Object.fromEntries(given);
  }

  #later(one: string, other: string): TextRange {
    const nowhere = { start: 0, end: 0 };
    const [a, b] = [this.#places.get(one) ?? nowhere, this.#places.get(other) ?? nowhere];
    return a.start > b.start ? a : b;
  }

  /** 0 is as good as not given. */
  #addCount(flag: "last" | "first", value: string): RefusedTerm | undefined {
    const count = readLiteral(value, maxUint64);
    if (count === undefined) return { refused: `--${flag} takes a whole number`, code: "bad-value" };
    this.#range[flag] = count === 0n ? undefined : Number(count);
    return undefined;
  }

  /** An empty text is as good as not given, and `--until` is not even read with `--follow`. */
  #addTime(flag: "since" | "until", value: string): RefusedTerm | undefined {
    const time = value === "" ? undefined : readTimeArgument(value, this.#now);
    if (!time && value !== "" && !(flag === "until" && this.#follows)) {
      const examples = [timeLayouts.YearMonthDay, timeLayouts.RFC3339].join(", ");
      return { refused: `--${flag} takes a duration (5m, 1h30m) or a time (${examples})`, code: "bad-value" };
    }
    this.#range[flag] = time;
    return undefined;
  }

  #addSwitch(flag: "all" | "follow", value: string): RefusedTerm | undefined {
    const on = readBoolean(value);
    if (on === undefined)
      return { refused: `--${flag} takes true or false, as in --${flag}=false`, code: "bad-value" };
    this.#range[flag] = on ? true : undefined;
    return undefined;
  }
}

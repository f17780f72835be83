import type { Disposable } from "../base/disposable.ts";
import type { Policy } from "../policy/policy.ts";
import type { JudgeOptions } from "../policy/policyProblem.ts";
import { type ReadPolicies, readPolicySteps } from "../policy/readPolicies.ts";
import { SlicedWork } from "./slicedWork.ts";

/** What a text was read as, and by which options: {@link PolicyReadings.judge} as it was then. */
export interface Reading {
  readonly text: string;
  readonly judge: JudgeOptions;
  readonly read: ReadPolicies;
}

/** Ingestion and questions get their turn at least this often. */
const sliceMs = 8;
/** Texts of more characters than this keep nobody waiting: they take a good part of a second. */
const shortText = 250_000;

/** Reads policy texts little by little, short ones first, by what is known of the agents. */
export class PolicyReadings<Key> implements Disposable {
  readonly #work: SlicedWork<Key>;
  #judge: JudgeOptions = {};

  /** `onSlice` is called each time some of the work is done. */
  constructor(onSlice: () => void) {
    this.#work = new SlicedWork({ sliceMs, onSlice });
  }

  /** What texts are judged by from now on. */
  get judge(): JudgeOptions {
    return this.#judge;
  }

  /** Answers whether these are other options: what is under way goes on by the old ones. */
  setJudge(judge: JudgeOptions): boolean {
    if (JSON.stringify(judge) === JSON.stringify(this.#judge)) return false;
    this.#judge = judge;
    return true;
  }

  /** Is a text being read that does not take long? */
  get readsShortText(): boolean {
    return this.#work.isBusyUpTo(shortText);
  }

  /** Reads a text in place of what is being read by the same key; `before` saves reading what did not change. */
  start(key: Key, text: string, { before, done }: ReadOrder): void {
    const judge = this.#judge;
    const earlier = before?.judge === judge ? { earlier: before.read } : {};
    this.#work.start(key, {
      steps: readPolicySteps(text, { ...judge, ...earlier }),
      size: text.length,
      done: (read) => {
        done({ text, judge, read });
      },
    });
  }

  /** Reads all the policies of several texts. */
  startAll(key: Key, texts: readonly string[], done: (policies: readonly Policy[]) => void): void {
    const size = texts.reduce((sum, { length }) => sum + length, 0);
    this.#work.start(key, { steps: readAll(texts, this.#judge), size, done });
  }

  /** Nobody wants to know any more what is being read by this key. */
  abandon(key: Key): void {
    this.#work.abandon(key);
  }

  dispose(): void {
    this.#work.dispose();
  }
}

interface ReadOrder {
  readonly before: Reading | undefined;
  readonly done: (reading: Reading) => void;
}

function* readAll(texts: readonly string[], judge: JudgeOptions): Generator<void, readonly Policy[]> {
  const policies: Policy[] = [];
  for (const text of texts) {
    // One by one: as many arguments as policies is more than a call takes.
    for (const policy of (yield* readPolicySteps(text, judge)).policies) policies.push(policy);
  }
  return policies;
}

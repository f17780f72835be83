/**
 * Work in short steps: whoever shares a thread with others goes on with the next one when it likes, or never. Each
 * takes well under a millisecond, so it is worth asking for the time only after several.
 */
export type Steps<Result = void> = Generator<void, Result>;

/** Takes all steps at once. */
export function runSteps<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

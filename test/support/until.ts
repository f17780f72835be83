const pollMs = 50;

/**
 * Waits for a condition by asking again and again; the deadline turns a hang into a failure that says what was seen.
 * @param what is waited for, in the words of the failure
 * @param ask answers undefined or false while it does not hold yet
 * @param withinMs the most that it may take
 * @param describe what to add to the failure: what was seen last
 */
export async function until<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  withinMs = 20_000,
  describe: () => string | Promise<string> = () => "",
): Promise<T> {
  const deadlineMs = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > deadlineMs) {
      throw new Error(`not within ${withinMs / 1000} s: ${what} ${await describe()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

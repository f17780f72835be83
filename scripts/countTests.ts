// A reporter for node:test: writes one JSON object with the counts of the whole run. Named on its command line.
import type { TestEvent } from "node:test/reporters";
import type { SuiteResult } from "./testSuites.ts";

export default async function* countTests(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    if (event.type !== "test:summary" || event.data.file !== undefined) continue;
    const { counts } = event.data;
    const result: SuiteResult = {
      passed: counts.passed,
      failed: counts.tests - counts.passed - counts.skipped - counts.todo,
      skipped: counts.skipped + counts.todo,
    };
    yield JSON.stringify(result);
  }
}

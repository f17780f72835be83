import type { SuiteContext, TestContext } from "node:test";
import type { Workbench } from "./openWorkbench.ts";

/** For `afterEach`: keeps a picture of the workbench as it stood when a test failed. */
export async function keepFailurePicture(
  workbench: Workbench,
  context: TestContext | SuiteContext,
): Promise<void> {
  if (!("passed" in context) || context.passed) return;
  const name = context.name.replaceAll(/[^A-Za-z0-9]+/g, "-").slice(0, 60);
  await workbench.screenshot(`failed-${name}`, ["dark"]);
}

import { writeFileSync } from "node:fs";
import Mocha from "mocha";

/** VS Code calls this inside the extension host; the suite is told by the environment (scripts/runVscodeSuite.ts). */
export async function run(): Promise<void> {
  const files = JSON.parse(process.env["HUBBLE_LENS_TEST_FILES"] ?? "[]") as string[];
  const report = process.env["HUBBLE_LENS_TEST_REPORT"];
  const mocha = new Mocha({ ui: "bdd", timeout: 60_000, color: false });
  for (const file of files) mocha.addFile(file);
  const failures = await new Promise<number>((resolve) => {
    const runner = mocha.run(resolve);
    runner.on("end", () => {
      const { passes = 0, failures: failed = 0, pending = 0 } = runner.stats ?? {};
      const result = { passed: passes, failed, skipped: pending };
      if (report !== undefined) writeFileSync(report, JSON.stringify(result));
    });
  });
  if (failures > 0) throw new Error(`${failures} failed`);
}

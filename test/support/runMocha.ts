import { writeFileSync } from "node:fs";
import { format } from "node:util";
import Mocha from "mocha";

/** VS Code calls this inside the extension host; the suite is told by the environment (scripts/runVscodeSuite.ts). */
export async function run(): Promise<void> {
  const files = JSON.parse(process.env["HUBBLE_LENS_TEST_FILES"] ?? "[]") as string[];
  const report = process.env["HUBBLE_LENS_TEST_REPORT"];
  if (report === undefined) throw new Error("HUBBLE_LENS_TEST_REPORT does not say where to report");

  // The host's console mixes with what the workbench logs: what mocha prints goes with the report.
  let printed = "";
  Mocha.reporters.Base.consoleLog = (...args: unknown[]) => {
    printed += `${format(...args)}\n`;
  };
  const mocha = new Mocha({ ui: "tdd", timeout: 60_000, color: false, reporter: "spec" });
  for (const file of files) mocha.addFile(file);
  const failures = await new Promise<number>((resolve) => {
    const runner = mocha.run((count) => {
      const { passes = 0, pending = 0 } = runner.stats ?? {};
      writeFileSync(report, JSON.stringify({ passed: passes, failed: count, skipped: pending, printed }));
      resolve(count);
    });
  });
  if (failures > 0) throw new Error(`${failures} failed`);
}

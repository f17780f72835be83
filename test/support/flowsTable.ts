import type { Workbench } from "./openWorkbench.ts";
import { until } from "./until.ts";

/** A row of the table in the panel "Hubble Flows", as a person reads it. */
export interface TableRow {
  readonly source: string;
  readonly destination: string;
  readonly port: string;
  readonly event: string;
  readonly verdict: string;
  readonly summary: string;
}

const cells = ["source", "destination", "port", "event", "verdict", "summary"];

/** The flows on screen, newest first; lines that are no flow (events lost, gaps) are left out. */
export async function tableRows(workbench: Workbench): Promise<readonly TableRow[]> {
  const frame = await workbench.webview("flows-app");
  const texts = await frame.locator("flow-grid .row[data-number]").evaluateAll((rows, names) => {
    return rows.map((row) =>
      names.map((name) =>
        (row.querySelector(`.cell.${name}`)?.textContent ?? "").replaceAll(/\s+/g, " ").trim(),
      ),
    );
  }, cells);
  return texts
    .filter(([source, , , event]) => source !== "" && event !== "")
    .map(([source = "", destination = "", port = "", event = "", verdict = "", summary = ""]) => {
      return { source, destination, port, event, verdict, summary };
    });
}

/** Waits until the rows on screen are as a test wants them, and gives them; not longer than so many milliseconds. */
export async function untilTable(
  workbench: Workbench,
  what: string,
  holds: (rows: readonly TableRow[]) => boolean,
  atMostMs = 30_000,
): Promise<readonly TableRow[]> {
  let seen: readonly TableRow[] = [];
  return await until(
    `table: ${what}`,
    async () => {
      seen = await tableRows(workbench);
      return holds(seen) ? seen : undefined;
    },
    atMostMs,
    () => `seen: ${JSON.stringify(seen.slice(0, 30))}`,
  );
}

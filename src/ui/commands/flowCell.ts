import { env, window } from "vscode";
import type { TermText } from "../../flows/language/filterTerm.ts";
import { localize as t } from "../vscode/localize.ts";
import { groupTerms, readGroupNode } from "../views/groupTerms.ts";
import { readTerm } from "../views/panelMessage.ts";
import type { CommandParts } from "./commandParts.ts";

/** *Filter for This Value*: of a cell, of a value in the details, of an item of the tree. */
export async function filterFor(parts: CommandParts, place: unknown): Promise<void> {
  await addTerms(parts, place, false);
}

/** *Filter Out This Value*: as {@link filterFor}, for everything else. */
export async function filterOut(parts: CommandParts, place: unknown): Promise<void> {
  await addTerms(parts, place, true);
}

/** *Copy Value*: what a cell of the table says, or a value of the details. */
export async function copyValue(place: unknown): Promise<void> {
  const value = isRecord(place) ? place["flowValue"] : undefined;
  if (typeof value === "string") await env.clipboard.writeText(value);
}

/** *Copy as jsonpb*: the event of a row in one line, as `hubble observe -o jsonpb` prints it. */
export async function copyRow({ engine }: CommandParts, place: unknown): Promise<void> {
  const row = rowOf(place);
  const details = row === undefined ? null : await engine.request("details", { row });
  if (!details) {
    void window.showInformationMessage(t("This flow is no longer held: newer ones took its place."));
    return;
  }
  await env.clipboard.writeText(JSON.stringify(JSON.parse(details.json)));
  window.setStatusBarMessage(t("Copied the event as jsonpb."), 5000);
}

async function addTerms(parts: CommandParts, place: unknown, negated: boolean): Promise<void> {
  const terms = await termsOf(parts, place);
  if (terms.length > 0) {
    await parts.panel.addTerms(terms.map((term) => ({ ...term, negated })));
    return;
  }
  void window.showInformationMessage(t("There is no filter for this value."));
}

/** What menus pass is checked: a cell, a value with its flag, or an item of the tree. */
async function termsOf({ engine }: CommandParts, place: unknown): Promise<readonly TermText[]> {
  const group = readGroupNode(place);
  if (group) return groupTerms(group.namespace, group.workload);
  if (!isRecord(place)) return [];
  const given = readTerm(place["flowTerm"]);
  if (given) return [given];
  const row = rowOf(place);
  const column = place["flowColumn"];
  if (row === undefined || typeof column !== "string") return [];
  const { term } = await engine.request("cellTerm", { row, column });
  return term ? [term] : [];
}

function rowOf(place: unknown): number | undefined {
  const row = isRecord(place) ? place["flowRow"] : undefined;
  return typeof row === "number" && Number.isSafeInteger(row) ? row : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

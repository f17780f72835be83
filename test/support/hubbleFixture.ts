import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../scripts/projectRoot.ts";
import { responseFromJson } from "../../src/hubble/jsonpb.ts";

/** The path of a file of what the real CLI printed (`hubble-cli/compact.txt`, `tutorial/flows.jsonl`, …). */
export function fixturePath(name: string): string {
  return join(projectRoot, "test/fixtures", name);
}

/** The text of a fixture. */
export function fixtureText(name: string): string {
  return readFileSync(fixturePath(name), "utf8");
}

/** The lines of a fixture, without the last line end. */
export function fixtureLines(name: string): readonly string[] {
  return fixtureText(name).trimEnd().split("\n");
}

/** One line of JSON as the bytes of its message. */
export function rawOf(line: string): Uint8Array {
  const read = responseFromJson(line);
  assert.ok("raw" in read, line);
  return read.raw;
}

/** Flows of every kind, lost events and node status, as messages of a relay. */
export const hubbleMessages: readonly Uint8Array[] = fixtureLines("hubble-cli/flows.jsonl").map(rawOf);

import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { LineIndex } from "../base/textRange.ts";
import { FlowStore } from "../flows/flowStore.ts";
import { CaptureError, readCapture } from "../hubble/captureFile.ts";
import { readResponse } from "../hubble/readResponse.ts";
import type { CidrGroup } from "../policy/clusterContext.ts";
import { type Policy, policyKey, policyName } from "../policy/policy.ts";
import { createPolicySet } from "../policy/policySet.ts";
import { readPolicies } from "../policy/readPolicies.ts";
import { Tally } from "../policy/tally.ts";
import type { TallyEntry } from "../policy/tallyEntry.ts";
import { ArgumentError } from "./argumentError.ts";
import { LineWriter } from "./lineWriter.ts";

/** Flows are counted as they come: these many are held, so that a capture's size does not matter. */
const heldFlows = 1 << 17;

/** `tally`: counts what the rules of policies allowed and denied in a capture. Answers the exit status. */
export async function runTally(args: readonly string[]): Promise<number> {
  const { flows, policies: files } = parseTallyArguments(args);
  const streams = { out: new LineWriter(process.stdout), err: new LineWriter(process.stderr) };
  try {
    const read = await readPolicyFiles(files, streams.err);
    const entries = read && (await tallyCapture(flows, read, streams.err));
    if (entries) streams.out.write(JSON.stringify(entries, null, 2));
    return entries && !read.broken ? 0 : 1;
  } finally {
    await Promise.all([streams.out.flush(), streams.err.flush()]);
  }
}

function parseTallyArguments(args: readonly string[]): { flows: string; policies: readonly string[] } {
  const { values } = parseArgs({
    args: [...args],
    options: {
      flows: { type: "string" },
      policy: { type: "string", multiple: true },
      output: { type: "string", short: "o" },
    },
  });
  const { flows, policy, output } = values;
  if (flows === undefined) throw new ArgumentError("--flows is missing: the capture to count");
  if (!policy) throw new ArgumentError("--policy is missing: the policies to count by");
  if (output !== undefined && output !== "json")
    throw new ArgumentError(`--output takes json, not “${output}”`);
  return { flows, policies: policy };
}

interface ReadFiles {
  /** In document order, without those that a later namesake replaced. */
  readonly policies: readonly Policy[];
  readonly cidrGroups: readonly CidrGroup[];
  readonly lineOf: (policy: Policy, offset: number) => number;
  /** Could some document not be read at all? */
  readonly broken: boolean;
}

/** Reads all policies; says what is wrong with them on `err`. `undefined`: there is nothing to count by. */
async function readPolicyFiles(files: readonly string[], err: LineWriter): Promise<ReadFiles | undefined> {
  const places = new Map<Policy, { readonly file: string; readonly lines: LineIndex }>();
  const byKey = new Map<string, Policy>();
  const cidrGroups: CidrGroup[] = [];
  let broken = false;
  for (const file of files) {
    const text = await readText(file);
    if ("error" in text) {
      err.write(text.error);
      return undefined;
    }
    const lines = new LineIndex(text.content);
    const read = readPolicies(text.content);
    for (const { severity, code, message, range } of read.problems) {
      if (severity !== "error") continue;
      const { line, column } = lines.at(range.start);
      err.write(`${file}:${line}:${column}: ${severity}: ${message} (${code})`);
      broken ||= code === "yaml-syntax";
    }
    if (read.policies.length === 0 && read.cidrGroups.length === 0) {
      err.write(`${file}: holds no CiliumNetworkPolicy, CiliumClusterwideNetworkPolicy or NetworkPolicy.`);
      broken = true;
    }
    cidrGroups.push(...read.cidrGroups);
    for (const policy of read.policies) {
      const key = policyKey(policy);
      const earlier = byKey.get(key);
      const place = { file, lines };
      if (earlier) {
        const before = places.get(earlier);
        const lost = before ? `${before.file}:${before.lines.at(earlier.range.start).line}` : "";
        const found = `${file}:${lines.at(policy.range.start).line}`;
        err.write(`${found}: warning: ${policy.kind} ${policyName(policy)} replaces the one in ${lost}`);
      }
      places.set(policy, place);
      byKey.set(key, policy);
    }
  }
  const policies = [...places.keys()].filter((policy) => byKey.get(policyKey(policy)) === policy);
  if (policies.length === 0) return undefined;
  const lineOf = (policy: Policy, offset: number): number => places.get(policy)?.lines.at(offset).line ?? 0;
  return { policies, cidrGroups, lineOf, broken };
}

async function readText(file: string): Promise<{ readonly content: string } | { readonly error: string }> {
  try {
    return { content: await readFile(file, "utf8") };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") return { error: `${file} does not exist.` };
    if (code === "EISDIR") return { error: `${file} is a folder: name the files in it.` };
    return { error: `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** Counts a capture; `undefined`, and the reason on `err`, when it cannot be read. */
async function tallyCapture(
  file: string,
  read: ReadFiles,
  err: LineWriter,
): Promise<readonly object[] | undefined> {
  const set = createPolicySet(read.policies, { cidrGroups: read.cidrGroups });
  const store = new FlowStore({ maxFlows: heldFlows, maxBytes: 1 });
  const tally = new Tally(set, read.policies, store);
  const add = (raw: Uint8Array): void => {
    const response = readResponse(raw);
    const row = response.kind === "flow" ? store.append(response.flow) : undefined;
    if (row !== undefined) tally.add(row);
  };
  try {
    const result = await readCapture(file, add, { signal: new AbortController().signal });
    if (result.brokenCount > 0) {
      const [first] = result.brokenLines;
      const where = first ? `; the first is line ${first.line}: ${first.message}` : "";
      err.write(`${file}: ${result.brokenCount} lines could not be read and are not counted${where}`);
    }
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    err.write(error.message);
    return undefined;
  }
  const byPlace = new Map(read.policies.map((policy) => [`${policy.kind} ${policyName(policy)}`, policy]));
  return tally.entries().flatMap((entry) => {
    const policy = byPlace.get(`${entry.kind} ${entry.policy}`);
    return policy ? printed(entry, read.lineOf(policy, entry.range.start)) : [];
  });
}

/** One entry as it is printed; numbers for the eye only (rates, peers) are left out. */
function printed(entry: TallyEntry, line: number): readonly object[] {
  const head = { policy: entry.policy, kind: entry.kind, path: entry.path, line };
  switch (entry.type) {
    case "policy":
      return [];
    case "direction": {
      const { enforced, defaultDenied, audited, authRequired, localhost, defaultAllowed, differs } = entry;
      return [
        { ...head, enforced, defaultDenied, audited, authRequired, localhost, defaultAllowed, differs },
      ];
    }
    case "rule": {
      const { allowed, denied, nearMiss, possible, l7Allowed, l7Denied } = entry;
      return [{ ...head, allowed, denied, nearMiss, possible, l7Allowed, l7Denied }];
    }
    case "l7":
      return [{ ...head, l7Allowed: entry.l7Allowed }];
  }
}

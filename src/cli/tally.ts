import { parseArgs } from "node:util";
import { FlowStore } from "../flows/flowStore.ts";
import { CaptureError, readCapture } from "../hubble/captureFile.ts";
import { readResponse } from "../hubble/readResponse.ts";
import { type AgentFacts, judgeOptionsOf } from "../policy/agentFacts.ts";
import { policyName } from "../policy/policy.ts";
import { createPolicySet } from "../policy/policySet.ts";
import { Tally } from "../policy/tally.ts";
import type { TallyEntry } from "../policy/tallyEntry.ts";
import { agentFactsOf, agentFlags } from "./agentFlags.ts";
import { ArgumentError } from "./argumentError.ts";
import { LineWriter } from "./lineWriter.ts";
import { type PolicyFiles, readPolicyFiles } from "./policyFiles.ts";

/** Flows are counted as they come: these many are held, so that a capture's size does not matter. */
const heldFlows = 1 << 17;

/** `tally`: counts what the rules of policies allowed and denied in a capture. Answers the exit status. */
export async function runTally(args: readonly string[]): Promise<number> {
  const { flows, policies: files, facts } = parseTallyArguments(args);
  const streams = { out: new LineWriter(process.stdout), err: new LineWriter(process.stderr) };
  try {
    const read = await readPolicyFiles(files, streams.err, judgeOptionsOf(facts));
    const entries = read && (await tallyCapture(flows, { ...read, facts }, streams.err));
    if (entries) streams.out.write(JSON.stringify(entries, null, 2));
    return entries && !read.broken ? 0 : 1;
  } finally {
    await Promise.all([streams.out.flush(), streams.err.flush()]);
  }
}

interface TallyOptions {
  readonly flows: string;
  readonly policies: readonly string[];
  readonly facts: AgentFacts;
}

function parseTallyArguments(args: readonly string[]): TallyOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      flows: { type: "string" },
      policy: { type: "string", multiple: true },
      output: { type: "string", short: "o" },
      ...agentFlags,
    },
  });
  const { flows, policy, output } = values;
  if (flows === undefined) throw new ArgumentError("--flows is missing: the capture to count");
  if (!policy) throw new ArgumentError("--policy is missing: the policies to count by");
  if (output !== undefined && output !== "json")
    throw new ArgumentError(`--output takes json, not “${output}”`);
  return { flows, policies: policy, facts: agentFactsOf(values) };
}

/** Counts a capture; `undefined`, and the reason on `err`, when it cannot be read. */
async function tallyCapture(
  file: string,
  read: PolicyFiles & Pick<TallyOptions, "facts">,
  err: LineWriter,
): Promise<readonly object[] | undefined> {
  const set = createPolicySet(read.policies, { ...read.facts, cidrGroups: read.cidrGroups });
  const store = new FlowStore({ maxFlows: heldFlows, maxBytes: Infinity });
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

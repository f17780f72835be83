import { readFile } from "node:fs/promises";
import { LineIndex } from "../base/textRange.ts";
import type { CidrGroup } from "../policy/clusterContext.ts";
import { type Policy, policyKey, policyName } from "../policy/policy.ts";
import type { JudgeOptions } from "../policy/policyProblem.ts";
import { readPolicies } from "../policy/readPolicies.ts";
import type { LineWriter } from "./lineWriter.ts";

/** The policies of some files. */
export interface PolicyFiles {
  /** In document order, without those that a later namesake replaced. */
  readonly policies: readonly Policy[];
  readonly cidrGroups: readonly CidrGroup[];
  readonly lineOf: (policy: Policy, offset: number) => number;
  /** Could some document not be read at all? */
  readonly broken: boolean;
}

/** Reads all policies; says what is wrong with them on `err`. `undefined`: there is nothing to count by. */
export async function readPolicyFiles(
  files: readonly string[],
  err: LineWriter,
  judge: JudgeOptions = {},
): Promise<PolicyFiles | undefined> {
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
    const read = readPolicies(text.content, judge);
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

import { relative } from "node:path";
import { fileURLToPath } from "node:url";

/** What V8 writes into a `.cpuprofile`, as far as it is read here. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  /** The id of the node that was at work at each moment. */
  readonly samples: readonly number[];
  /** The µs before each sample. */
  readonly timeDeltas: readonly number[];
}

/** Time that was spent in something itself, not in what it called. */
export interface SelfTime {
  readonly name: string;
  readonly us: number;
}

/** Where the time of a profile went, the most first; idle time is left out. */
export interface ProfileSummary {
  readonly us: number;
  readonly functions: readonly SelfTime[];
  readonly files: readonly SelfTime[];
  readonly folders: readonly SelfTime[];
}

/** Adds up a profile by function, file and folder, named relative to `root`. */
export function summarizeProfile({ nodes, samples, timeDeltas }: CpuProfile, root: string): ProfileSummary {
  const byId = new Map(nodes.map((node) => [node.id, node.callFrame]));
  const sums = {
    functions: new Map<string, number>(),
    files: new Map<string, number>(),
    folders: new Map<string, number>(),
  };
  let total = 0;
  for (const [index, id] of samples.entries()) {
    const frame = byId.get(id);
    // A sample stands for the time until the next one.
    const us = timeDeltas[index + 1] ?? 0;
    if (!frame || frame.functionName === "(idle)") continue;
    total += us;
    const file = fileOf(frame.url, root);
    const name = frame.functionName || "(anonymous)";
    // What V8 itself does has a name in brackets, and no file.
    add(sums.functions, file === "" ? name : `${name}  ${file}:${frame.lineNumber + 1}`, us);
    add(sums.files, file === "" ? name : file, us);
    add(sums.folders, file === "" ? name : folderOf(file), us);
  }
  return {
    us: total,
    functions: sorted(sums.functions),
    files: sorted(sums.files),
    folders: sorted(sums.folders),
  };
}

function add(sums: Map<string, number>, name: string, us: number): void {
  sums.set(name, (sums.get(name) ?? 0) + us);
}

function sorted(sums: ReadonlyMap<string, number>): readonly SelfTime[] {
  return [...sums].map(([name, us]) => ({ name, us })).sort((one, other) => other.us - one.us);
}

function fileOf(url: string, root: string): string {
  return url.startsWith("file:") ? relative(root, fileURLToPath(url)) : url;
}

/** Of ours its folder, of a package its name, of Node's all together. */
function folderOf(file: string): string {
  if (file.startsWith("node:")) return "node:";
  const parts = file.split("/");
  if (parts[0] === "node_modules") return parts.slice(0, parts[1]?.startsWith("@") ? 3 : 2).join("/");
  return parts.slice(0, -1).join("/");
}

import { compilePattern } from "../base/pattern.ts";
import type { Endpoint, ServiceName } from "../flows/flow.ts";
import type { Workload } from "../hubble/gen/flow/flow_pb.js";
import { FilterError } from "./filterError.ts";

/** Is the name of a pod or Service in one of `prefix` (namespace "default"), `namespace/prefix`, `/prefix` (any)? */
export function nameTest(wanted: string): (name: ServiceName | undefined) => boolean {
  if (wanted === "") throw new FilterError(`invalid filter, must be [namespace/][<name>], got "${wanted}"`);
  const parts = wanted.includes("/") ? wanted.split("/") : ["default", wanted];
  const [namespace = "", prefix = ""] = parts;
  return (name) => {
    if (!name || name.namespace + name.name === "") return false;
    return ["", name.namespace].includes(namespace) && name.name.indexOf(prefix) === 0;
  };
}

/** The pod of an endpoint, as a name. */
export function podOf({ namespace, podName }: Endpoint): ServiceName {
  return { namespace, name: podName };
}

/** Has the endpoint a workload of this name and kind, as far as they are given? */
export function workloadTest(wanted: Pick<Workload, "kind" | "name">): (endpoint: Endpoint) => boolean {
  const fits = (asked: string, has: string) => asked === "" || asked === has;
  return ({ workloads }) =>
    workloads.some(({ kind, name }) => fits(wanted.kind, kind) && fits(wanted.name, name));
}

/** The number of an endpoint's identity; of one that the event does not tell of, none. */
export function identityOf(endpoint: Endpoint): number | undefined {
  const { labels, workloads, ...rest } = endpoint;
  const isTold = Object.values(rest).some(Boolean) || labels.length + workloads.length > 0;
  return isTold ? endpoint.identity : undefined;
}

/** Is one of these names the wanted one, in which `*` is any run of letters? */
export function domainTest(wanted: string): (names: readonly string[]) => boolean {
  const glob = globOf(wanted);
  return (names) => names.some((name) => glob.test(name));
}

/** `[cluster/]node`, each a glob; a part that is not given is any. */
export function nodeNameTest(wanted: string): (name: string) => boolean {
  if (wanted === "") throw new FilterError("empty pattern");
  const parts = wanted.split("/");
  if (parts.length > 2) throw new FilterError("too many slashes in pattern");
  const globs = [parts.length === 2 ? (parts[0] ?? "") : "", parts.at(-1) ?? ""].map((part) =>
    part === "" ? /^[-\w]+(?:\.[-\w]+)*$/ : globOf(part),
  );
  return (name) => {
    if (name === "") return false;
    const [cluster = "", ...node] = name.includes("/") ? name.split("/") : ["default", name];
    const named = [cluster, node.join("/")];
    return globs.every((glob, index) => glob.test(named[index] ?? "") && !/[A-Z]/.test(named[index] ?? ""));
  };
}

interface Glob {
  test(text: string): boolean;
}

/** Takes time linear in the text. */
function globOf(wanted: string): Glob {
  let glob = wanted.trim();
  if (glob.endsWith(".")) glob = glob.slice(0, -1);
  glob = glob.toLowerCase();
  if (glob === "") throw new FilterError("empty pattern");
  if (glob.endsWith(".")) throw new FilterError("multiple trailing dots in pattern");
  let source = "";
  for (const letter of glob) {
    if (letter === "*") source += "[a-z0-9.-]*";
    else if (letter === ".") source += "[.]";
    else if (/[a-z0-9_-]/.test(letter)) source += letter;
    else throw new FilterError(`'${letter}': invalid rune in pattern`);
  }
  const pattern = compilePattern(source);
  if ("error" in pattern) throw new FilterError(pattern.error);
  return { test: (text) => pattern.matchesWhole(text) };
}

import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, isAbsolute, join, sep } from "node:path";
import { parseDocument } from "yaml";
import { LineIndex } from "../base/textRange.ts";
import { ClusterError } from "./clusterError.ts";
import { isMap, listAt, textAt, valueAt } from "./jsonValue.ts";

/** A cluster or user of a kubeconfig, with kubectl's own keys; paths in it are absolute. */
export type KubeconfigEntry = Readonly<Record<string, unknown>>;

/** Several kubeconfig files as one, as kubectl merges them. */
export interface Kubeconfig {
  /** The files that were read, in order. */
  readonly files: readonly string[];
  readonly clusters: ReadonlyMap<string, KubeconfigEntry>;
  readonly users: ReadonlyMap<string, KubeconfigEntry>;
  readonly contexts: ReadonlyMap<string, KubeconfigEntry>;
  readonly currentContext?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;
type Section = "clusters" | "users" | "contexts";

/** The key under which a section's entries hold their content. */
const contentKeys = { clusters: "cluster", users: "user", contexts: "context" } as const;

/** Values that are paths, relative to the file that holds them. */
const pathKeys = ["certificate-authority", "client-certificate", "client-key", "tokenFile"];

/**
 * Reads the kubeconfig that kubectl would use: the given files, else those of `KUBECONFIG`, else `~/.kube/config`.
 * The first definition of a name wins, and so does the first current context; files that do not exist are skipped as long
 * as one does. Nothing is ever written. Throws `ClusterError` of kind `kubeconfig-missing` or `kubeconfig-invalid`.
 */
export async function readKubeconfig(
  paths: readonly string[],
  environment: Environment = process.env,
): Promise<Kubeconfig> {
  const wanted = kubeconfigFiles(paths, environment);
  const files: string[] = [];
  const clusters = new Map<string, KubeconfigEntry>();
  const users = new Map<string, KubeconfigEntry>();
  const contexts = new Map<string, KubeconfigEntry>();
  let currentContext: string | undefined;
  for (const file of wanted) {
    const text = await readIfThere(file);
    if (text === undefined) continue;
    files.push(file);
    const content = parseKubeconfig(file, text);
    addMissing(clusters, readSection(file, content, "clusters"));
    addMissing(users, readSection(file, content, "users"));
    addMissing(contexts, readSection(file, content, "contexts"));
    currentContext ??= textAt(content, "current-context");
  }
  if (files.length === 0) {
    throw new ClusterError(
      "kubeconfig-missing",
      `No kubeconfig was found: ${wanted.join(", ")} ${wanted.length === 1 ? "does" : "do"} not exist. ` +
        "Set KUBECONFIG or the kubeconfig setting to the file that kubectl uses.",
    );
  }
  return { files, clusters, users, contexts, ...(currentContext !== undefined && { currentContext }) };
}

/** The files in which kubectl would look, whether they exist or not. */
export function kubeconfigFiles(paths: readonly string[], environment: Environment): readonly string[] {
  const home = environment["HOME"] ?? homedir();
  if (paths.length > 0) return paths.map((path) => path.replace(/^~(?=[/\\])/, () => home));
  const named = (environment["KUBECONFIG"] ?? "").split(delimiter).filter((path) => path !== "");
  return named.length > 0 ? [...new Set(named)] : [join(home, ".kube", "config")];
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (textAt(error, "code") === "ENOENT") return undefined;
    throw new ClusterError("kubeconfig-invalid", `The kubeconfig ${file} cannot be read.`, error);
  }
}

function parseKubeconfig(file: string, text: string): unknown {
  // Pretty errors would quote the text around the mistake: it may hold a token.
  const document = parseDocument(text, { prettyErrors: false });
  const [error] = document.errors;
  if (error) {
    const { line, column } = new LineIndex(text).at(error.pos[0]);
    throw new ClusterError(
      "kubeconfig-invalid",
      `The kubeconfig ${file} is not valid YAML: line ${line}, column ${column}.`,
      error.code,
    );
  }
  let content: unknown;
  try {
    content = document.toJS();
  } catch (cause) {
    throw new ClusterError(
      "kubeconfig-invalid",
      `The kubeconfig ${file} is not valid YAML: its aliases lead nowhere, or are too many.`,
      cause,
    );
  }
  if (content === null || content === undefined) return {};
  if (isMap(content)) return content;
  throw new ClusterError(
    "kubeconfig-invalid",
    `The kubeconfig ${file} is not a kubeconfig: it holds no map of clusters, users and contexts.`,
  );
}

function readSection(file: string, content: unknown, section: Section): Map<string, KubeconfigEntry> {
  const listed = valueAt(content, section);
  if (listed !== undefined && listed !== null && !Array.isArray(listed)) {
    throw new ClusterError(
      "kubeconfig-invalid",
      `The kubeconfig ${file} is broken: ${section} is not a list.`,
    );
  }
  const entries = new Map<string, KubeconfigEntry>();
  for (const [index, item] of listAt(content, section).entries()) {
    const name = textAt(item, "name");
    const entry = valueAt(item, contentKeys[section]) ?? {};
    if (name === undefined || !isMap(entry) || entries.has(name)) {
      const fault = name === undefined ? "has no name" : isMap(entry) ? "has a name twice" : "is not a map";
      throw new ClusterError(
        "kubeconfig-invalid",
        `The kubeconfig ${file} is broken: ${section}[${index}] ${fault}.`,
      );
    }
    entries.set(name, resolvePaths(dirname(file), entry));
  }
  return entries;
}

function resolvePaths(directory: string, entry: KubeconfigEntry): KubeconfigEntry {
  const resolved: Record<string, unknown> = { ...entry };
  for (const key of pathKeys) {
    const path = textAt(entry, key);
    if (path !== undefined) resolved[key] = isAbsolute(path) ? path : join(directory, path);
  }
  const command = textAt(entry, "exec", "command");
  // A command without a separator is looked up in PATH.
  if (command !== undefined && command.includes(sep) && !isAbsolute(command)) {
    resolved["exec"] = { ...(entry["exec"] as object), command: join(directory, command) };
  }
  return resolved;
}

function addMissing(into: Map<string, KubeconfigEntry>, from: ReadonlyMap<string, KubeconfigEntry>): void {
  for (const [name, entry] of from) if (!into.has(name)) into.set(name, entry);
}

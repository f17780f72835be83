import { reservedIdentityNumbers } from "../../flows/language/identityNames.ts";
import type { TermText } from "../../flows/language/filterTerm.ts";
import type { WorkloadGroup } from "../../protocol/engine.ts";

/** An item of the tree: a namespace, or one of its workloads. */
export interface GroupPlace {
  /** `""` is outside the cluster. */
  readonly namespace: string;
  readonly workload?: Pick<WorkloadGroup, "kind" | "name">;
}

/** The terms that ask for the flows with a side in a namespace, or in a workload of it; none where no flag says it. */
export function groupTerms(namespace: string, workload?: GroupPlace["workload"]): readonly TermText[] {
  if (namespace === "")
    return workload ? outsideTerms(workload.name) : [term("label", "!io.kubernetes.pod.namespace")];
  if (!workload) return [term("namespace", namespace)];
  const { kind, name } = workload;
  if (kind !== "") return [term("pod", `${namespace}/${podPrefix(kind, name)}`)];
  // A side in a namespace that is no pod goes by its identity.
  const identity = /^identity (\d+)$/.exec(name)?.[1];
  if (identity !== undefined) return [term("namespace", namespace), term("identity", identity)];
  return [term("pod", `${namespace}/${name}`)];
}

/**
 * How the names of a workload's pods begin. Not by `--workload`: a node tells the workloads of its own pods only, so that
 * what another node saw, such as a denied attempt, would be missing.
 */
function podPrefix(kind: string, name: string): string {
  // Kubernetes cuts a long name off before it adds its own letters.
  const shortened = name.slice(0, 45);
  return kind === "Pod" || shortened !== name ? shortened : `${name}-`;
}

/** What a menu of the tree passes; `undefined` for anything else. */
export function readGroupNode(node: unknown): GroupPlace | undefined {
  if (!isRecord(node) || !isRecord(node["group"])) return undefined;
  const { type, namespace, group } = node;
  if (type === "namespace" && typeof group["namespace"] === "string")
    return { namespace: group["namespace"] };
  const { kind, name } = group;
  if (type !== "workload" || typeof namespace !== "string") return undefined;
  return typeof kind === "string" && typeof name === "string"
    ? { namespace, workload: { kind, name } }
    : undefined;
}

/** Outside the cluster things go by a reserved name, an address, or a DNS name. */
function outsideTerms(name: string): readonly TermText[] {
  if (Object.hasOwn(reservedIdentityNumbers, name)) return [term("identity", name)];
  if (/^[\d.]+$/.test(name) || name.includes(":")) return [term("ip", name)];
  return name.includes(".") ? [term("fqdn", name)] : [];
}

function term(flag: string, value: string): TermText {
  return { flag, negated: false, value };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

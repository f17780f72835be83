import type { Steps } from "../base/steps.ts";
import { checkCiliumPolicy, judgedVersion } from "./checkCiliumPolicy.ts";
import { checkNetworkPolicy } from "./checkNetworkPolicy.ts";
import { checkShape, reportUnquoted, unquotedLetter, wrongType } from "./checkShape.ts";
import { cidrGroupShape, ciliumPolicyShape } from "./ciliumShape.ts";
import { objectNameFault } from "./labelText.ts";
import { removalMend, textMend } from "./mend.ts";
import { networkPolicyShape } from "./networkPolicyShape.ts";
import type { PolicyKind } from "./policy.ts";
import type { JudgeOptions } from "./policyProblem.ts";
import type { YamlFields, YamlValue } from "./yamlValue.ts";

/**
 * Says all that is wrong with an object of one of our kinds. Answers why it has no effect, if so: agents refuse it (a
 * NetworkPolicy is refused by the API server alone), and not only those of a version that nobody asked for.
 */
export function* checkPolicy(
  fields: YamlFields,
  kind: PolicyKind | "CiliumCIDRGroup",
  options: JudgeOptions,
): Steps<string | undefined> {
  const { reading } = fields.owner;
  const before = reading.problems.length;
  const version = judgedVersion(options);
  const isCilium = kind === "CiliumNetworkPolicy" || kind === "CiliumClusterwideNetworkPolicy";
  const namespace = fields.get("metadata")?.asMap()?.get("namespace")?.words;
  checkMetadata(fields, kind);
  if (isCilium) yield* checkCiliumPolicy(fields, { kind, version, options, namespace });
  else if (kind === "NetworkPolicy") yield* checkNetworkPolicy(fields);
  const shape = kind === "NetworkPolicy" ? networkPolicyShape : isCilium ? ciliumPolicyShape : cidrGroupShape;
  yield* checkShape(fields.owner, shape, { version, agents: isCilium, without: whatIsLost });
  const decisive = isCilium ? "agent" : "apiserver";
  return reading.problems.slice(before).find(
    ({ code, refusedBy, versionDependent }) =>
      refusedBy.includes(decisive) &&
      code !== unquotedLetter &&
      // Without a version that was asked for, others may take it.
      (versionDependent !== true || options.ciliumVersion !== undefined),
  )?.message;
}

const everybody = ["apiserver", "agent"] as const;

function checkMetadata(fields: YamlFields, kind: string): void {
  const value = fields.get("metadata");
  const metadata = value?.asMap();
  if (value && !metadata) wrongType(value, "a mapping", everybody);
  const name = metadata?.get("name");
  if (name) checkName(name);
  const namespace = metadata?.get("namespace");
  if (namespace) checkName(namespace);
  if (namespace && (kind === "CiliumClusterwideNetworkPolicy" || kind === "CiliumCIDRGroup")) {
    const message = `A ${kind} belongs to no namespace.`;
    const mend = metadata ? removalMend(metadata, "namespace") : {};
    namespace.report({ severity: "warning", code: "namespace-ignored", message, ...mend });
  }
  for (const field of ["labels", "annotations"]) {
    const texts = metadata?.get(field);
    if (texts && !texts.isMap) wrongType(texts, "a mapping", everybody);
    for (const [, text] of texts?.asMap()?.all() ?? []) {
      if (text.scalarType === "boolean" || text.scalarType === "number") reportUnquoted(text, ["apiserver"]);
      else if (text.scalarType === undefined) wrongType(text, "a text", everybody);
    }
  }
}

function checkName(name: YamlValue): void {
  if (name.scalarType === undefined) wrongType(name, "a text", everybody);
  else if (name.scalarType !== "text") reportUnquoted(name, ["apiserver"]);
  const fault = name.words === undefined || name.words === "" ? undefined : objectNameFault(name.words);
  if (fault === undefined) return;
  const likely = (name.words ?? "").toLowerCase().replace(/[_\s]+/g, "-");
  const mend = objectNameFault(likely) === undefined ? textMend(name, likely) : {};
  name.report({ code: "invalid-name", message: fault, refusedBy: ["apiserver"], ...mend });
}

const peerField = /^(from|to)(?!Ports|Requires)[A-Z]|^(from|to)$/;

/** What a rule comes to when a field that was meant is dropped from it. */
function whatIsLost(fields: YamlFields, likely: string): string {
  const others = fields.all().map(([name]) => name);
  const hasPeers = others.some((name) => peerField.test(name) && name !== likely);
  const hasPorts = others.some((name) => name === "toPorts" || name === "icmps" || name === "ports");
  if (likely === "toPorts" || likely === "icmps" || (likely === "ports" && hasPeers)) {
    return hasPeers ? "Without it the rule is open on every port." : "Without it the rule matches nothing.";
  }
  if (peerField.test(likely)) {
    return hasPorts ? "Without it the rule is open to every peer." : "Without it the rule matches nothing.";
  }
  if (likely === "rules") return "Without it every request passes.";
  if (likely === "matchLabels" || likely === "matchExpressions") return "Without it more is selected.";
  return "";
}

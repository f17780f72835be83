import type { Steps } from "../base/steps.ts";
import { checkCiliumRule } from "./checkCiliumRule.ts";
import { checkLabelSelector } from "./checkLabelSelector.ts";
import { textMend } from "./mend.ts";
import type { PolicyKind, SectionName } from "./policy.ts";
import { ciliumVersions, type CiliumVersion, type JudgeOptions } from "./policyProblem.ts";
import type { YamlFields, YamlValue } from "./yamlValue.ts";

/** What a part of a policy of Cilium's kinds is checked by. */
export interface CiliumCheck {
  readonly kind: PolicyKind;
  readonly version: CiliumVersion;
  readonly options: JudgeOptions;
  /** As it is written; `undefined`: the context of whoever applies it decides. */
  readonly namespace: string | undefined;
}

/** The version to judge by: the newest unless another one is asked for. */
export function judgedVersion({ ciliumVersion }: JudgeOptions): CiliumVersion {
  return ciliumVersion ?? ciliumVersions[ciliumVersions.length - 1] ?? "1.20";
}

/** Checks a policy as the agent does before it takes it, and says what it takes but cannot be meant. */
export function* checkCiliumPolicy(fields: YamlFields, check: CiliumCheck): Steps {
  const { owner } = fields;
  const metadata = fields.get("metadata");
  if ((metadata?.asMap()?.get("name")?.words ?? "") === "") {
    const at = metadata ?? owner;
    at.report({ code: "missing-name", message: `${check.kind} must have name.`, refusedBy: ["agent"] });
  }
  const spec = fields.get("spec");
  const specs = fields.get("specs");
  if (!spec && !specs) {
    const message = "An empty policy: write spec or specs.";
    // The schema asks for one of them from 1.20 on.
    const refusedBy = check.version === "1.20" ? (["apiserver", "agent"] as const) : (["agent"] as const);
    owner.report({ code: "missing-spec", message, refusedBy });
  }
  for (const value of [...(spec ? [spec] : []), ...(specs?.asList() ?? [])]) yield* checkSpec(value, check);
}

const sectionNames: readonly SectionName[] = ["ingress", "ingressDeny", "egress", "egressDeny"];

function* checkSpec(value: YamlValue, check: CiliumCheck): Steps {
  const fields = value.asMap();
  if (!fields) return;
  const hasRules = sectionNames.some((name) => (fields.get(name)?.asList() ?? []).length > 0);
  if (!hasRules) {
    const message = "A rule must have at least one of ingress, ingressDeny, egress, egressDeny.";
    value.report({ code: "no-rules", message, refusedBy: ["agent"] });
  }
  const endpoints = fields.get("endpointSelector");
  const nodes = fields.get("nodeSelector");
  checkSubject(value, { endpoints, nodes }, check);
  for (const section of sectionNames) {
    for (const rule of fields.get(section)?.asList() ?? []) {
      checkCiliumRule(rule, { ...check, section, host: nodes !== undefined });
      yield;
    }
  }
}

function checkSubject(
  spec: YamlValue,
  subject: { readonly endpoints: YamlValue | undefined; readonly nodes: YamlValue | undefined },
  check: CiliumCheck,
): void {
  const { endpoints, nodes } = subject;
  const code = "invalid-subject";
  if (!endpoints && !nodes) {
    const message = "A rule must have one of endpointSelector or nodeSelector.";
    spec.report({ code, message, refusedBy: ["agent"] });
  }
  if (endpoints && nodes) {
    spec.report({
      code,
      message: "A rule cannot have both endpointSelector and nodeSelector.",
      refusedBy: ["agent"],
    });
  }
  if (nodes && check.kind === "CiliumNetworkPolicy") {
    const message =
      "A rule of a CiliumNetworkPolicy cannot have a nodeSelector: a CiliumClusterwideNetworkPolicy can.";
    nodes.report({ code, message, refusedBy: ["agent"] });
  }
  for (const selector of [endpoints, nodes]) {
    if (!selector) continue;
    checkLabelSelector(selector, {
      refusedBy: ["agent"],
      sources: true,
      identities: selector === endpoints,
    });
  }
  if (endpoints && check.kind === "CiliumNetworkPolicy") warnOfNamespace(endpoints, check.namespace);
}

const namespaceKeys = ["k8s:", "any:", ""].map((source) => `${source}io.kubernetes.pod.namespace`);

/** A CiliumNetworkPolicy selects in its own namespace, whatever it says. */
function warnOfNamespace(selector: YamlValue, namespace: string | undefined): void {
  const labels = selector.asMap()?.get("matchLabels")?.asMap();
  for (const key of namespaceKeys) {
    const written = labels?.get(key);
    if (written?.words === undefined || namespace === undefined || written.words === namespace) continue;
    // The agent overwrites its own key, and adds it to another: then both are asked for.
    const outcome = key.startsWith("k8s:")
      ? `${written.words} is overwritten by ${namespace}`
      : `with ${written.words} here it selects nothing`;
    const message = `A CiliumNetworkPolicy selects in its own namespace: ${outcome}.`;
    const mend = key.startsWith("k8s:") ? textMend(written, namespace) : {};
    written.report({ severity: "warning", code: "namespace-overwritten", message, ...mend });
  }
}

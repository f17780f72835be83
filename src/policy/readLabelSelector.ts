import type { LabelRequirement, LabelSelector } from "./policy.ts";
import type { YamlFields, YamlValue } from "./yamlValue.ts";

const operators = ["In", "NotIn", "Exists", "DoesNotExist"] as const;

/** Selects everything: what `{}` means. */
export const everything: LabelSelector = { requirements: [] };

/**
 * Reads `{ matchLabels, matchExpressions }`. Keys are split into source and key; a key without a source has
 * `defaultSource` (`any` in Cilium's kinds, `k8s` in a NetworkPolicy). `undefined`: it cannot be read, so that
 * nobody may say what it selects.
 */
export function readLabelSelector(value: YamlValue, defaultSource: "any" | "k8s"): LabelSelector | undefined {
  const fields = value.asMap();
  if (!fields) return undefined;
  const labels = readMatchLabels(fields, defaultSource);
  const expressions = readMatchExpressions(fields, defaultSource);
  return labels && expressions && { requirements: [...labels, ...expressions] };
}

function readMatchLabels(fields: YamlFields, defaultSource: "any" | "k8s"): LabelRequirement[] | undefined {
  const value = fields.get("matchLabels");
  if (!value) return [];
  const labels = value.asMap();
  if (!labels) return undefined;
  const requirements: LabelRequirement[] = [];
  for (const [written, wanted] of labels.all()) {
    const text = wanted.isNull ? "" : wanted.words;
    if (text === undefined) return undefined;
    requirements.push({
      ...splitKey(written, defaultSource),
      operator: "In",
      values: [text],
      label: true,
    });
  }
  return requirements;
}

function readMatchExpressions(
  fields: YamlFields,
  defaultSource: "any" | "k8s",
): LabelRequirement[] | undefined {
  const value = fields.get("matchExpressions");
  if (!value) return [];
  const requirements: LabelRequirement[] = [];
  for (const item of value.asList() ?? [undefined]) {
    const requirement = item && readExpression(item, defaultSource);
    if (!requirement) return undefined;
    requirements.push(requirement);
  }
  return requirements;
}

function readExpression(item: YamlValue, defaultSource: "any" | "k8s"): LabelRequirement | undefined {
  const fields = item.asMap();
  if (!fields) return undefined;
  const key = fields.get("key")?.words;
  const operatorText = fields.get("operator")?.words;
  const operator = operators.find((known) => known === operatorText);
  if (key === undefined || !operator) return undefined;
  const values: string[] = [];
  for (const wanted of fields.get("values")?.asList() ?? []) {
    const text = wanted.isNull ? "" : wanted.words;
    if (text === undefined) return undefined;
    values.push(text);
  }
  const wantsValues = operator === "In" || operator === "NotIn";
  if (wantsValues && values.length === 0) return undefined;
  return { ...splitKey(key, defaultSource), operator, values: wantsValues ? values : [], label: false };
}

/** Splits `k8s:app` at its first colon; `reserved.host` and `$host` are old spellings of `reserved:host`. */
export function splitKey(
  written: string,
  defaultSource: "any" | "k8s",
): { readonly source: string; readonly key: string } {
  // Kubernetes knows no sources: there the whole text is the key.
  if (defaultSource === "k8s") return { source: "k8s", key: written };
  if (written.startsWith("$")) return { source: "reserved", key: written.slice(1) };
  const colon = written.indexOf(":");
  if (colon !== -1) return { source: written.slice(0, colon) || "any", key: written.slice(colon + 1) };
  if (written.startsWith("reserved.")) return { source: "reserved", key: written.slice("reserved.".length) };
  return { source: "any", key: written };
}

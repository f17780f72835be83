import { isDroppedLabel } from "./isDroppedLabel.ts";
import { labelKeyFault, labelValueFault } from "./labelText.ts";
import { removalMend, wordMend } from "./mend.ts";
import type { Refuser } from "./policyProblem.ts";
import { splitKey } from "./readLabelSelector.ts";
import type { YamlFields, YamlValue } from "./yamlValue.ts";

/** How a selector is checked. */
export interface SelectorCheck {
  /** Who checks it like this. */
  readonly refusedBy: readonly Refuser[];
  /** Do keys have sources (`k8s:app`), as in Cilium's kinds? */
  readonly sources: boolean;
  /** Does it select by the labels of identities, some of which are dropped from what pods carry? */
  readonly identities: boolean;
}

/** Checks keys, values and operators of a selector as Kubernetes' own validation does. */
export function checkLabelSelector(selector: YamlValue, check: SelectorCheck): void {
  const fields = selector.asMap();
  const labels = fields?.get("matchLabels")?.asMap();
  for (const [key, value] of labels?.all() ?? []) {
    checkKey(
      key,
      { owner: selector, range: labels?.keyRange(key) ?? selector.range, path: value.path },
      check,
    );
    if (value.scalarType === "text") refuseValue(value, check);
    if (check.identities) warnOfDropped(key, value, "nothing");
  }
  for (const item of fields?.get("matchExpressions")?.asList() ?? []) {
    const expression = item.asMap();
    if (expression) checkExpression(item, expression, check);
  }
}

function checkExpression(item: YamlValue, expression: YamlFields, check: SelectorCheck): void {
  const { refusedBy } = check;
  const operator = expression.get("operator");
  const key = expression.get("key");
  const values = expression.get("values")?.asList() ?? [];
  switch (operator?.words) {
    case "In":
    case "NotIn":
      if (values.length === 0) {
        const message = `values must be specified when operator is ${operator.words}.`;
        item.report({ code: "invalid-selector", message, refusedBy });
      }
      break;
    case "Exists":
    case "DoesNotExist":
      if (values.length > 0) {
        const message = `values may not be specified when operator is ${operator.words}.`;
        const mend = removalMend(expression, "values");
        expression.get("values")?.report({ code: "invalid-selector", message, refusedBy, ...mend });
      }
      break;
    case undefined:
    default: {
      const message = `“${operator?.words ?? ""}” is not a valid selector operator: write In, NotIn, Exists or DoesNotExist.`;
      const mend = operator ? wordMend(operator, ["In", "NotIn", "Exists", "DoesNotExist"]) : {};
      (operator ?? item).report({ code: "invalid-operator", message, refusedBy, ...mend });
    }
  }
  checkKey(key?.words ?? "", { owner: item, range: (key ?? item).range, path: (key ?? item).path }, check);
  for (const value of values) if (value.scalarType === "text") refuseValue(value, check);
  if (check.identities && key) {
    const negative = operator?.words === "NotIn" || operator?.words === "DoesNotExist";
    warnOfDropped(key.words ?? "", key, negative ? "everything" : "nothing");
  }
}

function checkKey(
  written: string,
  place: { readonly owner: YamlValue; readonly range: YamlValue["range"]; readonly path: string },
  check: SelectorCheck,
): void {
  const { source, key } = splitKey(written, check.sources ? "any" : "k8s");
  // Agents hold the source to be part of the name.
  const fault = labelKeyFault(check.sources ? `${source}.${key}` : key);
  if (fault === undefined) return;
  const { owner, range, path } = place;
  owner.report({ code: "invalid-label-key", message: fault, range, path, refusedBy: check.refusedBy });
}

function refuseValue(value: YamlValue, check: SelectorCheck): void {
  const fault = labelValueFault(value.words ?? "");
  if (fault !== undefined) {
    value.report({ code: "invalid-label-value", message: fault, refusedBy: check.refusedBy });
  }
}

function warnOfDropped(key: string, at: YamlValue, selects: "nothing" | "everything"): void {
  const { source, key: name } = splitKey(key, "any");
  if ((source !== "any" && source !== "k8s") || !isDroppedLabel(name)) return;
  const message = `Identities do not carry ${name} unless the agents' label filter is changed: this selects ${selects}.`;
  at.report({ severity: "warning", code: "dropped-label", message });
}

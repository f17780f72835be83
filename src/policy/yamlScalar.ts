import type { YamlNode } from "./yamlNode.ts";

/** What YAML 1.1, which Kubernetes reads, takes a scalar for. */
export type ScalarType = "text" | "boolean" | "number" | "null";

/** What a node is as a scalar; `undefined` for a mapping or a list. */
export function scalarType(node: YamlNode | null): ScalarType | undefined {
  if (node === null) return "null";
  if (node.kind !== "scalar") return undefined;
  return node.plain ? plainType(node.text) : "text";
}

const booleans = /^(y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/;
const numbers =
  /^[-+]?(0b[01_]+|0o?[0-7_]+|0x[\da-fA-F_]+|\d[\d_]*(\.[\d_]*)?([eE][-+]?\d+)?|\.\d[\d_]*([eE][-+]?\d+)?)$/;
const extremes = /^[-+]?\.(inf|Inf|INF)$|^\.(nan|NaN|NAN)$/;

function plainType(source: string): ScalarType {
  // Most scalars are words: what they begin with tells.
  const first = source.charCodeAt(0);
  if (Number.isNaN(first) || source === "~") return "null";
  const isNumeric = (first >= 0x30 && first <= 0x39) || first === 0x2b || first === 0x2d || first === 0x2e;
  if (isNumeric) return numbers.test(source) || extremes.test(source) ? "number" : "text";
  if (source.length > 5) return "text";
  if (source === "null" || source === "Null" || source === "NULL") return "null";
  return booleans.test(source) ? "boolean" : "text";
}

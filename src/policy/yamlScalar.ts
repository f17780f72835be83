import { isScalar, type Node, type Scalar } from "yaml";

/** What YAML 1.1, which Kubernetes reads, takes a scalar for. */
export type ScalarType = "text" | "boolean" | "number" | "null";

/** The letters of a scalar, as written; the document must have been parsed by the failsafe schema. */
export function sourceOf(scalar: Scalar): string {
  return typeof scalar.value === "string" ? scalar.value : "";
}

/** Is a scalar written without quotes, so that its letters decide what it is? */
export function isPlain(scalar: Scalar): boolean {
  return scalar.type === "PLAIN" && scalar.tag !== "tag:yaml.org,2002:str";
}

/** What a node is as a scalar; `undefined` for a mapping or a list. */
export function scalarType(node: Node | null): ScalarType | undefined {
  if (node === null) return "null";
  if (!isScalar(node)) return undefined;
  return isPlain(node) ? plainType(sourceOf(node)) : "text";
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

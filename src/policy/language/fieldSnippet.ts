import { assertNever } from "../../base/assertNever.ts";
import type { Field, MapShape, Shape } from "../policyShape.ts";

/** How a document is written. */
export interface WritingStyle {
  /** How much further in the fields of a mapping stand than what holds them. */
  readonly step: number;
  /** How much further in the dashes of a list stand than its key: 0 or {@link step}. */
  readonly dash: number;
}

/** What is written along with a field, as most rules have it: the fields of what it holds. */
const opened: Readonly<Record<string, readonly string[]>> = {
  metadata: ["name"],
  endpointSelector: ["matchLabels"],
  nodeSelector: ["matchLabels"],
  podSelector: ["matchLabels"],
  namespaceSelector: ["matchLabels"],
  selector: ["matchLabels"],
  cidrGroupSelector: ["matchLabels"],
  fromEndpoints: ["matchLabels"],
  toEndpoints: ["matchLabels"],
  fromNodes: ["matchLabels"],
  toNodes: ["matchLabels"],
  matchExpressions: ["key", "operator"],
  fromCIDRSet: ["cidr"],
  toCIDRSet: ["cidr"],
  ipBlock: ["cidr"],
  toServices: ["k8sService"],
  k8sService: ["serviceName", "namespace"],
  toFQDNs: ["matchName"],
  dns: ["matchPattern"],
  http: ["method", "path"],
  kafka: ["role", "topic"],
  toPorts: ["ports"],
  ports: ["port", "protocol"],
  icmps: ["fields"],
  fields: ["family", "type"],
  authentication: ["mode"],
  headerMatches: ["name", "value"],
  secret: ["name"],
};

/** What choosing a field writes, as a snippet. */
export interface FieldSnippet {
  readonly text: string;
  /** Does it end where something else may be chosen? */
  readonly goesOn: boolean;
}

/** A place where the cursor goes, one after the other; the words are offered there. */
const stop = (words?: string): string => `\u0000${words ?? ""}\u0001`;

/** What to write for a field whose name stands in a column of its own lines. */
export function blockSnippet(
  name: string,
  { shape }: Field,
  column: number,
  style: WritingStyle,
): FieldSnippet {
  return numbered(`${name}:${blockValue(name, shape, column, style)}`);
}

/** What to write for a field in a flow mapping, in the quotes that names have there. */
export function flowSnippet(name: string, { shape }: Field, quote: string): FieldSnippet {
  const value =
    shape.kind === "map" || shape.kind === "labels"
      ? `{ ${stop()} }`
      : shape.kind === "list"
        ? `[${stop()}]`
        : stop();
  return numbered(`${quote}${name}${quote}: ${value}`);
}

/** What stands behind the colon of a field. */
function blockValue(name: string, shape: Shape, column: number, style: WritingStyle): string {
  switch (shape.kind) {
    case "map":
    case "labels":
      return `\n${" ".repeat(column + style.step)}${body(name, shape, column + style.step, style)}`;
    case "list": {
      const dash = column + style.dash;
      return `\n${" ".repeat(dash)}- ${body(name, shape.items, dash + 2, style)}`;
    }
    case "text":
      if (name === "port") return ` "${stop()}"`;
      return ` ${shape.words && shape.words.length <= 4 ? stop(shape.words.join(",")) : stop()}`;
    case "boolean":
      return ` ${stop("false,true")}`;
    case "integer":
    case "number-or-text":
    case "anything":
      return ` ${stop()}`;
    default:
      return assertNever(shape);
  }
}

function body(name: string, shape: Shape, column: number, style: WritingStyle): string {
  if (shape.kind === "list") return `- ${body(name, shape.items, column + 2, style)}`;
  if (shape.kind !== "map") return stop();
  const names = (opened[name] ?? shape.required ?? []).filter((field) => Object.hasOwn(shape.fields, field));
  if (names.length === 0) return stop();
  return names
    .map((field) => `${field}:${blockValue(field, fieldShape(shape, field), column, style)}`)
    .join(`\n${" ".repeat(column)}`);
}

function fieldShape(shape: MapShape, name: string): Shape {
  return shape.fields[name]?.shape ?? { kind: "anything" };
}

/** Numbers the stops, the last one being where the cursor stays. */
function numbered(marked: string): FieldSnippet {
  const parts = marked.split(/\u0000([^\u0001]*)\u0001/);
  const stops = (parts.length - 1) / 2;
  const text = parts
    .map((part, index) => {
      if (index % 2 === 0) return escaped(part);
      const number = (index + 1) / 2;
      // A choice cannot be where the cursor stays.
      if (part !== "") return `\${${number}|${part}|}`;
      return `$${number === stops ? 0 : number}`;
    })
    .join("");
  return { text, goesOn: stops > 0 && parts[1] === "" };
}

/** A text that means itself in a snippet. */
export function escaped(text: string): string {
  return text.replace(/[\\$}]/g, String.raw`\$&`);
}

import { celEnv, objectType, parse, plan } from "@bufbuild/cel";
import { createRegistry } from "@bufbuild/protobuf";
import { compilePattern } from "../base/pattern.ts";
import type { Flow } from "../flows/flow.ts";
import type { Refusal } from "../flows/match/filterProblem.ts";
import type { CelTest } from "../flows/match/matchSeams.ts";
import { CelFault, type CelScope, celTypeOf } from "./celCheck.ts";
import { celCost, celCostAtMost } from "./celCost.ts";
import { messageType, typeText } from "./celType.ts";
import { file_flow_flow, FlowSchema } from "./gen/flow/flow_pb.js";
import type * as wire from "./gen/flow/flow_pb.js";
import { decodeResponse } from "./jsonpb.ts";
import { wireFlow } from "./wireFlow.ts";

/** As long as Hubble's server takes them. */
const longest = 4096;

const registry = createRegistry(file_flow_flow);
const scope: CelScope = {
  package: "flow",
  registry,
  variables: new Map([["_flow", messageType(FlowSchema)]]),
};
const environment = celEnv({
  namespace: "flow",
  registry,
  variables: { _flow: objectType(FlowSchema) },
  // Linear in the text, whatever the pattern is; one that is none fails when it is evaluated, as in the server.
  re2: {
    compile: (source) => {
      const pattern = compilePattern(source);
      if ("error" in pattern) throw new Error(pattern.error);
      return { test: (text) => pattern.matches(text) };
    },
  },
});

/**
 * Compiles an expression over `_flow`, the flow as Hubble's API has it, as Hubble's server does: its types must fit, and
 * its value be a `bool`. Heavy; import it where an expression is there to be compiled.
 */
export function compileCel(expression: string): CelTest | Refusal {
  if (expression.length > longest) return { error: `An expression has at most ${longest} characters.` };
  let evaluate: (bindings: { readonly _flow: wire.Flow }) => unknown;
  try {
    const parsed = parse(expression);
    const fault = faultIn(parsed);
    if (fault) return fault;
    evaluate = plan(environment, parsed);
  } catch (error) {
    return refusalOf(error);
  }
  return (flow, raw) => {
    const value = evaluate({ _flow: raw ? decode(raw, flow) : wireFlow(flow) });
    return typeof value === "boolean" ? value : "failed";
  };
}

function faultIn({ expr, sourceInfo }: ReturnType<typeof parse>): Refusal | undefined {
  try {
    const type = celTypeOf(expr, scope);
    if (type.kind !== "bool") {
      return { error: `An expression must be true or false; this is of type ${typeText(type)}.` };
    }
  } catch (error) {
    if (!(error instanceof CelFault)) throw error;
    const offset = sourceInfo?.positions[String(error.id)];
    return { error: error.message, ...(offset !== undefined && { offset }) };
  }
  const cost = celCost(expr);
  if (cost <= celCostAtMost) return undefined;
  return { error: `It may take ${cost} steps for each flow, where ${celCostAtMost} are too many already.` };
}

/** The parser's errors have a place and name the input, which is the only one. */
function refusalOf(error: unknown): Refusal {
  if (error instanceof RangeError) return { error: "The expression is nested too deeply." };
  if (!(error instanceof Error)) return { error: String(error) };
  const message = error.message.replace(/^<input>:\d+:\d+: /, "");
  const offset = "location" in error ? startOf(error.location) : undefined;
  return { error: `This is no expression: ${message}.`, ...(offset !== undefined && { offset }) };
}

function startOf(location: unknown): number | undefined {
  if (typeof location !== "object" || location === null || !("start" in location)) return undefined;
  const { start } = location;
  if (typeof start !== "object" || start === null || !("offset" in start)) return undefined;
  return typeof start.offset === "number" ? start.offset : undefined;
}

let decodedRaw: Uint8Array | undefined;
let decoded: wire.Flow | undefined;

/** Several expressions are asked of one event. */
function decode(raw: Uint8Array, flow: Flow): wire.Flow {
  if (raw !== decodedRaw || !decoded) {
    const { responseTypes } = decodeResponse(raw);
    decoded = responseTypes.case === "flow" ? responseTypes.value : wireFlow(flow);
    decodedRaw = raw;
  }
  return decoded;
}

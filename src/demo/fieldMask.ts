import type { DescMessage } from "@bufbuild/protobuf";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { FlowSchema } from "../hubble/gen/flow/flow_pb.js";

/** Cuts a `GetFlowsResponse` message down to what a field mask names; the mask speaks of the flow alone. */
export type Pruner = (response: Uint8Array) => Uint8Array;

/** Which fields of a message to keep, by their numbers; `"whole"` keeps all that is in one. */
type Tree = Map<number, Tree | "whole">;

const flowField = 1;

/** Makes the pruner of a mask (`source.labels`, `time`, …), or says which path of it names no field. */
export function fieldMaskPruner(paths: readonly string[]): Pruner | { readonly error: string } {
  const kept: Tree = new Map();
  for (const path of paths) {
    if (!keep(kept, FlowSchema, path.split("."))) return { error: `invalid field mask path ${path}` };
  }
  return (response) => rewrite(response, (field) => (field === flowField ? kept : "whole"));
}

function keep(tree: Tree, schema: DescMessage, path: readonly string[]): boolean {
  const [name, ...rest] = path;
  const field = schema.fields.find((candidate) => candidate.name === name);
  if (!field) return false;
  const below = tree.get(field.number);
  if (rest.length === 0) {
    tree.set(field.number, "whole");
    return true;
  }
  if (field.fieldKind !== "message") return false;
  const subtree: Tree = below === undefined || below === "whole" ? new Map<number, never>() : below;
  if (!keep(subtree, field.message, rest)) return false;
  if (below !== "whole") tree.set(field.number, subtree);
  return true;
}

function rewrite(message: Uint8Array, kept: (field: number) => Tree | "whole" | undefined): Uint8Array {
  const reader = new BinaryReader(message);
  const writer = new BinaryWriter();
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const [field, wireType] = reader.tag();
    const tree = kept(field);
    if (tree && tree !== "whole" && wireType === WireType.LengthDelimited) {
      const inner = rewrite(reader.bytes(), (below) => tree.get(below));
      writer.tag(field, wireType).bytes(inner);
    } else {
      reader.skip(wireType, field);
      if (tree === "whole") writer.raw(message.subarray(start, reader.pos));
    }
  }
  return writer.finish();
}

import type { DescMessage } from "@bufbuild/protobuf";
import { FlowSchema } from "./gen/flow/flow_pb.js";

/** The first of the paths of a field mask (`source.labels`) that names no field of a flow, as a relay reads it. */
export function unknownFlowPath(paths: readonly string[]): string | undefined {
  return paths.find((path) => !isPath(path.split("."), FlowSchema));
}

function isPath([name, ...rest]: readonly string[], message: DescMessage): boolean {
  const field = message.fields.find((each) => each.name === name);
  if (!field) return false;
  if (rest.length === 0) return true;
  return field.fieldKind === "message" && isPath(rest, field.message);
}

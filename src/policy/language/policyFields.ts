import { ciliumPolicyShape } from "../ciliumShape.ts";
import { networkPolicyShape } from "../networkPolicyShape.ts";
import type { PolicyKind } from "../policy.ts";
import { type Field, type MapShape, mapOf, type Shape, text } from "../policyShape.ts";

/** The kinds that are written here. */
export const policyKinds: readonly PolicyKind[] = [
  "CiliumNetworkPolicy",
  "CiliumClusterwideNetworkPolicy",
  "NetworkPolicy",
];

/** What people write of an object's metadata; the rest is the API server's. */
const clusterwideMetadata: MapShape = mapOf({
  name: text,
  labels: { kind: "labels" },
  annotations: { kind: "labels" },
});
const metadata = mapOf({ name: text, namespace: text, ...clusterwideMetadata.fields });

/** What a policy of a kind may have, as people write it: without what only the cluster writes. */
export function writtenShape(kind: PolicyKind): MapShape {
  const { fields } = kind === "NetworkPolicy" ? networkPolicyShape : ciliumPolicyShape;
  const isClusterwide = kind === "CiliumClusterwideNetworkPolicy";
  const written: Record<string, Field> = {
    ...fields,
    metadata: { shape: isClusterwide ? clusterwideMetadata : metadata },
  };
  delete written["status"];
  return { kind: "map", fields: written };
}

/** The fields that a mapping may have; in a CiliumNetworkPolicy no subject may be a node. */
export function fieldsOf(shape: MapShape, kind: PolicyKind): readonly (readonly [string, Field])[] {
  return Object.entries(shape.fields).filter(
    ([name]) => name !== "nodeSelector" || kind === "CiliumClusterwideNetworkPolicy",
  );
}

/** What may stand at a path of a policy; `undefined`: nothing that is known. Labels may have any key. */
export function shapeAt(kind: PolicyKind, path: readonly (string | number)[]): Shape | undefined {
  let shape: Shape | undefined = writtenShape(kind);
  for (const step of path) {
    if (shape?.kind === "map" && typeof step === "string") {
      shape = Object.hasOwn(shape.fields, step) ? shape.fields[step]?.shape : undefined;
    } else if (shape?.kind === "list" && typeof step === "number") shape = shape.items;
    else if (shape?.kind === "labels" && typeof step === "string") shape = text;
    else return undefined;
  }
  return shape;
}

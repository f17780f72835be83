/**
 * The files whose policies a YAML extension knows by a schema, as globs: by its setting `yaml.schemas`, schemas with the
 * files that they are for. What it calls `kubernetes` knows Cilium's kinds only with the store of custom resources.
 */
export function policySchemaGlobs(
  schemas: unknown,
  { isCilium, hasCrdStore }: { readonly isCilium: boolean; readonly hasCrdStore: boolean },
): readonly string[] {
  if (typeof schemas !== "object" || schemas === null) return [];
  return Object.entries(schemas).flatMap(([schema, files]: readonly [string, unknown]) => {
    const isOfCilium = /cilium/i.test(schema);
    const fits = isCilium
      ? isOfCilium || (hasCrdStore && /kubernetes/i.test(schema))
      : /kubernetes/i.test(schema);
    const globs: readonly unknown[] = Array.isArray(files) ? files : [files];
    return fits
      ? globs.filter((glob) => typeof glob === "string").map((glob) => `**/${glob.replace(/^\//, "")}`)
      : [];
  });
}

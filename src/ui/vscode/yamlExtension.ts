import { extensions, languages, type TextDocument, workspace } from "vscode";
import { policySchemaGlobs } from "./policySchemaGlobs.ts";

/** The extension that most people have for YAML. */
const yamlExtension = "redhat.vscode-yaml";

/** Does another extension say what is no YAML, so that saying it again would only be noise? */
export function saysWhatIsNoYaml(document: TextDocument): boolean {
  if (!extensions.getExtension(yamlExtension)) return false;
  return workspace.getConfiguration("yaml", document).get<boolean>("validate", true);
}

/** Does another extension complete the fields of a policy by a schema, so that offering them again would only be noise? */
export function knowsPolicies(document: TextDocument, text: string): boolean {
  if (!extensions.getExtension(yamlExtension)) return false;
  const settings = workspace.getConfiguration("yaml", document);
  if (!settings.get<boolean>("completion", true)) return false;
  const globs = policySchemaGlobs(settings.get<unknown>("schemas"), {
    isCilium: /^kind:\s*["']?Cilium/m.test(text),
    hasCrdStore: settings.get<boolean>("kubernetesCRDStore.enable", false),
  });
  return globs.some((pattern) => languages.match({ pattern }, document) > 0);
}

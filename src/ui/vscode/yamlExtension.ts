import { extensions, languages, type TextDocument, workspace } from "vscode";

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
  const isCilium = /^kind:\s*["']?Cilium/m.test(text);
  const schemas = Object.entries(settings.get<Readonly<Record<string, unknown>>>("schemas", {}));
  return schemas.some(([schema, globs]) => {
    const knowsCilium = /cilium/i.test(schema) || settings.get<boolean>("kubernetesCRDStore.enable", false);
    const isFitting = /kubernetes/i.test(schema) ? !isCilium || knowsCilium : /cilium/i.test(schema);
    const patterns = (Array.isArray(globs) ? globs : [globs]).filter((glob) => typeof glob === "string");
    return (
      isFitting && patterns.some((pattern) => languages.match({ pattern: `**/${pattern}` }, document) > 0)
    );
  });
}

import { extensions, type TextDocument, workspace } from "vscode";

/** The extension that most people have for YAML. */
const yamlExtension = "redhat.vscode-yaml";

/** Does another extension say what is no YAML, so that saying it again would only be noise? */
export function saysWhatIsNoYaml(document: TextDocument): boolean {
  if (!extensions.getExtension(yamlExtension)) return false;
  return workspace.getConfiguration("yaml", document).get<boolean>("validate", true);
}

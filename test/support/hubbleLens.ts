import { type Extension, extensions } from "vscode";

/** The extension under test, in the extension host. */
export function extension(): Extension<unknown> {
  const found = extensions.getExtension("hubble-lens.hubble-lens");
  if (found === undefined) throw new Error("the extension is not installed in this host");
  return found;
}

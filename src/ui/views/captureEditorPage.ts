import type { CaptureEditorAction, CaptureEditorState } from "./captureEditorState.ts";

/** The page of a capture's tab: text and links, no script. `file` is the document's uri, which commands get. */
export function captureEditorPage({ title, lines, actions }: CaptureEditorState, file: string): string {
  const [said = "", ...more] = lines;
  const list = more.map((line) => `<li>${escaped(line)}</li>`).join("");
  const buttons = actions.map((action, index) => link(action, file, index === 0)).join("\n");
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>
  body { padding: 24px; color: var(--vscode-foreground); font: var(--vscode-font-size) var(--vscode-font-family); }
  h1 { font-size: 1.4em; font-weight: 600; margin: 0 0 8px; }
  ul { padding-left: 20px; color: var(--vscode-descriptionForeground); }
  nav { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 16px; }
  a { padding: 4px 12px; border-radius: 2px; text-decoration: none;
      border: 1px solid var(--vscode-button-border, var(--vscode-contrastBorder, transparent));
      color: var(--vscode-button-secondaryForeground); background: var(--vscode-button-secondaryBackground); }
  a:hover { background: var(--vscode-button-secondaryHoverBackground); }
  a.meant { color: var(--vscode-button-foreground); background: var(--vscode-button-background); }
  a.meant:hover { background: var(--vscode-button-hoverBackground); }
  a:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: 2px; }
</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
<p role="status">${escaped(said)}</p>
${list === "" ? "" : `<ul>${list}</ul>`}
<nav>
${buttons}
</nav>
</main>
</body>
</html>`;
}

function link({ label, command, ofFile }: CaptureEditorAction, file: string, isMeant: boolean): string {
  const args = ofFile ? `?${encodeURIComponent(JSON.stringify([file]))}` : "";
  return `<a${isMeant ? ' class="meant"' : ""} href="command:${escaped(command + args)}">${escaped(label)}</a>`;
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

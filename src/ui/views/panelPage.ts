import { randomBytes } from "node:crypto";
import { Uri, type Webview } from "vscode";
import type { FlowsPanelTexts } from "../../protocol/flowsPanel.ts";
import { filterTexts } from "./filterTexts.ts";
import { localize as t } from "../vscode/localize.ts";

/** The folder of the built webviews, under the extension's own. */
export function webviewFolder(extensionUri: Uri): Uri {
  return Uri.joinPath(extensionUri, "dist", "webview");
}

/** The page of the flows panel: nothing runs in it but the one script, and nothing is loaded from elsewhere. */
export function panelPage(webview: Webview, extensionUri: Uri): string {
  const nonce = randomBytes(16).toString("base64url");
  const asset = (name: string): string => {
    return webview.asWebviewUri(Uri.joinPath(webviewFolder(extensionUri), name)).toString();
  };
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource}`,
    `font-src ${webview.cspSource}`,
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="UTF-8">
  <meta http-equiv="Content-Security-Policy" content="${policy}">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <link rel="stylesheet" href="${asset("codicon.css")}" id="vscode-codicon-stylesheet">
  <link rel="stylesheet" href="${asset("flows.css")}">
  <title>${escapeHtml(t("Hubble Flows"))}</title>
</head>
<body data-texts="${escapeHtml(JSON.stringify(panelTexts()))}">
  <flows-app></flows-app>
  <script nonce="${nonce}" src="${asset("flows.js")}"></script>
</body>
</html>`;
}

function panelTexts(): FlowsPanelTexts {
  return {
    table: t("Flows, newest first"),
    time: t("Time"),
    source: t("Source"),
    destination: t("Destination"),
    port: t("Port"),
    event: t("Event"),
    verdict: t("Verdict"),
    summary: t("Summary"),
    filterLine: filterTexts(t),
    filterFor: t("Filter for this value"),
    filterOut: t("Filter out this value"),
    pause: t("Pause"),
    resume: t("Resume"),
    follow: t("Follow"),
    newest: t("Jump to the newest flow and follow"),
    heldBack: t("{0} new"),
    details: t("Details of the selected flow"),
    close: t("Close details"),
    sourceLabels: t("Source labels"),
    destinationLabels: t("Destination labels"),
    raw: t("Raw event"),
    copy: t("Copy"),
    copied: t("Copied"),
    copyFailed: t("Not copied; the log says why."),
    noLongerHeld: t("This flow is no longer held: newer ones took its place."),
    failed: t("The details could not be read."),
  };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

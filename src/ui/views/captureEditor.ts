import {
  type CustomDocument,
  type CustomReadonlyEditorProvider,
  type Disposable as HostDisposable,
  type Uri,
  type WebviewPanel,
  window,
} from "vscode";
import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import type { HubbleModel } from "../session/hubbleModel.ts";
import { localize } from "../vscode/localize.ts";
import { captureEditorPage } from "./captureEditorPage.ts";
import { captureEditorState } from "./captureEditorState.ts";

const viewType = "hubbleLens.capture";

/** What the page may run; its links name nothing else. */
const commands = ["openAsCapture", "followAsCapture", "openAsText", "showFlows", "showLog"].map(
  (name) => `hubbleLens.${name}`,
);

export interface CaptureEditorParts {
  readonly model: HubbleModel;
  /** Opens a file as *Open Capture…* does. */
  open(file: Uri): PromiseLike<unknown>;
}

/**
 * "Open With" for captures: the flows go to the panel, and the tab says what was opened. A file is opened at once unless a
 * session would have to end for it; then the page asks.
 */
export class CaptureEditor implements CustomReadonlyEditorProvider, Disposable {
  readonly #parts: CaptureEditorParts;
  readonly #registered: HostDisposable;

  constructor(parts: CaptureEditorParts) {
    this.#parts = parts;
    this.#registered = window.registerCustomEditorProvider(viewType, this, {
      supportsMultipleEditorsPerDocument: true,
    });
  }

  openCustomDocument(uri: Uri): CustomDocument {
    return { uri, dispose: () => undefined };
  }

  resolveCustomEditor({ uri }: CustomDocument, panel: WebviewPanel): void {
    const { webview } = panel;
    const { model } = this.#parts;
    const here = new DisposableStore();
    webview.options = { enableCommandUris: commands, localResourceRoots: [] };
    let shown = "";
    const show = (): void => {
      const html = captureEditorPage(
        captureEditorState(model.snapshot, uri.fsPath, localize),
        uri.toString(),
      );
      if (html === shown) return;
      shown = html;
      webview.html = html;
    };
    show();
    here.add(model.onDidChange(show));
    panel.onDidDispose(() => {
      here.dispose();
    });
    // The page is shown at once, and says how far that is.
    if (model.snapshot.state.name === "idle") void this.#parts.open(uri);
  }

  dispose(): void {
    this.#registered.dispose();
  }
}

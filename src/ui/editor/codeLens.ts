import {
  type CancellationToken,
  CodeLens,
  type CodeLensProvider,
  EventEmitter,
  languages,
  type TextDocument,
  window,
} from "vscode";
import { type Disposable, DisposableStore, toDisposable } from "../../base/disposable.ts";
import type { TextRange } from "../../base/textRange.ts";
import type { HubbleModel } from "../session/hubbleModel.ts";
import { localize } from "../vscode/localize.ts";
import { offsetRange } from "../vscode/offsetRange.ts";
import { onSettingsChange, readSetting } from "../vscode/settings.ts";
import { headItems, isWorthShowing, type LensItem, tallyItems } from "./lensItems.ts";
import type { ShownTally } from "./lensText.ts";
import { lensesAtMost, lensWindows } from "./lensWindow.ts";
import { type PolicyDocuments, policySelector } from "./policyDocuments.ts";
import { policyHeads } from "./policyHeads.ts";

/** At most four refreshes a second. */
const refreshEveryMs = 250;
/** How long to wait for the editor to ask again before telling it once more. */
const patienceMs = 5_000;

/** Shows the counts of policies and rules above them, as long as the setting says so. */
export function registerCodeLens(documents: PolicyDocuments, model: HubbleModel): Disposable {
  const owned = new DisposableStore();
  let provider: PolicyLensProvider | undefined;
  let registration: Disposable | undefined;
  const update = (): void => {
    const wanted = readSetting("codeLens.enabled");
    if (wanted === (registration !== undefined)) return;
    registration?.dispose();
    provider?.dispose();
    registration = undefined;
    if (!wanted) return;
    provider = new PolicyLensProvider(documents, model);
    registration = languages.registerCodeLensProvider(policySelector, provider);
  };
  update();
  owned.add(onSettingsChange(["codeLens.enabled"], update));
  owned.add(
    toDisposable(() => {
      registration?.dispose();
      provider?.dispose();
    }),
  );
  return owned;
}

class PolicyLensProvider implements CodeLensProvider, Disposable {
  readonly #documents: PolicyDocuments;
  readonly #model: HubbleModel;
  readonly #owned = new DisposableStore();
  readonly #changed = this.#owned.add(new EventEmitter<void>());
  /** What each shown document's lenses said last, to refresh only when they say something else. */
  readonly #shown = new WeakMap<TextDocument, string>();
  /**
   * Documents that the editor was told of and has not asked about since. It asks once it was not told anything for a
   * while, longer on a slow machine: telling it again meanwhile would put that off for ever.
   */
  readonly #told = new Set<TextDocument>();
  #toldMs = 0;
  #timer: NodeJS.Timeout | undefined;

  readonly onDidChangeCodeLenses = this.#changed.event;

  constructor(documents: PolicyDocuments, model: HubbleModel) {
    this.#documents = documents;
    this.#model = model;
    const schedule = (): void => {
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        this.#refresh();
      }, refreshEveryMs);
    };
    this.#owned.add(model.onDidTick(schedule));
    this.#owned.add(documents.onDidChange(schedule));
    this.#owned.add(
      window.onDidChangeTextEditorVisibleRanges(({ textEditor: { document } }) => {
        if (this.#hasMany(document)) schedule();
      }),
    );
    this.#owned.add(
      toDisposable(() => {
        clearTimeout(this.#timer);
      }),
    );
  }

  provideCodeLenses(document: TextDocument, token: CancellationToken): CodeLens[] {
    this.#told.delete(document);
    if (token.isCancellationRequested) return [];
    const items = this.#documents.isPolicy(document) ? this.#items(document) : [];
    this.#shown.set(document, titles(items));
    const tallied = this.#tally(document) !== undefined;
    return items.map(({ offset, title, action, tooltip = () => "" }) => {
      const start = tallied ? this.#documents.offsetNow(document, offset) : offset;
      const range = offsetRange(document, { start, end: start });
      return new CodeLens(range, {
        title,
        tooltip: tooltip(),
        command: action.command,
        arguments: [...action.arguments],
      });
    });
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #items(document: TextDocument): readonly LensItem[] {
    const { snapshot, beginning } = this.#model;
    const tally = this.#tally(document);
    if (tally) {
      const near = this.#hasMany(document) ? shownNear(document) : undefined;
      return tallyItems(tally, { ...snapshot, near }, Date.now(), localize);
    }
    return headItems(policyHeads(document.getText()), { ...snapshot, beginning }, localize);
  }

  #hasMany(document: TextDocument): boolean {
    return (this.#documents.tallyOf(document)?.entries.length ?? 0) > lensesAtMost;
  }

  /** The numbers to show, if there are any. */
  #tally(document: TextDocument): ShownTally | undefined {
    const tally = this.#documents.tallyOf(document);
    return tally && isWorthShowing(tally, this.#model.snapshot) ? tally : undefined;
  }

  #refresh(): void {
    if (this.#told.size > 0 && Date.now() - this.#toldMs < patienceMs) return;
    this.#told.clear();
    for (const { document } of window.visibleTextEditors) {
      if ((this.#shown.get(document) ?? "") !== this.#titlesNow(document)) this.#told.add(document);
    }
    if (this.#told.size === 0) return;
    this.#toldMs = Date.now();
    this.#changed.fire();
  }

  #titlesNow(document: TextDocument): string {
    return this.#documents.isPolicy(document) ? titles(this.#items(document)) : "";
  }
}

/** The stretches of a document around what editors show of it. */
function shownNear(document: TextDocument): readonly TextRange[] {
  const shown = window.visibleTextEditors
    .filter((editor) => editor.document === document)
    .flatMap(({ visibleRanges }) => visibleRanges)
    .map(({ start, end }) => ({ first: start.line, last: end.line }));
  return lensWindows(shown, document.lineCount).map(({ first, last }) => ({
    start: document.offsetAt(document.lineAt(first).range.start),
    end: document.offsetAt(document.lineAt(last).range.end),
  }));
}

function titles(items: readonly LensItem[]): string {
  return items.map(({ offset, title }) => `${offset}\t${title}`).join("\n");
}

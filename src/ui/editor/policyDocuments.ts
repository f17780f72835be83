import { type TextDocument, type TextDocumentChangeEvent, window, workspace } from "vscode";
import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import { Emitter, type Event } from "../../base/event.ts";
import type { Logger } from "../../base/logger.ts";
import type { DocumentTally } from "../../protocol/engine.ts";
import type { EngineClient } from "../session/engineClient.ts";
import type { HubbleModel } from "../session/hubbleModel.ts";
import type { InterestKeeper } from "../session/interestKeeper.ts";
import { setContextKey } from "../vscode/contextKeys.ts";
import type { ShownTally } from "./lensText.ts";
import { looksLikePolicy } from "./policyHeads.ts";
import { shiftOffset, type TextChange } from "./shiftOffset.ts";

/** The schemes of files that people edit; what a source control shows of the past is not among them. */
export const policySchemes: readonly string[] = [
  "file",
  "vscode-remote",
  "untitled",
  "vscode-userdata",
  "vscode-vfs",
];

/** Where policies are looked for: in YAML that people edit. */
export const policySelector = policySchemes.map((scheme) => ({ language: "yaml", scheme }));

const typingPauseMs = 150;

interface Tracked {
  readonly document: TextDocument;
  isPolicy: boolean;
  /** The version that the engine has; -1: none. */
  sentVersion: number;
  timer: NodeJS.Timeout | undefined;
  /** What changed since the version of `tally`. */
  changes: { readonly version: number; readonly changes: readonly TextChange[] }[];
  tally: ShownTally | undefined;
}

export interface PolicyDocumentsParts {
  readonly engine: EngineClient;
  readonly model: HubbleModel;
  readonly interest: InterestKeeper;
  readonly logger: Logger;
  /** Makes the engine ready to be told texts, whether or not there is a session. */
  prepare(): void;
}

/** Follows the policy files that are open in editors: sends their texts to the engine and keeps the tallies that come back. */
export class PolicyDocuments implements Disposable {
  readonly #parts: PolicyDocumentsParts;
  readonly #owned = new DisposableStore();
  readonly #tracked = new Map<string, Tracked>();
  readonly #changed = this.#owned.add(new Emitter<undefined>());

  readonly #sent = this.#owned.add(new Emitter<TextDocument>());

  /** The engine was told a policy's newest text. */
  readonly onDidSend: Event<TextDocument> = this.#sent.event;
  /** Which documents there are changed, or one became a policy or no longer is one. */
  readonly onDidChange: Event<undefined> = this.#changed.event;

  constructor(parts: PolicyDocumentsParts) {
    this.#parts = parts;
    this.#owned.add(
      window.onDidChangeVisibleTextEditors(() => {
        this.#look();
      }),
    );
    this.#owned.add(
      window.onDidChangeActiveTextEditor(() => {
        this.#publish();
      }),
    );
    this.#owned.add(
      workspace.onDidChangeTextDocument((event) => {
        this.#edited(event);
      }),
    );
    this.#owned.add(
      workspace.onDidCloseTextDocument((document) => {
        this.#closed(document);
      }),
    );
    this.#owned.add(
      parts.model.onDidChange((snapshot) => {
        if (!parts.model.inUse) this.#forgetTallies();
        for (const tracked of this.#tracked.values()) this.#send(tracked);
        for (const tally of snapshot.documents ?? []) this.#accept(tally);
      }),
    );
    this.#look();
  }

  /** Is a policy shown in an editor now? */
  get anyVisible(): boolean {
    return window.visibleTextEditors.some(({ document }) => this.isPolicy(document));
  }

  /** The policies whose texts the engine was told. */
  get sent(): readonly TextDocument[] {
    return [...this.#tracked.values()]
      .filter(({ sentVersion }) => sentVersion !== -1)
      .map(({ document }) => document);
  }

  /** Sees to it that the engine has the newest text of a policy; false: it is none. */
  bring(document: TextDocument): boolean {
    const tracked = document.isClosed ? undefined : this.#track(document);
    if (!tracked) return false;
    if (tracked.timer !== undefined) {
      clearTimeout(tracked.timer);
      this.#settle(tracked);
    }
    return tracked.isPolicy;
  }

  isPolicy(document: TextDocument): boolean {
    return this.#tracked.get(document.uri.toString())?.isPolicy ?? false;
  }

  /** The newest tally of a document, if one came. */
  tallyOf(document: TextDocument): ShownTally | undefined {
    return this.#tracked.get(document.uri.toString())?.tally;
  }

  /** Where an offset of the tally's text lies in the document as it is now. */
  offsetNow(document: TextDocument, offset: number): number {
    const changes = this.#tracked.get(document.uri.toString())?.changes ?? [];
    return changes.reduce((shifted, entry) => shiftOffset(shifted, entry.changes), offset);
  }

  dispose(): void {
    for (const tracked of this.#tracked.values()) clearTimeout(tracked.timer);
    this.#tracked.clear();
    this.#owned.dispose();
  }

  #look(): void {
    for (const { document } of window.visibleTextEditors) this.#track(document);
    this.#publish();
  }

  /** Follows a document from now on, if it is one of those that may be policies. */
  #track(document: TextDocument): Tracked | undefined {
    const uri = document.uri.toString();
    const known = this.#tracked.get(uri);
    if (known) return known;
    if (document.languageId !== "yaml" || !policySchemes.includes(document.uri.scheme)) return undefined;
    const tracked: Tracked = {
      document,
      isPolicy: looksLikePolicy(document.getText()),
      sentVersion: -1,
      timer: undefined,
      changes: [],
      tally: undefined,
    };
    this.#tracked.set(uri, tracked);
    this.#send(tracked);
    return tracked;
  }

  #edited({ document, contentChanges }: TextDocumentChangeEvent): void {
    const tracked = this.#tracked.get(document.uri.toString());
    if (!tracked || contentChanges.length === 0) return;
    if (tracked.tally) tracked.changes.push({ version: document.version, changes: contentChanges });
    clearTimeout(tracked.timer);
    tracked.timer = setTimeout(() => {
      this.#settle(tracked);
    }, typingPauseMs);
  }

  /** Nobody types any more, or somebody wants to know about the text as it is. */
  #settle(tracked: Tracked): void {
    tracked.timer = undefined;
    const was = tracked.isPolicy;
    tracked.isPolicy = looksLikePolicy(tracked.document.getText());
    this.#send(tracked);
    if (was !== tracked.isPolicy) this.#publish();
  }

  #closed(document: TextDocument): void {
    const uri = document.uri.toString();
    const tracked = this.#tracked.get(uri);
    if (!tracked) return;
    clearTimeout(tracked.timer);
    this.#tracked.delete(uri);
    if (tracked.sentVersion !== -1) this.#forget(uri);
    this.#publish();
  }

  /** Sends the text when the engine does not have it; one that is no policy any more is taken back. */
  #send(tracked: Tracked): void {
    const { document } = tracked;
    if (tracked.timer !== undefined) return;
    const uri = document.uri.toString();
    if (!tracked.isPolicy) {
      if (tracked.sentVersion !== -1) this.#forget(uri);
      tracked.sentVersion = -1;
      tracked.tally = undefined;
      return;
    }
    if (tracked.sentVersion === document.version) return;
    tracked.sentVersion = document.version;
    this.#parts.prepare();
    this.#parts.engine
      .request("setDocument", { uri, version: document.version, text: document.getText() })
      .catch((error: unknown) => {
        this.#parts.logger.warn("lens", `${uri}: ${String(error)}`);
      });
    this.#sent.fire(document);
  }

  #forget(uri: string): void {
    this.#parts.engine.request("closeDocument", { uri }).catch((error: unknown) => {
      this.#parts.logger.warn("lens", `${uri}: ${String(error)}`);
    });
  }

  #forgetTallies(): void {
    for (const tracked of this.#tracked.values()) {
      tracked.tally = undefined;
      tracked.changes = [];
    }
  }

  #accept(tally: DocumentTally): void {
    const tracked = this.#tracked.get(tally.uri);
    if (!tracked?.isPolicy || tally.version < (tracked.tally?.version ?? 0)) return;
    // A document that was closed and opened again counts its versions anew: this one is of before.
    if (tally.version > tracked.sentVersion) return;
    // A text that is broken in the midst of typing keeps the lenses of the last one that was not.
    const broken = tally.problems.some(({ code }) => code === "yaml-syntax");
    if (broken && tracked.tally && tally.entries.length < tracked.tally.entries.length) {
      tracked.tally = { ...tracked.tally, standsStill: true };
      return;
    }
    tracked.tally = tally;
    tracked.changes = tracked.changes.filter(({ version }) => version > tally.version);
  }

  #publish(): void {
    const active = window.activeTextEditor?.document;
    setContextKey("hubbleLens.policyEditor", active !== undefined && this.isPolicy(active));
    this.#parts.interest.set({ documents: this.anyVisible });
    this.#changed.fire(undefined);
  }
}

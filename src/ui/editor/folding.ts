import {
  type CancellationToken,
  type FoldingContext,
  FoldingRange,
  FoldingRangeKind,
  type FoldingRangeProvider,
  languages,
  type TextDocument,
} from "vscode";
import type { Disposable } from "../../base/disposable.ts";
import type { EngineClient } from "../session/engineClient.ts";
import { policySelector } from "./policyDocuments.ts";
import { looksLikePolicy } from "./policyHeads.ts";

/** Folds policy files; all others are left to whoever folds YAML. */
export function registerFolding(engine: EngineClient): Disposable {
  return languages.registerFoldingRangeProvider(policySelector, new PolicyFolding(engine));
}

class PolicyFolding implements FoldingRangeProvider {
  readonly #engine: EngineClient;

  constructor(engine: EngineClient) {
    this.#engine = engine;
  }

  async provideFoldingRanges(
    document: TextDocument,
    _context: FoldingContext,
    token: CancellationToken,
  ): Promise<FoldingRange[] | undefined> {
    const text = document.getText();
    if (!looksLikePolicy(text)) return undefined;
    const { foldings } = await this.#engine.request("policyFoldings", { text });
    if (token.isCancellationRequested) return undefined;
    return foldings.map(
      ({ first, last, kind }) => new FoldingRange(first, last, kind && FoldingRangeKind.Comment),
    );
  }
}

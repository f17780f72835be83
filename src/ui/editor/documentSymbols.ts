import {
  type CancellationToken,
  DocumentSymbol,
  type DocumentSymbolProvider,
  languages,
  SymbolKind,
  type TextDocument,
} from "vscode";
import type { Disposable } from "../../base/disposable.ts";
import type { PolicySymbol } from "../../policy/language/policySymbols.ts";
import { countText } from "../numberText.ts";
import type { EngineClient } from "../session/engineClient.ts";
import { localize } from "../vscode/localize.ts";
import { offsetRange } from "../vscode/offsetRange.ts";
import { type PolicyDocuments, policySelector } from "./policyDocuments.ts";

/** So many symbols are made before others get the thread. */
const sliceSymbols = 500;

const symbolKinds: Readonly<Record<PolicySymbol["kind"], SymbolKind>> = {
  policy: SymbolKind.Class,
  spec: SymbolKind.Object,
  section: SymbolKind.Array,
  rule: SymbolKind.Method,
  request: SymbolKind.Field,
};

/** Outlines policies: their directions, rules and requests. */
export function registerDocumentSymbols(documents: PolicyDocuments, engine: EngineClient): Disposable {
  return languages.registerDocumentSymbolProvider(policySelector, new Outliner(documents, engine), {
    label: localize("Network Policies"),
  });
}

class Outliner implements DocumentSymbolProvider {
  readonly #documents: PolicyDocuments;
  readonly #engine: EngineClient;

  constructor(documents: PolicyDocuments, engine: EngineClient) {
    this.#documents = documents;
    this.#engine = engine;
  }

  async provideDocumentSymbols(
    document: TextDocument,
    token: CancellationToken,
  ): Promise<DocumentSymbol[] | undefined> {
    if (!this.#documents.bring(document)) return undefined;
    const { uri, version } = document;
    const outline = await this.#engine.request("policyOutline", { uri: uri.toString(), version });
    if (!outline || outline.version !== document.version) return undefined;
    const made: DocumentSymbol[] = [];
    const slices = new Slices(token);
    for (const symbol of outline.symbols) {
      const converted = await slices.convert(symbol, document);
      if (!converted) return undefined;
      made.push(converted);
    }
    return made;
  }
}

/** Makes symbols for the editor without holding up the thread. */
class Slices {
  readonly #token: CancellationToken;
  #made = 0;

  constructor(token: CancellationToken) {
    this.#token = token;
  }

  /** `undefined` when nobody wants it any more. */
  async convert(symbol: PolicySymbol, document: TextDocument): Promise<DocumentSymbol | undefined> {
    this.#made += 1;
    if (this.#made % sliceSymbols === 0) await new Promise(setImmediate);
    if (this.#token.isCancellationRequested) return undefined;
    const { name, detail, kind, range, selection } = symbol;
    const [whole, head] = [range, selection].map((part) => offsetRange(document, part));
    if (!whole || !head) return undefined;
    const converted = new DocumentSymbol(name, detail, symbolKinds[kind], whole, head);
    for (const child of symbol.children) {
      const part = await this.convert(child, document);
      if (!part) return undefined;
      converted.children.push(part);
    }
    if (symbol.unlisted !== undefined) {
      const end = offsetRange(document, { start: range.end, end: range.end });
      const name = localize("{0} more, which are not listed", countText(symbol.unlisted));
      converted.children.push(new DocumentSymbol(name, "", SymbolKind.Null, end, end));
    }
    return converted;
  }
}

import {
  type CancellationToken,
  type CompletionContext,
  CompletionItem,
  CompletionItemKind,
  type CompletionItemProvider,
  CompletionItemTag,
  CompletionTriggerKind,
  languages,
  type Position,
  type Range,
  SnippetString,
  type TextDocument,
} from "vscode";
import type { Disposable } from "../../base/disposable.ts";
import { EngineError } from "../../engine/engineProxy.ts";
import type { PolicyCompletion, PolicyCompletions } from "../../policy/language/policyCompletions.ts";
import { countText } from "../numberText.ts";
import type { EngineClient } from "../session/engineClient.ts";
import { localize as t } from "../vscode/localize.ts";
import { offsetRange } from "../vscode/offsetRange.ts";
import { readSetting } from "../vscode/settings.ts";
import { knowsPolicies } from "../vscode/yamlExtension.ts";
import { policySelector } from "./policyDocuments.ts";
import { looksLikePolicy } from "./policyHeads.ts";

/** A value begins behind these. */
const triggers = [" ", '"', "'", "{", "["];

/** A document that has nothing else yet may become a policy. */
const mostOfABeginning = 2_000;

/** Offers what may be written in a policy, with the values that were seen in the flows held. */
export function registerCompletion(engine: EngineClient): Disposable {
  return languages.registerCompletionItemProvider(policySelector, new PolicyCompleter(engine), ...triggers);
}

class PolicyCompleter implements CompletionItemProvider {
  readonly #engine: EngineClient;

  constructor(engine: EngineClient) {
    this.#engine = engine;
  }

  async provideCompletionItems(
    document: TextDocument,
    position: Position,
    token: CancellationToken,
    { triggerKind }: CompletionContext,
  ): Promise<CompletionItem[] | undefined> {
    if (!readSetting("completion.enabled")) return undefined;
    const text = document.getText();
    const isPolicy = looksLikePolicy(text);
    if (!isPolicy && !mayBegin(text, document.lineAt(position.line).text)) return undefined;
    const completions = await this.#ask(text, document.offsetAt(position));
    if (!completions || token.isCancellationRequested) return undefined;
    const range = offsetRange(document, completions.replace);
    // What another extension offers from its schema is not offered again: only what was seen.
    const seenOnly = isPolicy && knowsPolicies(document, text);
    const typing = triggerKind === CompletionTriggerKind.TriggerCharacter;
    return completions.items
      .map((item, index) => ({ item, made: completionItem(item, { completions, range, index }) }))
      .filter(({ item }) => !(seenOnly && item.count === undefined) && !(typing && isCollection(item)))
      .map(({ made }) => made);
  }

  /** What is asked for again before the answer came is of no interest any more. */
  async #ask(text: string, offset: number): Promise<PolicyCompletions | null> {
    try {
      return (await this.#engine.request("policyCompletions", { text, offset })).completions;
    } catch (error) {
      if (error instanceof EngineError && error.kind === "cancelled") return null;
      throw error;
    }
  }
}

/** Behind a key most people go on in the next line: what stands there instead must be asked for. */
function isCollection({ label }: PolicyCompletion): boolean {
  return /^[[{]/.test(label);
}

/** May a policy be begun here: is there nothing but comments, or the line that says what the object is? */
function mayBegin(text: string, line: string): boolean {
  if (/^\s*(apiVersion|kind):/.test(line)) return true;
  const [last = ""] = text
    .slice(-mostOfABeginning)
    .split(/^---.*$/m)
    .slice(-1);
  return !/^\s*[^\s#].*\n\s*[^\s#]/m.test(last) && /^\w*$/.test(line);
}

function completionItem(
  item: PolicyCompletion,
  at: { readonly completions: PolicyCompletions; readonly range: Range; readonly index: number },
): CompletionItem {
  const { label, doc, count, until, insert, goesOn } = item;
  const descriptions = [
    count === undefined ? "" : t("in {0} flows", countText(count)),
    until === undefined ? "" : t("up to Cilium {0}", until),
  ].filter((text) => text !== "");
  const made = new CompletionItem(
    descriptions.length === 0 ? label : { label, description: descriptions.join(" · ") },
    kinds[item.kind],
  );
  made.insertText = new SnippetString(insert);
  // The lines of what is inserted have their white space already.
  made.keepWhitespace = true;
  made.range = at.range;
  made.filterText = `${at.completions.quote}${label}`;
  made.sortText = String(at.index).padStart(5, "0");
  if (doc !== undefined) made.documentation = t(doc);
  if (until !== undefined) made.tags = [CompletionItemTag.Deprecated];
  if (goesOn) made.command = { command: "editor.action.triggerSuggest", title: "" };
  return made;
}

const kinds: Readonly<Record<PolicyCompletion["kind"], CompletionItemKind>> = {
  document: CompletionItemKind.Snippet,
  field: CompletionItemKind.Property,
  value: CompletionItemKind.Value,
};

import type { Disposable } from "../base/disposable.ts";
import type { RuleFilter } from "../flows/flowFilter.ts";
import type { FlowStore } from "../flows/flowStore.ts";
import { type Policy, policyKey, policyName, samePolicy } from "../policy/policy.ts";
import { readPolicies } from "../policy/readPolicies.ts";
import type { DocumentTally } from "../protocol/engine.ts";
import { PolicyDocument } from "./policyDocument.ts";
import type { RowPump } from "./rowPump.ts";

export interface PolicyDocumentsOptions {
  readonly store: FlowStore;
  readonly pump: RowPump;
  /** From the last change of a text until it is counted anew. */
  readonly typingMs: number;
  readonly clusterName: () => string;
  /** What is shown changed. */
  readonly onChange: () => void;
}

/** What a document brings into what others are judged among. */
type Said = Pick<PolicyDocument, "policies" | "cidrGroups">;

const nothing: Said = { policies: [], cidrGroups: [] };

/** The policy documents that are open, each counted with itself in the place of its namesakes in the cluster. */
export class PolicyDocuments implements Disposable {
  readonly #options: PolicyDocumentsOptions;
  readonly #documents = new Map<string, PolicyDocument>();
  readonly #typing = new Map<string, { readonly version: number; readonly text: string }>();
  #timer: NodeJS.Timeout | undefined;
  /** Opened, and not counted yet. */
  readonly #opened = new Set<PolicyDocument>();
  #opening: NodeJS.Immediate | undefined;
  /** Documents that changed what the others are judged among: those are counted anew when things are quiet. */
  readonly #changers = new Set<PolicyDocument>();
  #applied: readonly Policy[] | undefined;
  #live = true;
  /** The first row that was decided under the policies applied now. */
  #sinceRow = 0;

  constructor(options: PolicyDocumentsOptions) {
    this.#options = options;
  }

  /** A document was opened, or its text changed: the latter is counted when the typing pauses. */
  set(uri: string, version: number, text: string): void {
    const document = this.#documents.get(uri);
    if (document) {
      this.#typing.set(uri, { version, text });
      this.#takeWhenQuiet();
      return;
    }
    const opened = new PolicyDocument(uri, version, text);
    this.#documents.set(uri, opened);
    this.#opened.add(opened);
    this.#noteChange(opened, nothing, opened);
    // Many are opened in one go.
    this.#opening ??= setImmediate(() => {
      this.#opening = undefined;
      this.#countOpened();
    });
  }

  close(uri: string): void {
    this.#typing.delete(uri);
    const closed = this.#documents.get(uri);
    closed?.dispose();
    this.#documents.delete(uri);
    if (closed) {
      this.#opened.delete(closed);
      this.#noteChange(closed, closed, nothing);
    }
    this.#options.onChange();
  }

  /** The policies applied in the cluster, `null` when they are not known. Other ones restart what is counted live. */
  setApplied(texts: readonly string[] | null): void {
    const before = this.#applied;
    const now = texts?.flatMap((text) => readPolicies(text).policies);
    this.#applied = now;
    if (before === undefined ? now === undefined : now !== undefined && sayTheSame(before, now)) return;
    // Learning what had been applied all along makes no flow another one's.
    if (before !== undefined && now !== undefined) this.#sinceRow = this.#options.store.end;
    this.recountAll();
  }

  /** From now on flows come from another source: a live one, or a capture, which knows of no applied policies. */
  begin(live: boolean): void {
    this.#live = live;
    this.#sinceRow = this.#options.store.end;
    this.recountAll();
  }

  recountAll(): void {
    this.#changers.clear();
    this.#opened.clear();
    this.#recount(this.#documents.values());
  }

  /** The document that a rule is asked of: the one it names, or else an open one that has its policy. */
  holding({ uri, kind, policy }: RuleFilter): PolicyDocument | undefined {
    if (uri !== undefined) return this.#documents.get(uri);
    const has = (one: Policy) => one.kind === kind && policyName(one) === policy;
    return [...this.#documents.values()].find(({ policies }) => policies.some(has));
  }

  decidedBy(row: number, rule: RuleFilter): boolean {
    return this.holding(rule)?.decidedBy(row, rule) ?? false;
  }

  snapshot(): readonly DocumentTally[] {
    return [...this.#documents.values()].flatMap((document) => document.snapshot() ?? []);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#opening);
    for (const document of this.#documents.values()) document.dispose();
    this.#documents.clear();
  }

  get #known(): readonly Policy[] | undefined {
    return this.#live ? this.#applied : undefined;
  }

  /** A document says something else, or is new or gone: are the others judged by something else now? */
  #noteChange(document: PolicyDocument, before: Said, after: Said): void {
    // What is applied being unknown, each document stands for the others' surroundings.
    const policies = this.#known === undefined && !sayTheSame(before.policies, after.policies);
    const groups = JSON.stringify(before.cidrGroups) !== JSON.stringify(after.cidrGroups);
    if (!policies && !groups) return;
    this.#changers.add(document);
    this.#takeWhenQuiet();
  }

  #countOpened(): void {
    const opened = [...this.#opened];
    this.#opened.clear();
    // When nobody else is there, what they bring changes nothing for others.
    if (opened.length === this.#documents.size) this.#changers.clear();
    if (opened.length > 0) this.#recount(opened);
  }

  #takeWhenQuiet(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#takeTyping();
    }, this.#options.typingMs);
  }

  #takeTyping(): void {
    const dirty = new Set(this.#opened);
    this.#opened.clear();
    for (const [uri, { version, text }] of this.#typing) {
      const document = this.#documents.get(uri);
      if (!document) continue;
      const { policies, cidrGroups } = document;
      document.setText(version, text);
      dirty.add(document);
      this.#noteChange(document, { policies, cidrGroups }, document);
    }
    this.#typing.clear();
    clearTimeout(this.#timer);
    for (const changer of this.#changers) {
      for (const document of this.#documents.values()) if (document !== changer) dirty.add(document);
    }
    this.#changers.clear();
    if (dirty.size > 0) this.#recount(dirty);
  }

  #recount(documents: Iterable<PolicyDocument>): void {
    const { store, pump, clusterName, onChange } = this.#options;
    const name = clusterName();
    const all = [...this.#documents.values()];
    const context = {
      ...(name !== "" && { clusterName: name }),
      cidrGroups: all.flatMap(({ cidrGroups }) => cidrGroups),
    };
    for (const document of documents) {
      const others =
        this.#known ?? all.filter((other) => other !== document).flatMap(({ policies }) => policies);
      document.recount({ store, pump, others, applied: this.#known, context, sinceRow: this.#sinceRow });
    }
    onChange();
  }
}

/** Do two lists hold the same policies, in whatever order and formatting? */
function sayTheSame(one: readonly Policy[], other: readonly Policy[]): boolean {
  const byKey = new Map(one.map((policy) => [policyKey(policy), policy]));
  const others = new Map(other.map((policy) => [policyKey(policy), policy]));
  return (
    byKey.size === others.size &&
    [...others].every(([key, policy]) => {
      const namesake = byKey.get(key);
      return namesake !== undefined && samePolicy(namesake, policy);
    })
  );
}

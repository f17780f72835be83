import type { Disposable } from "../base/disposable.ts";
import { runSteps } from "../base/steps.ts";
import type { RuleFilter } from "../flows/flowFilter.ts";
import type { FlowStore } from "../flows/flowStore.ts";
import { type AgentFacts, judgeOptionsOf } from "../policy/agentFacts.ts";
import { type Policy, policyName } from "../policy/policy.ts";
import type { ReadPolicies } from "../policy/readPolicies.ts";
import type { DocumentTally } from "../protocol/engine.ts";
import { AppliedPolicies } from "./appliedPolicies.ts";
import { PolicyDocument } from "./policyDocument.ts";
import { PolicyReadings, type Reading } from "./policyReadings.ts";
import type { RowPump } from "./rowPump.ts";
import { sayTheSame } from "./sayTheSame.ts";
import { SlicedWork } from "./slicedWork.ts";

export interface PolicyDocumentsOptions {
  readonly store: FlowStore;
  readonly pump: RowPump;
  /** From the last change of a text until it is counted anew. */
  readonly typingMs: number;
  /** What is shown changed. */
  readonly onChange: () => void;
  /** A version of a document was read, or is judged by something else than before. */
  readonly onRead?: (uri: string, version: number, read: ReadPolicies) => void;
}

/** What a document brings into what others are judged among. */
type Said = Pick<PolicyDocument, "policies" | "cidrGroups">;

const nothing: Said = { policies: [], cidrGroups: [] };

/** Making policies ready to count by waits for streams and questions at least this often. */
const sliceMs = 4;
/** So many rules are made ready in less time. */
const shortRules = 500;

/**
 * The policy documents that are open, each counted with itself in the place of its namesakes in the cluster. Texts are
 * read little by little; until one is read and counted, what was counted before is shown.
 */
export class PolicyDocuments implements Disposable {
  readonly #options: PolicyDocumentsOptions;
  readonly #readings: PolicyReadings<PolicyDocument | AppliedPolicies>;
  readonly #applied: AppliedPolicies;
  /** Makes long documents ready to be counted anew; what is typed meanwhile does not put that off. */
  readonly #counting = new SlicedWork<PolicyDocument>({ sliceMs, onSlice: () => undefined });
  readonly #documents = new Map<string, PolicyDocument>();
  /** Their texts changed, and are read when the typing pauses. */
  readonly #typed = new Set<PolicyDocument>();
  #timer: NodeJS.Timeout | undefined;
  /** Read, and not counted yet. */
  readonly #dirty = new Set<PolicyDocument>();
  /** Documents that changed what the others are judged among: those are counted anew when things are quiet. */
  readonly #changers = new Set<PolicyDocument>();
  #isQuiet = false;
  #someRest = false;
  #facts: AgentFacts = {};
  #live = true;

  constructor(options: PolicyDocumentsOptions) {
    this.#options = options;
    this.#readings = new PolicyReadings(() => {
      this.#countWhatIsRead();
    });
    this.#applied = new AppliedPolicies(this.#readings, options.store, () => {
      this.#recountAll();
    });
  }

  /** A document was opened, or its text changed: the latter is read when the typing pauses. */
  set(uri: string, version: number, text: string): void {
    const known = this.#documents.get(uri);
    if (known) {
      known.newest = { version, text };
      this.#readings.abandon(known);
      this.#typed.add(known);
      this.#takeWhenQuiet();
      return;
    }
    const opened = new PolicyDocument(uri, { version, text });
    this.#documents.set(uri, opened);
    this.#read(opened);
  }

  close(uri: string): void {
    const closed = this.#documents.get(uri);
    if (closed) {
      this.#documents.delete(uri);
      this.#readings.abandon(closed);
      this.#counting.abandon(closed);
      this.#typed.delete(closed);
      this.#dirty.delete(closed);
      this.#noteChange(closed, closed, nothing);
      closed.dispose();
    }
    this.#options.onChange();
  }

  /** The policies applied in the cluster, `null` when they are not known. Other ones restart what is counted live. */
  setApplied(texts: readonly string[] | null): void {
    this.#applied.set(texts);
  }

  /** What is known of the cluster: other facts judge and decide anew. */
  setFacts(facts: AgentFacts): void {
    if (JSON.stringify(facts) === JSON.stringify(this.#facts)) return;
    this.#facts = facts;
    if (!this.#readings.setJudge(judgeOptionsOf(facts))) {
      this.#recountAll();
      return;
    }
    for (const document of this.#documents.values()) if (!this.#typed.has(document)) this.#read(document);
    this.#applied.readAgain();
  }

  /** From now on flows come from another source: a live one, or a capture, which knows of no applied policies. */
  begin(live: boolean): void {
    this.#live = live;
    this.#applied.begin();
    for (const document of this.#documents.values()) document.forget();
    this.#recountAll();
  }

  /** The document that a rule is asked of: the one it names, or else an open one that has its policy. */
  holding({ uri, kind, policy }: RuleFilter): PolicyDocument | undefined {
    if (uri !== undefined) return this.#documents.get(uri);
    const has = (one: Policy) => one.kind === kind && policyName(one) === policy;
    return [...this.#documents.values()].find(({ policies }) => policies.some(has));
  }

  /** What is known of each document; a long one whose numbers were told a moment ago is left out. */
  snapshot(): readonly DocumentTally[] {
    const nowMs = performance.now();
    const told = [...this.#documents.values()].filter((document) => !document.rests(nowMs));
    this.#someRest = told.length < this.#documents.size;
    return told.flatMap((document) => document.snapshot(nowMs) ?? []);
  }

  /** Was a document left out of the last snapshot? Its numbers are to be told later on. */
  get someRest(): boolean {
    return this.#someRest;
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#readings.dispose();
    this.#counting.dispose();
    for (const document of this.#documents.values()) document.dispose();
    this.#documents.clear();
  }

  get #known(): readonly Policy[] | undefined {
    return this.#live ? this.#applied.policies : undefined;
  }

  /** Reads a document's newest text, unless that says what was read already. */
  #read(document: PolicyDocument): void {
    const { newest, reading: before } = document;
    if (before?.text === newest.text && before.judge === this.#readings.judge) {
      this.#take(document, newest.version, before);
      return;
    }
    this.#readings.start(document, newest.text, {
      before,
      done: (reading) => {
        this.#take(document, newest.version, reading);
        this.#noteChange(document, before?.read ?? nothing, document);
      },
    });
  }

  #take(document: PolicyDocument, version: number, reading: Reading): void {
    document.take(version, reading);
    this.#dirty.add(document);
    this.#options.onRead?.(document.uri, version, reading.read);
  }

  /** A document says something else, or is new or gone: are the others judged by something else now? */
  #noteChange(document: PolicyDocument, before: Said, after: Said): void {
    // What is applied being unknown, each document stands for the others' surroundings.
    const policies = this.#known === undefined && !sayTheSame(before.policies, after.policies);
    const groups = groupsText(before.cidrGroups) !== groupsText(after.cidrGroups);
    if (!policies && !groups) return;
    this.#changers.add(document);
    this.#takeWhenQuiet();
  }

  #takeWhenQuiet(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const typed = [...this.#typed];
      this.#typed.clear();
      for (const document of typed) this.#read(document);
      this.#isQuiet = true;
      this.#countWhatIsRead();
    }, this.#options.typingMs);
  }

  /** Counts what is read, once for all that is read in one go; a long text that is being read keeps nobody waiting. */
  #countWhatIsRead(): void {
    if (this.#readings.readsShortText) return;
    const dirty = new Set(this.#dirty);
    this.#dirty.clear();
    if (this.#isQuiet) {
      for (const changer of this.#changers) {
        for (const document of this.#documents.values()) if (document !== changer) dirty.add(document);
      }
    }
    // When nobody else is there, what they bring changes nothing for others.
    if (this.#isQuiet || dirty.size === this.#documents.size) {
      this.#changers.clear();
      if (this.#typed.size === 0) clearTimeout(this.#timer);
    }
    this.#isQuiet = false;
    this.#recount(dirty);
  }

  #recountAll(): void {
    this.#changers.clear();
    this.#dirty.clear();
    this.#recount(this.#documents.values());
  }

  /** Counts those of the documents anew that have been read. */
  #recount(documents: Iterable<PolicyDocument>): void {
    const { store, pump, onChange } = this.#options;
    const read = [...documents].filter(({ reading }) => reading);
    if (read.length === 0) return;
    const all = [...this.#documents.values()];
    const { sinceRow } = this.#applied;
    for (const document of read) {
      const beside = all.filter((other) => other !== document);
      const others = this.#known ?? beside.flatMap(({ policies }) => policies);
      // Of groups that have one name it is the document's own that counts.
      const cidrGroups = [...beside, document].flatMap((one) => one.cidrGroups);
      const context = { ...this.#facts, cidrGroups };
      const steps = document.recountSteps({ store, pump, others, applied: this.#known, context, sinceRow });
      const size = rulesIn(others) + rulesIn(document.policies);
      if (size > shortRules) {
        this.#counting.start(document, { steps, size, done: onChange });
      } else {
        this.#counting.abandon(document);
        runSteps(steps);
      }
    }
    onChange();
  }
}

function rulesIn(policies: readonly Policy[]): number {
  const sections = policies.flatMap(({ specs }) => specs.flatMap((spec) => spec.sections));
  return sections.reduce((sum, { rules }) => sum + 1 + rules.length, policies.length);
}

/** What groups of addresses say, to compare: labels are a map, which JSON would leave out. */
function groupsText(groups: Said["cidrGroups"]): string {
  return JSON.stringify(groups.map(({ name, labels, blocks }) => [name, [...labels], blocks]));
}

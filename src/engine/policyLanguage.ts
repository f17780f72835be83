import type { Problem, Severity } from "../base/problem.ts";
import type { SeenValue } from "../flows/seenValues.ts";
import { foldings } from "../policy/language/foldings.ts";
import { policyCompletions } from "../policy/language/policyCompletions.ts";
import { policyOutline } from "../policy/language/policySymbols.ts";
import type { Seen } from "../policy/language/seenWords.ts";
import type { ReadPolicies } from "../policy/readPolicies.ts";
import type {
  DocumentOutline,
  DocumentProblems,
  PolicyLanguageRequests,
} from "../protocol/policyLanguage.ts";

/** More than an editor shows of one file. */
const mostProblems = 1_000;
/** The editor takes some 20 µs of its extensions' thread for each, at one go. */
const mostSymbols = 1_500;
const mostFoldings = 5_000;

/** Looks for the values of a kind that the held flows have, the most frequent first. */
export type LookForValues = (...asked: Parameters<Seen>) => Promise<readonly SeenValue[]>;

/** What was read of an open document, and who waits for more. */
interface OpenDocument {
  /** Readings are numbered over all documents; 0: none yet. */
  reading: number;
  version: number;
  read: ReadPolicies | undefined;
  /** Called after each reading, and when the document is closed; answers whether that was what it waited for. */
  readonly waiting: Set<() => boolean>;
}

type Reply<Name extends keyof PolicyLanguageRequests> = PolicyLanguageRequests[Name]["reply"];

/** The handlers of the requests about texts of policies. */
export type PolicyLanguageHandlers = {
  readonly [Name in keyof PolicyLanguageRequests]: (
    params: PolicyLanguageRequests[Name]["params"],
  ) => Reply<Name> | Promise<Reply<Name>>;
};

/** Answers what an editor asks about the texts of policy documents, from what was read of them. */
export class PolicyLanguage {
  readonly #look: LookForValues;
  readonly #open = new Map<string, OpenDocument>();
  #readings = 0;

  readonly handlers: PolicyLanguageHandlers = {
    policyProblems: ({ uri, after }) =>
      this.#when(
        uri,
        ({ reading }) => reading !== 0 && reading !== after,
        ({ reading, version, read }) => told(read?.problems ?? [], { reading, version }),
      ),
    policyOutline: ({ uri, version }) =>
      this.#when(
        uri,
        (document) => document.reading !== 0 && document.version >= version,
        ({ version: read, read: policies }): DocumentOutline => ({
          version: read,
          ...policyOutline(policies ?? nothing, mostSymbols),
        }),
      ),
    policyCompletions: ({ text, offset }) => this.#complete(text, offset),
    policyFoldings: ({ text }) => ({ foldings: foldings(text, mostFoldings) }),
  };

  constructor(look: LookForValues) {
    this.#look = look;
  }

  /** A document was opened, or has another text. */
  opened(uri: string): void {
    if (this.#open.has(uri)) return;
    this.#open.set(uri, { reading: 0, version: -1, read: undefined, waiting: new Set() });
  }

  /** A version of a document was read, or is judged by something else than before. */
  read(uri: string, version: number, read: ReadPolicies): void {
    const document = this.#open.get(uri);
    if (!document) return;
    this.#readings += 1;
    document.reading = this.#readings;
    document.version = version;
    document.read = read;
    tell(document);
  }

  closed(uri: string): void {
    const document = this.#open.get(uri);
    this.#open.delete(uri);
    if (document) tell(document);
  }

  async #complete(text: string, offset: number): Promise<Reply<"policyCompletions">> {
    const asked = new Map<Parameters<Seen>[0], number>();
    const first = policyCompletions(text, offset, (kind, limit) => {
      asked.set(kind, Math.max(limit, asked.get(kind) ?? 0));
      return [];
    });
    if (asked.size === 0) return { completions: first ?? null };
    // Looking through all flows takes its time: the place is looked at again once it is known what they have.
    const values = new Map<string, readonly SeenValue[]>();
    for (const [kind, limit] of asked) values.set(kind, await this.#look(kind, limit));
    const seen: Seen = (kind, limit) => values.get(kind)?.slice(0, limit) ?? [];
    return { completions: policyCompletions(text, offset, seen) ?? null };
  }

  /** Answers once something holds of a document; `null` when it is not open. */
  #when<Answer>(
    uri: string,
    holds: (document: OpenDocument) => boolean,
    answer: (document: OpenDocument) => Answer,
  ): Answer | null | Promise<Answer | null> {
    const document = this.#open.get(uri);
    if (!document) return null;
    if (holds(document)) return answer(document);
    return new Promise((resolve) => {
      document.waiting.add(() => {
        const isOpen = this.#open.get(uri) === document;
        if (isOpen && !holds(document)) return false;
        resolve(isOpen ? answer(document) : null);
        return true;
      });
    });
  }
}

const nothing: ReadPolicies = { policies: [], cidrGroups: [], problems: [] };

function tell({ waiting }: OpenDocument): void {
  for (const waits of waiting) if (waits()) waiting.delete(waits);
}

const weights: Readonly<Record<Severity, number>> = { error: 0, warning: 1, hint: 2 };

function told(
  problems: readonly Problem[],
  at: Pick<DocumentProblems, "reading" | "version">,
): DocumentProblems {
  const shown =
    problems.length <= mostProblems
      ? problems
      : [...problems]
          .sort((one, other) => weights[one.severity] - weights[other.severity])
          .slice(0, mostProblems);
  return {
    ...at,
    problems: shown.map(({ severity, code, message, range, fix, fixRange }) => ({
      ...{ severity, code, message, range },
      ...(fix !== undefined && { fix }),
      ...(fixRange && { fixRange }),
    })),
    unlisted: problems.length - shown.length,
  };
}

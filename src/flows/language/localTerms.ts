import type { FlowSelection, LocalFilter, RuleFilter } from "../flowFilter.ts";
import type { TermText } from "./filterTerm.ts";
import { localFlags } from "./ourFlags.ts";
import type { RefusedTerm } from "./refusal.ts";
import { readRule } from "./ruleText.ts";

/** Collects what is applied here because no relay can be asked. */
export class LocalTerms {
  readonly #policies = new Map<boolean, string[]>();
  readonly #decisions = new Map<boolean, "allowed" | "denied">();
  #lost: boolean | undefined;
  #rule: RuleFilter | undefined;

  takes(flag: string): boolean {
    return localFlags.has(flag);
  }

  /** Adds a term, or says why it cannot. */
  add(term: TermText): RefusedTerm | undefined {
    switch (term.flag) {
      case "policy":
        return this.#addPolicy(term);
      case "decision":
        return this.#addDecision(term);
      case "rule":
        return this.#addRule(term);
      default:
        return this.#addLost(term);
    }
  }

  /** What was collected, as parts of a selection. */
  parts(): Pick<FlowSelection, "local" | "rule"> {
    const local: LocalFilter[] = [];
    for (const [negated, names] of this.#policies) local.push({ kind: "policy", negated, names });
    for (const [negated, decision] of this.#decisions) local.push({ kind: "decision", negated, decision });
    if (this.#lost !== undefined) local.push({ kind: "lost", negated: !this.#lost });
    return { ...(local.length > 0 && { local }), ...(this.#rule && { rule: this.#rule }) };
  }

  #addPolicy({ value = "", negated }: TermText): RefusedTerm | undefined {
    if (!/^([^/\s]+\/)?[^/\s]+$/.test(value)) {
      return { refused: "a policy is written NAME or NAMESPACE/NAME", code: "bad-value" };
    }
    const names = this.#policies.get(negated) ?? [];
    if (!names.includes(value)) this.#policies.set(negated, [...names, value]);
    return undefined;
  }

  #addDecision({ value, negated }: TermText): RefusedTerm | undefined {
    if (value !== "allowed" && value !== "denied") {
      return { refused: "the decision is allowed or denied", code: "bad-value" };
    }
    const earlier = this.#decisions.get(negated);
    if (earlier !== undefined && earlier !== value) {
      return {
        refused: "No flow was both allowed and denied: give one --decision",
        code: "conflict",
        whole: true,
      };
    }
    this.#decisions.set(negated, value);
    return undefined;
  }

  #addRule({ value = "", negated }: TermText): RefusedTerm | undefined {
    if (negated) return { refused: "--rule cannot be negated", code: "conflict", whole: true };
    if (this.#rule) return { refused: "Only one --rule can be given", code: "conflict", whole: true };
    const rule = readRule(value);
    if (!rule) {
      return {
        refused: "a rule is written [KIND/]NAMESPACE/NAME:PATH, as in default/rule1:spec.ingress[0]",
        code: "bad-value",
      };
    }
    this.#rule = rule;
    return undefined;
  }

  #addLost({ value = "true", negated }: TermText): RefusedTerm | undefined {
    if (value !== "true" && value !== "false") {
      return { refused: "--lost takes true or false, as in --lost=false", code: "bad-value" };
    }
    const lost = (value === "true") !== negated;
    if (this.#lost !== undefined && this.#lost !== lost) {
      return { refused: "--lost and --not --lost cannot be combined", code: "conflict", whole: true };
    }
    this.#lost = lost;
    return undefined;
  }
}

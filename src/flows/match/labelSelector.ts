import type { Refusal } from "./filterProblem.ts";
import { hasKey, type Label, labelKey, mayHaveKey, parseLabel } from "./selectorLabel.ts";
import { isLabelValue, isQualifiedName } from "./labelSyntax.ts";
import { type SelectorToken, selectorTokens } from "./selectorTokens.ts";

/** Do labels, as an endpoint or node has them, meet a selector? */
export type LabelTest = (labels: readonly string[]) => boolean;

/**
 * Reads a selector in the syntax of Kubernetes (`a=b, c!=d, e in (f,g), h notin (i), j, !k, l>5`), all of which must
 * hold. A key may have the source of its label in front (`k8s:app`); without one it fits any, as with `any:`.
 */
export function labelTest(selector: string): LabelTest | Refusal {
  if (selector !== "" && selector.trim() === "") return { error: "The selector is blank." };
  const reader = new RequirementReader(selectorTokens(selector));
  const tests: Requirement[] = [];
  try {
    while (!reader.atEnd) tests.push(reader.read());
  } catch (error) {
    if (error instanceof SelectorFault) return { error: error.message, offset: error.offset };
    throw error;
  }
  return (labels) => {
    for (const holds of tests) if (!holds(labels)) return false;
    return true;
  };
}

type Requirement = LabelTest;

type FindLabel = (labels: readonly string[]) => Label | undefined;

class SelectorFault extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** Reads one requirement after another; what is wrong is thrown as a {@link SelectorFault}. */
class RequirementReader {
  readonly #tokens: readonly SelectorToken[];
  #next = 0;

  constructor(tokens: readonly SelectorToken[]) {
    this.#tokens = tokens;
  }

  get atEnd(): boolean {
    return this.#peek().kind === "end";
  }

  read(): Requirement {
    const negated = this.#peek().kind === "!";
    if (negated) this.#take();
    const find = this.#key();
    const { kind } = this.#peek();
    const requirement: Requirement = negated
      ? (labels) => !find(labels)
      : kind === "end" || kind === ","
        ? (labels) => find(labels) !== undefined
        : this.#compared(this.#take(), find);
    this.#comma();
    return requirement;
  }

  #compared(operator: SelectorToken, find: FindLabel): Requirement {
    switch (operator.text) {
      case "=":
      case "==": {
        const value = this.#value();
        return (labels) => find(labels)?.value === value;
      }
      case "!=": {
        const value = this.#value();
        return (labels) => find(labels)?.value !== value;
      }
      case ">":
      case "<": {
        const limit = this.#number();
        const isWanted = (number: bigint) => (operator.text === ">" ? number > limit : number < limit);
        return (labels) => {
          const number = wholeNumber(find(labels)?.value ?? "");
          return number !== undefined && isWanted(number);
        };
      }
      case "in":
      case "notin": {
        const values = this.#values();
        const within: Requirement = (labels) => {
          const found = find(labels);
          return found !== undefined && values.has(found.value);
        };
        return operator.text === "in" ? within : (labels) => !within(labels);
      }
      default: {
        const expected = 'Here "=", "!=", "in (…)", "notin (…)", ">", "<" or a comma is expected.';
        throw new SelectorFault(expected, operator.offset);
      }
    }
  }

  #key(): FindLabel {
    const token = this.#take();
    const key = token.kind === "word" ? labelKey(token.text) : undefined;
    if (!key) throw new SelectorFault("Here the key of a label is expected.", token.offset);
    // Hubble makes one name of source and key.
    if (!isQualifiedName(`${key.source}.${key.key}`)) {
      throw new SelectorFault(`"${token.text}" cannot be the key of a label.`, token.offset);
    }
    return (labels) => {
      for (const text of labels) {
        if (!mayHaveKey(text, key)) continue;
        const label = parseLabel(text);
        if (hasKey(label, key)) return label;
      }
      return undefined;
    };
  }

  #value(): string {
    const { kind } = this.#peek();
    if (kind === "end" || kind === ",") return "";
    return this.#word();
  }

  #word(): string {
    const token = this.#take();
    if (token.kind !== "word") throw new SelectorFault("Here a label's value is expected.", token.offset);
    if (!isLabelValue(token.text)) {
      throw new SelectorFault(`"${token.text}" cannot be a label's value.`, token.offset);
    }
    return token.text;
  }

  #number(): bigint {
    const token = this.#peek();
    const number = wholeNumber(this.#value());
    if (number === undefined) throw new SelectorFault("Here a whole number is expected.", token.offset);
    return number;
  }

  /** `(a, b)`; nothing between commas, or between brackets, is the empty value. */
  #values(): ReadonlySet<string> {
    const open = this.#take();
    if (open.kind !== "(") throw new SelectorFault(`Here "(" is expected.`, open.offset);
    const values = new Set<string>();
    for (;;) {
      const { kind } = this.#peek();
      values.add(kind === "," || kind === ")" ? "" : this.#word());
      const after = this.#take();
      if (after.kind === ")") return values;
      if (after.kind !== ",") throw new SelectorFault(`Here "," or ")" is expected.`, after.offset);
    }
  }

  #comma(): void {
    const token = this.#take();
    if (token.kind === "end") return;
    if (token.kind !== ",") throw new SelectorFault("Here a comma is expected.", token.offset);
    if (this.atEnd) throw new SelectorFault("After a comma another label is expected.", token.offset);
  }

  #peek(): SelectorToken {
    return this.#tokens[this.#next] ?? { kind: "end", text: "", offset: 0 };
  }

  #take(): SelectorToken {
    const token = this.#peek();
    if (token.kind !== "end") this.#next += 1;
    return token;
  }
}

/** As Go's `strconv.ParseInt` reads a number of 64 bits. */
function wholeNumber(text: string): bigint | undefined {
  if (!/^[-+]?\d+$/.test(text)) return undefined;
  const number = BigInt(text.replace("+", ""));
  return BigInt.asIntN(64, number) === number ? number : undefined;
}

/** A node of a YAML document, with its stretch of the document's text. Aliases stand for what they name. */
export type YamlNode = ScalarNode | ListNode | MapNode | AliasNode;

interface Place {
  readonly start: number;
  /** Without the white space after it; no larger than `start` for a node that is not written at all. */
  readonly end: number;
}

export interface ScalarNode extends Place {
  readonly kind: "scalar";
  /** What it says, whatever YAML takes that for. */
  readonly text: string;
  /** Is it written without quotes, so that its letters decide what it is? */
  readonly plain: boolean;
}

export interface ListNode extends Place {
  readonly kind: "list";
  readonly items: readonly (YamlNode | null)[];
}

export interface MapNode extends Place {
  readonly kind: "map";
  readonly pairs: readonly YamlPair[];
  /** Are there only a few pairs, each with a key of its own that is a scalar, none of them a merge key (`<<`)? */
  readonly isSimple: boolean;
}

export interface AliasNode extends Place {
  readonly kind: "alias";
  /** `undefined`: nothing before it has that name. */
  readonly target: YamlNode | undefined;
}

export interface YamlPair {
  readonly key: YamlNode | null;
  readonly value: YamlNode | null;
}

/** More pairs than this are not looked through one after another. */
const mostSimplePairs = 16;

/** What `isSimple` of a mapping says. */
export function areSimplePairs(pairs: readonly YamlPair[]): boolean {
  if (pairs.length > mostSimplePairs) return false;
  for (let index = 0; index < pairs.length; index++) {
    const key = pairs[index]?.key;
    if (key?.kind !== "scalar" || (key.plain && key.text === "<<")) return false;
    for (let earlier = 0; earlier < index; earlier++) {
      const other = pairs[earlier]?.key;
      if (other?.kind === "scalar" && other.text === key.text) return false;
    }
  }
  return true;
}

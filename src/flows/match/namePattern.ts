import { compilePattern } from "../../base/pattern.ts";
import type { Refusal } from "./filterProblem.ts";

/** The letters that a `*` stands for: no underscore, though one may be written. */
const anyLetters = "[-.0-9a-z]*";
const anyName = String.raw`[-0-9_a-z]+(?:\.[-0-9_a-z]+)*`;

/**
 * Is one of a side's names (joined with commas) this one? The pattern is taken without surrounding spaces, one dot at
 * its end and capital letters; the names are taken as they are.
 */
export function domainTest(wanted: string): ((names: string) => boolean) | Refusal {
  const source = patternSource(wanted);
  if (typeof source !== "string") return source;
  return compiled(
    source,
    (matches) => (names) => names !== "" && names.split(",").some((name) => matches(name)),
  );
}

/**
 * Is this the node's name? `[cluster/]node`, where an empty part admits any. A node's name without a cluster is one
 * of the cluster `default`.
 */
export function nodeNameTest(wanted: string): ((node: string) => boolean) | Refusal {
  const parts = wanted.split("/");
  if (wanted === "") return { error: "A pattern of a node's name is needed: [CLUSTER/]NODE." };
  if (parts.length > 2) return { error: `"${wanted}" has more than one slash; [CLUSTER/]NODE has one.` };
  const [cluster = "", node = ""] = parts.length === 1 ? ["", wanted] : parts;
  const clusterSource = cluster === "" ? anyName : patternSource(cluster);
  if (typeof clusterSource !== "string") return clusterSource;
  const nodeSource = node === "" ? anyName : patternSource(node);
  if (typeof nodeSource !== "string") return nodeSource;
  return compiled(
    `${clusterSource}/${nodeSource}`,
    (matches) => (name) => name !== "" && matches(name.includes("/") ? name : `default/${name}`),
  );
}

type NameTest = (text: string) => boolean;

/** By RE2: what backtracks would take forever for a few stars and a long name. */
function compiled(source: string, use: (matches: NameTest) => NameTest): NameTest | Refusal {
  const pattern = compilePattern(source);
  if ("error" in pattern) return pattern;
  return use((text) => pattern.matchesWhole(text));
}

/** The regular expression that a glob over domain names stands for. */
function patternSource(glob: string): string | Refusal {
  const name = glob.trim().replace(/\.$/, "").toLowerCase();
  if (name === "") return { error: `"${glob}" is an empty pattern.` };
  if (name.endsWith(".")) return { error: `"${glob}" ends in more than one dot.` };
  const wrong = /[^-.*0-9_a-z]/u.exec(name);
  if (wrong) {
    return {
      error: `A name has only letters, digits, "-", "_", "." and "*": "${wrong[0]}" is none of them.`,
      offset: Math.max(0, glob.toLowerCase().indexOf(wrong[0])),
    };
  }
  return name.replace(/\*+/g, "*").replaceAll(".", String.raw`\.`).replaceAll("*", anyLetters);
}

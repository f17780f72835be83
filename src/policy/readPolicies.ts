import { runSteps, type Steps } from "../base/steps.ts";
import { canonicalText } from "./canonicalText.ts";
import { checkMasking } from "./checkMasking.ts";
import { checkPolicy } from "./checkPolicy.ts";
import type { CidrGroup } from "./clusterContext.ts";
import { firstFieldMend } from "./mend.ts";
import { movedPiece, type ReadPiece } from "./movedPiece.ts";
import type { Policy, PolicyKind } from "./policy.ts";
import type { JudgeOptions, PolicyProblem } from "./policyProblem.ts";
import { readCidrGroup } from "./readCidrGroup.ts";
import { readCiliumSpecs } from "./readCiliumPolicy.ts";
import { readNetworkPolicySpecs } from "./readNetworkPolicy.ts";
import { holdsTemplate, parsePiece, yamlPieces, type YamlPiece } from "./yamlDocuments.ts";
import { YamlReading } from "./yamlReading.ts";
import { type YamlFields, YamlValue } from "./yamlValue.ts";

export interface ReadPolicies {
  readonly policies: readonly Policy[];
  /** CiliumCIDRGroup documents, which policies may refer to. */
  readonly cidrGroups: readonly CidrGroup[];
  readonly problems: readonly PolicyProblem[];
  /** What each document said, so that a later text that holds it need not be read there. */
  readonly pieces?: readonly ReadPiece[];
}

/** The kinds that are read, with the API groups that they belong to: others have kinds of the same name. */
const kinds: Readonly<Record<PolicyKind | "CiliumCIDRGroup", readonly string[]>> = {
  CiliumNetworkPolicy: ["cilium.io/"],
  CiliumClusterwideNetworkPolicy: ["cilium.io/"],
  CiliumCIDRGroup: ["cilium.io/"],
  NetworkPolicy: ["networking.k8s.io/", "extensions/"],
};

/** What each policy says it is of today. */
const newestGroups: Readonly<Record<PolicyKind, string>> = {
  CiliumNetworkPolicy: "cilium.io/v2",
  CiliumClusterwideNetworkPolicy: "cilium.io/v2",
  NetworkPolicy: "networking.k8s.io/v1",
};

type KnownKind = keyof typeof kinds;

const kindNames = Object.keys(kinds) as readonly KnownKind[];

/** Tells a document that is too broken to find its kind, and deserves a word, from one that is none of ours. */
const looksLikeOurs = /^kind:\s*["']?(Cilium(Clusterwide)?NetworkPolicy|CiliumCIDRGroup)(List)?\b/m;

/** By what policies are judged, and what of them need not be read again. */
export interface ReadOptions extends JudgeOptions {
  /** An earlier text, read by the same options: a document that it holds letter by letter is taken from there. */
  readonly earlier?: ReadPolicies;
}

/**
 * Reads every policy in a YAML text. Never throws: what is wrong comes out as problems, in the order of the text, next
 * to all that could be read.
 */
export function readPolicies(text: string, options: ReadOptions = {}): ReadPolicies {
  return runSteps(readPolicySteps(text, options));
}

/**
 * The same, one short step after another: whoever shares a thread with others goes on with the next step when it
 * likes, and simply stops when the text is of no interest any more.
 */
export function* readPolicySteps(text: string, options: ReadOptions = {}): Steps<ReadPolicies> {
  const known = new Map(options.earlier?.pieces?.map((piece) => [piece.text, piece]));
  const pieces: ReadPiece[] = [];
  for (const { text: piece, offset } of yamlPieces(text)) {
    yield;
    // Pieces without any of the kinds are not even parsed.
    if (!kindNames.some((name) => piece.includes(name)) || holdsTemplate(piece)) continue;
    const earlier = known.get(piece);
    pieces.push(earlier ? movedPiece(earlier, offset) : yield* readPiece({ text: piece, offset }, options));
  }
  return {
    policies: pieces.flatMap(({ policies }) => policies),
    cidrGroups: pieces.flatMap(({ cidrGroups }) => cidrGroups),
    problems: pieces.flatMap(({ problems }) => problems),
    pieces,
  };
}

function* readPiece(piece: YamlPiece, options: JudgeOptions): Steps<ReadPiece> {
  const policies: Policy[] = [];
  const cidrGroups: CidrGroup[] = [];
  const problems: PolicyProblem[] = [];
  for (const document of yield* parsePiece(piece)) {
    const reading = new YamlReading(document);
    const root = new YamlValue(reading, document.contents, {});
    let ours = looksLikeOurs.test(document.text);
    for (const object of objectsOf(root)) {
      const { fields } = object;
      const kind = knownKind(object);
      if (!kind) continue;
      ours = true;
      // What a broken document seems to lack may only not have been read.
      const refused = document.problems.length > 0 ? undefined : yield* checkPolicy(fields, kind, options);
      if (kind === "CiliumCIDRGroup") {
        const group = readCidrGroup(fields);
        if (group) cidrGroups.push(group);
      } else {
        const policy = yield* readPolicy(fields, kind, refused);
        yield* checkMasking(policy, reading);
        policies.push(policy);
      }
    }
    if (!ours) continue;
    const judged =
      options.ciliumVersion === undefined ? reading.problems.map(inSomeVersions) : reading.problems;
    // One by one: as many arguments as lines is more than a call takes.
    for (const problem of sorted(judged)) problems.push(problem);
  }
  return { ...piece, policies, cidrGroups, problems };
}

/** Nobody said which version it is: what others take is no error. */
function inSomeVersions(problem: PolicyProblem): PolicyProblem {
  return problem.versionDependent === true ? { ...problem, severity: "warning", refusedBy: [] } : problem;
}

function sorted(problems: readonly PolicyProblem[]): readonly PolicyProblem[] {
  return [...problems].sort((one, other) => one.range.start - other.range.start);
}

/** An object that may be one of ours. */
interface KindredObject {
  readonly fields: YamlFields;
  readonly kind: string | undefined;
  readonly apiVersion: string | undefined;
}

/**
 * The objects of a document: itself, or the items of a list, as `kubectl get -o yaml` prints several. What the API
 * server itself lists (`NetworkPolicyList`) leaves to the list to say what the items are.
 */
function objectsOf(root: YamlValue): readonly KindredObject[] {
  const fields = root.asMap();
  if (!fields) return [];
  const kind = fields.get("kind")?.words;
  const apiVersion = fields.get("apiVersion")?.words;
  const items = fields.get("items");
  if (kind?.endsWith("List") !== true || !items) return [{ fields, kind, apiVersion }];
  return (items.asList() ?? []).flatMap((item) => {
    const own = new YamlValue(item.reading, item.node, { range: item.range }).asMap();
    if (!own) return [];
    const ownKind = own.get("kind")?.words;
    const ownVersion = own.get("apiVersion")?.words;
    return [
      ownKind === undefined
        ? { fields: own, kind: kind.slice(0, -"List".length), apiVersion: ownVersion ?? apiVersion }
        : { fields: own, kind: ownKind, apiVersion: ownVersion },
    ];
  });
}

function knownKind({ fields, kind: written, apiVersion }: KindredObject): KnownKind | undefined {
  const kind = kindNames.find((known) => known === written);
  if (!kind) return undefined;
  if (apiVersion === undefined) {
    const message = `A ${kind} needs an apiVersion.`;
    const isMissing = kind !== "CiliumCIDRGroup" && !fields.keyRange("apiVersion");
    const mend = isMissing ? firstFieldMend(fields, "apiVersion", newestGroups[kind]) : {};
    fields.owner.report({ code: "missing-api-version", message, refusedBy: ["apiserver"], ...mend });
    return kind;
  }
  return kinds[kind].some((group) => apiVersion.startsWith(group)) ? kind : undefined;
}

function* readPolicy(fields: YamlFields, kind: PolicyKind, refused: string | undefined): Steps<Policy> {
  const metadata = fields.get("metadata")?.asMap();
  const name = metadata?.get("name")?.words;
  const namespace = metadata?.get("namespace")?.words ?? "default";
  const head = ["spec", "specs", "kind"].find((key) => fields.keyRange(key));
  return {
    kind,
    namespace: kind === "CiliumClusterwideNetworkPolicy" ? "" : namespace,
    name: name ?? "",
    range: (head === undefined ? undefined : fields.keyRange(head)) ?? fields.owner.range,
    specs: yield* kind === "NetworkPolicy" ? readNetworkPolicySpecs(fields) : readCiliumSpecs(fields, kind),
    ...(refused === undefined ? {} : { refused }),
    content: `${yield* contentOf(fields, "spec")};${yield* contentOf(fields, "specs")}`,
  };
}

function* contentOf(fields: YamlFields, name: string): Steps<string> {
  const value = fields.get(name);
  return value ? yield* canonicalText(value) : "";
}

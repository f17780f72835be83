import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type CiliumVersion,
  ciliumVersions,
  type JudgeOptions,
  type PolicyProblem,
} from "../../src/policy/policyProblem.ts";
import { readPolicies } from "../../src/policy/readPolicies.ts";
import type { Judgement } from "./judgePolicyCase.ts";

/** A case of the categories `validity` and `sanitize-corpus`. */
export interface ValidityCase {
  readonly id: string;
  readonly manifest?: string;
  readonly document?: number;
  readonly corpus_file?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly expect: ValidityExpectation;
}

interface ValidityExpectation {
  readonly verdict?: string;
  readonly rejected_by?: readonly string[];
  readonly agent?: Readonly<Record<string, AgentAnswer>>;
  readonly sanitize?: Readonly<Record<string, AgentAnswer>>;
  readonly crd_schema_errors?: readonly string[];
  readonly unknown_fields?: readonly string[];
  readonly apiserver_error?: { readonly field: string; readonly message?: string };
}

interface AgentAnswer {
  readonly ok: boolean;
  readonly error?: string;
  readonly error_fields?: readonly string[];
  readonly ok_with_settings?: Readonly<Record<string, unknown>>;
}

/** The schema of the API server is that of this version. */
const schemaVersion: CiliumVersion = "1.19";

/** Judges a manifest as API server and agents do; `undefined`: it is no such case. */
export function judgeValidityCase({ manifest, settings, expect }: ValidityCase): Judgement | undefined {
  if (manifest === undefined) return undefined;
  const { expected, got, check } = lines();
  const { problems } = readPolicies(manifest, optionsOf(schemaVersion, settings));
  // The cases are judged by the schema, which says nothing of names: their own would not all pass.
  const atServer = problems.filter(({ code }) => code !== "invalid-name");
  const refusedByServer = atServer.filter(({ refusedBy }) => refusedBy.includes("apiserver"));
  // Of a NetworkPolicy only what the API server says is judged.
  const answers = Object.entries(expect.agent ?? {});
  const agents = answers.map(([version]) => agentProblems(manifest, version, settings));
  const unknown = atServer.filter(isUnknown).map(({ path }) => path);
  check("verdict", expect.verdict, verdictOf({ refusedByServer, agents, unknown }));
  const rejectedBy = [
    ...(refusedByServer.length > 0 ? ["apiserver"] : []),
    ...(agents.some((problems) => problems.length > 0) ? ["agent"] : []),
  ];
  check("rejected by", listed(expect.rejected_by), listed(rejectedBy) ?? "");
  check("unknown fields", listed(expect.unknown_fields), listed(unknown) ?? "");
  if (expect.crd_schema_errors) {
    const paths = expect.crd_schema_errors.map(schemaPath);
    check("schema errors", listed(paths), listed(sameSet(paths, refusedByServer)) ?? "");
  }
  if (expect.apiserver_error) {
    const { field, message } = expect.apiserver_error;
    const found = pathsOf(refusedByServer);
    check("field", field, found.includes(field) ? field : found.join(", "));
    const wanted = serverReasons.find(([words]) => words.test(message ?? ""))?.[1];
    const codes = refusedByServer.filter(({ path }) => path === field).map(({ code }) => code);
    const isSaid = wanted?.some((code) => codes.includes(code)) === true;
    check("field for", wanted?.join(" or "), isSaid ? wanted.join(" or ") : codes.join(", "));
  }
  for (const [index, [version, answer]] of answers.entries()) {
    checkAnswer(`agent ${version}`, answer, { problems: agents[index] ?? [], check });
  }
  return { expected, got };
}

/** Judges a document of the corpus as agents do; `undefined`: it is no such case, or there is no corpus. */
export function judgeSanitizeCorpusCase(
  { corpus_file: file, document = 0, expect }: ValidityCase,
  corpusDir: string,
): Judgement | undefined {
  const path = file === undefined ? undefined : join(corpusDir, file);
  if (path === undefined || !expect.sanitize || !existsSync(path)) return undefined;
  const manifest = documentsOf(readFileSync(path, "utf8"))[document] ?? "";
  const { expected, got, check } = lines();
  for (const [version, answer] of Object.entries(expect.sanitize)) {
    checkAnswer(`agent ${version}`, answer, { problems: agentProblems(manifest, version, {}), check });
    if (!answer.ok_with_settings) continue;
    const left = agentProblems(manifest, version, answer.ok_with_settings);
    check(
      `agent ${version} with settings`,
      "ok",
      left.length === 0 ? "ok" : left.map(({ message }) => message).join("; "),
    );
  }
  return { expected, got };
}

/** The documents of a text, comments and all; none that is empty counts. */
function documentsOf(text: string): readonly string[] {
  return text.split(/^---(?=\s|$)/m).filter((piece) => /^\s*[^\s#]/m.test(piece));
}

type Check = (name: string, wanted: string | undefined, found: string) => void;

function lines(): { readonly expected: string[]; readonly got: string[]; readonly check: Check } {
  const expected: string[] = [];
  const got: string[] = [];
  const check: Check = (name, wanted, found) => {
    if (wanted === undefined) return;
    expected.push(`${name}: ${wanted}`);
    got.push(`${name}: ${found}`);
  };
  return { expected, got, check };
}

function optionsOf(version: CiliumVersion, settings: Readonly<Record<string, unknown>> = {}): JudgeOptions {
  return {
    ciliumVersion: version,
    nodeSelectorLabels: settings["enable-node-selector-labels"] === true,
    extendedIpProtocols: settings["enable-extended-ip-protocols"] === true,
    icmpRules: settings["enable-icmp-rules"] !== false,
    l7Proxy: settings["enable-l7-proxy"] !== false,
  };
}

/** What an agent of a version (`v1.17.5`) refuses a manifest for. */
function agentProblems(
  manifest: string,
  version: string,
  settings: Readonly<Record<string, unknown>> | undefined,
): readonly PolicyProblem[] {
  const short = ciliumVersions.find((known) => new RegExp(`^v?${known}(\\.|-|$)`).test(version));
  if (!short) throw new Error(`Nobody knows the rules of agents ${version}`);
  const { problems } = readPolicies(manifest, optionsOf(short, settings));
  return problems.filter(({ refusedBy }) => refusedBy.includes("agent"));
}

function isUnknown({ code, message }: PolicyProblem): boolean {
  return (
    code === "unknown-field" ||
    (code === "version-dependent" && /no field|refuse a policy with/.test(message))
  );
}

function verdictOf(it: {
  readonly refusedByServer: readonly PolicyProblem[];
  readonly agents: readonly (readonly PolicyProblem[])[];
  readonly unknown: readonly string[];
}): string {
  const refusing = it.agents.filter((problems) => problems.length > 0).length;
  if (refusing > 0 && refusing < it.agents.length) return "version-dependent";
  if (refusing > 0) return "invalid";
  if (it.refusedByServer.length > 0) {
    return it.agents.length > 0 ? "valid-agent-rejected-by-apiserver" : "invalid";
  }
  return it.unknown.length > 0 ? "valid-with-unknown-fields" : "valid";
}

function listed(names: readonly string[] | undefined): string | undefined {
  return names && [...new Set(names)].sort().join(", ");
}

function pathsOf(problems: readonly PolicyProblem[]): readonly string[] {
  return problems.map(({ path }) => path);
}

/** `spec.ingress.0.toPorts: …` and `spec.egress[0].toCIDR[0]: …` are written as paths are. */
function schemaPath(error: string): string {
  if (error.startsWith("not YAML")) return "";
  return error.replace(/: .*/s, "").replace(/\.(\d+)(?=\.|$)/g, "[$1]");
}

/** The expected paths when each has a problem and each problem one of them; a schema may name the part or the whole. */
function sameSet(paths: readonly string[], problems: readonly PolicyProblem[]): readonly string[] {
  const found = pathsOf(problems);
  const related = (one: string, other: string): boolean => one.startsWith(other) || other.startsWith(one);
  const same =
    paths.every((path) => found.some((other) => related(path, other))) &&
    found.every((path) => paths.some((other) => related(path, other)));
  return same ? paths : found;
}

/** What Cilium's own words are about, as the codes of our problems. */
const reasons: readonly (readonly [RegExp, string])[] = [
  [/empty policy/, "missing-spec"],
  [/must have name/, "missing-name"],
  [/at least one of Ingress/, "no-rules"],
  [/EndpointSelector|NodeSelector$/, "invalid-subject"],
  [/not a valid selector operator/, "invalid-operator"],
  [/values: (Required|Forbidden)/, "invalid-selector"],
  [/name part must|prefix part must/, "invalid-label-key"],
  [/a valid label must|must be no more than 63 (characters|bytes)/, "invalid-label-value"],
  [/ombining /, "combined-peers"],
  [/unsupported entity/, "unknown-entity"],
  [/unable to parse CIDR|IP must be specified|ParsePrefix/i, "invalid-cidr"],
  [/does not contain exclude/, "except-outside"],
  [/cidrGroupRef/, "invalid-cidr-set"],
  [/too many ports/, "too-many-ports"],
  [/too many types/, "too-many-icmp-types"],
  [/ort must be specified/, "port-missing"],
  [/nable to parse port|port must be empty/, "invalid-port"],
  [/invalid protocol/i, "unknown-protocol"],
  [/without ToPorts/, "icmp-with-ports"],
  [/only apply to TCP/, "l7-without-tcp"],
  [/a port is 0/, "l7-on-every-port"],
  [
    /not supported on (host )?(ingress|egress)|DNS rules are not allowed on ingress|host policies/,
    "l7-not-supported-here",
  ],
  [/port 53 must/i, "dns-without-port"],
  [/do not support port ranges/, "dns-port-range"],
  [/Invalid characters in Match|only one of MatchName/, "invalid-dns-name"],
  [/error parsing regexp/, "invalid-pattern"],
  [/Listener is not allowed on ingress/, "listener-on-ingress"],
  [/Listener is not allowed with L7/, "listener-with-l7"],
  [/ServerNames are not allowed/, "server-names-with-l7"],
  [/mpty server name/, "invalid-server-name"],
  [/node-selector-labels/, "needs-node-selector-labels"],
  [/enable-icmp-rules/, "needs-icmp-rules"],
  [/L7 proxy is not enabled/, "needs-l7-proxy"],
  [/fromRequires|toRequires/, "version-dependent"],
  [/multiple L7 protocol/, "combined-l7"],
  [/only be specified when a 'l7proto'/, "l7-without-protocol"],
  [/[Hh]eader (name|action)|Secret name/, "invalid-header-match"],
  [/kafka/i, "invalid-kafka-rule"],
  [/ICMP type|wrong family/, "invalid-icmp"],
  [/cannot unmarshal/, "wrong-type"],
  [/^yaml:/, "yaml-syntax"],
];

/** What Kubernetes' validation says of a NetworkPolicy. */
const serverReasons: readonly (readonly [RegExp, readonly string[]])[] = [
  [/must specify a peer/, ["empty-peer"]],
  [/both ipBlock and another peer/, ["combined-peers"]],
  [/strict subset/, ["except-outside"]],
  [/greater than or equal/, ["end-port-below"]],
  [/between 1 and 65535|more than 15 characters|must contain|consecutive|hyphen/, ["invalid-port"]],
  [/non-numeric/, ["end-port-with-name"]],
  [/must be specified when/, ["port-missing", "invalid-selector"]],
  [/Unsupported value|more than two policyTypes/, ["unknown-protocol", "invalid-policy-type"]],
  [/not a valid selector operator/, ["invalid-operator"]],
  [/valid CIDR|not a valid IP|CIDR/, ["invalid-cidr"]],
];

function checkAnswer(
  name: string,
  answer: AgentAnswer,
  { problems, check }: { readonly problems: readonly PolicyProblem[]; readonly check: Check },
): void {
  check(name, answer.ok ? "ok" : "refused", problems.length === 0 ? "ok" : "refused");
  const wanted =
    answer.error === undefined ? undefined : reasons.find(([words]) => words.test(answer.error ?? ""))?.[1];
  const codes = problems.map(({ code }) => (/^unquoted-/.test(code) ? "wrong-type" : code));
  if (wanted !== undefined) check(`${name} for`, wanted, codes.includes(wanted) ? wanted : codes.join(", "));
  const { error_fields: fields } = answer;
  if (!fields) return;
  // Of three kinds at once the agent names any two.
  const found = problems.find((problem) => fields.every((field) => problem.fields?.includes(field)));
  const named = problems.flatMap((problem) => problem.fields ?? []);
  check(`${name} fields`, listed(fields), listed(found ? fields : named) ?? "");
}

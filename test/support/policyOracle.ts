import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Flow, Layer4Protocol } from "../../src/flows/flow.ts";
import { responseFromJson } from "../../src/hubble/jsonpb.ts";
import { readResponse } from "../../src/hubble/readResponse.ts";
import type { ClusterContext, ClusterService, PodPort } from "../../src/policy/clusterContext.ts";
import type { Connection } from "../../src/policy/decide.ts";
import type { Policy } from "../../src/policy/policy.ts";
import { createPolicySet, type PolicySet } from "../../src/policy/policySet.ts";
import { readPolicies } from "../../src/policy/readPolicies.ts";

/** One file of the oracle: what Cilium's own policy engine answers. */
export interface OracleFile {
  readonly category: string;
  readonly groups: readonly OracleGroup[];
}

export interface OracleGroup {
  readonly id: string;
  readonly policies?: readonly string[];
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly context?: readonly KubernetesObject[];
  readonly endpoints?: Readonly<Record<string, OracleEndpoint>>;
  readonly engines?: readonly string[];
  /** Which connections work from end to end, over both sides. */
  readonly reachability?: readonly OracleConnection[];
  /** Below the corpus. */
  readonly corpus_file?: string;
  readonly cases: readonly OracleCase[];
}

/** Ends are names of the group's endpoints. */
export interface OracleConnection {
  readonly src: string;
  readonly dst: string;
  readonly protocol: Layer4Protocol;
  readonly port: number;
  readonly connected: boolean;
}

interface OracleEndpoint {
  readonly ip?: string;
  readonly namespace?: string;
  readonly pod_name?: string;
  readonly labels?: readonly string[];
  readonly named_ports?: Readonly<Record<string, number>>;
}

interface KubernetesObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: { readonly selector?: Readonly<Record<string, string>> };
  readonly endpoints?: readonly { readonly addresses: readonly string[] }[];
}

export interface OracleCase {
  readonly id: string;
  readonly flow?: unknown;
  readonly flows?: readonly unknown[];
  readonly selector?: { readonly matchName?: string; readonly matchPattern?: string };
  readonly expect: OracleExpectation;
  /** By name and version. */
  readonly version_differences?: Readonly<Record<string, Readonly<Record<string, boolean>>>> | null;
}

export interface OracleExpectation {
  readonly enforced?: boolean;
  readonly allowed?: boolean;
  readonly reason?: string;
  readonly verdict?: string;
  readonly hubble?: {
    readonly policy_verdict_event: boolean;
    readonly verdict: string;
    readonly drop_reason_desc?: string;
    readonly auth_type?: string;
    readonly before_authentication?: { readonly verdict: string; readonly drop_reason_desc?: string };
  };
  readonly rules?: readonly OracleRule[];
  readonly not_selected?: readonly OracleRule[];
  readonly allowed_by?: readonly string[];
  readonly denied_by?: readonly string[];
  readonly match?: Readonly<Record<string, boolean>>;
  readonly policy?: { readonly allowed: number | null; readonly denied: number };
  readonly default_deny?: number;
  readonly audited?: number;
  readonly localhost?: number;
  readonly default_allow?: number;
  readonly source?: string;
  readonly ignored?: number;
  readonly why?: string;
  readonly needs?: string;
  readonly by_version?: Readonly<Record<string, Partial<OracleExpectation>>>;
}

export interface OracleRule {
  readonly policy?: string;
  readonly doc?: number;
  readonly spec: number;
  readonly section: string;
  readonly index: number;
  readonly match?: string;
  readonly reason?: string;
  readonly accept?: readonly string[];
  readonly l4_match?: string;
  readonly toPorts?: number;
  readonly http?: readonly number[] | null;
  readonly dns?: readonly number[] | null;
  readonly kafka?: readonly number[] | null;
  readonly by_version?: Readonly<Record<string, readonly number[]>>;
  readonly allowed?: number | null;
  readonly denied?: number;
  readonly l7_allowed?: number;
  readonly l7_denied?: number;
}

/** Reads every file of a folder laid out as the oracle's. */
export function readOracle(folder: string): readonly OracleFile[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as OracleFile);
}

/** The policies of a group as a set of one engine's, with the number of the YAML document that each stands in. */
export function setOf(
  group: OracleGroup,
  engine = group.engines?.[0],
): {
  readonly set: PolicySet;
  readonly documents: ReadonlyMap<Policy, number>;
} {
  const documents = new Map<Policy, number>();
  const cidrGroups = [];
  let before = 0;
  for (const text of group.policies ?? []) {
    const read = readPolicies(text);
    for (const policy of read.policies) {
      documents.set(policy, before + documentsBegun(text.slice(0, policy.range.start)) - 1);
    }
    cidrGroups.push(...read.cidrGroups);
    before += documentsBegun(text);
  }
  const context: ClusterContext = { ...contextOf(group, engine), cidrGroups };
  return { set: createPolicySet([...documents.keys()], context), documents };
}

/** A marker with nothing but comments before it begins no second document. */
function documentsBegun(text: string): number {
  const pieces = text.split(/^---(?=\s|$)/m);
  return pieces.length > 1 && !/^\s*[^\s#]/m.test(pieces[0] ?? "") ? pieces.length - 1 : pieces.length;
}

/** What an engine was told: of cases that no engine answered, nothing but the flow is known. */
function contextOf(group: OracleGroup, engine: string | undefined): ClusterContext {
  const { settings = {} } = group;
  if (engine === undefined) return {};
  const podPorts = new Map<string, readonly PodPort[]>();
  for (const endpoint of Object.values(group.endpoints ?? {})) {
    const ports = Object.entries(endpoint.named_ports ?? {}).map(([name, port]) => ({
      protocol: name.slice(0, name.indexOf("/")),
      name: name.slice(name.indexOf("/") + 1),
      port,
    }));
    podPorts.set(`${endpoint.namespace ?? ""}/${endpoint.pod_name ?? ""}`, ports);
  }
  const mode = settings["enable-policy"];
  return {
    clusterName: "default",
    defaultLocalCluster: settings["policy-default-local-cluster"] === true,
    hostFirewall: settings["enable-host-firewall"] === true,
    enforcementMode: mode === "always" || mode === "never" ? mode : "default",
    allowLocalhost: settings["allow-localhost"] === "policy" ? "policy" : "always",
    nonDefaultDenyPolicies: settings["enable-non-default-deny-policies"] !== false,
    cidrMatchesNodes: settings["policy-cidr-match-mode"] === "nodes",
    nodeSelectorLabels: settings["enable-node-selector-labels"] === true,
    allCidrGroups: true,
    ...versionOf(engine),
    ...(group.endpoints ? { podPorts } : {}),
    ...(group.context ? { services: servicesOf(group.context) } : {}),
  };
}

/** Finds `v1.19` in the name of an engine. */
export function versionOf(text: string): Pick<ClusterContext, "agentVersion"> {
  const version = /v?(\d+)\.(\d+)/.exec(text);
  return version ? { agentVersion: { major: Number(version[1]), minor: Number(version[2]) } } : {};
}

function servicesOf(objects: readonly KubernetesObject[]): readonly ClusterService[] {
  const slices = objects.filter(({ kind }) => kind === "EndpointSlice");
  return objects
    .filter(({ kind }) => kind === "Service")
    .map(({ metadata, spec }) => ({
      namespace: metadata.namespace,
      name: metadata.name,
      labels: new Map(Object.entries(metadata.labels ?? {})),
      ...(spec?.selector ? { selector: new Map(Object.entries(spec.selector)) } : {}),
      addresses: slices
        .filter(
          (slice) =>
            slice.metadata.namespace === metadata.namespace &&
            slice.metadata.labels?.["kubernetes.io/service-name"] === metadata.name,
        )
        .flatMap((slice) => (slice.endpoints ?? []).flatMap(({ addresses }) => addresses)),
    }));
}

/** Reads a flow as `hubble observe -o json` prints it. */
export function flowOf(json: unknown): Flow {
  const read = responseFromJson(JSON.stringify({ flow: json }));
  if ("error" in read) throw new Error(read.error);
  const response = readResponse(read.raw);
  if (response.kind !== "flow") throw new Error(`No flow: ${JSON.stringify(response)}`);
  return response.flow;
}

/** The connection that a flow belongs to, for the side that saw it. */
export function connectionOf(flow: Flow): Connection {
  const { l4 } = flow;
  const port = !l4 ? 0 : "destinationPort" in l4 ? l4.destinationPort : l4.type;
  return {
    direction: flow.trafficDirection === "INGRESS" ? "ingress" : "egress",
    source: flow.source,
    destination: flow.destination,
    sourceIp: flow.ip?.source ?? "",
    destinationIp: flow.ip?.destination ?? "",
    ...(l4 ? { l4: { protocol: l4.protocol, port } } : {}),
  };
}

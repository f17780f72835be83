import { type AgentFacts, readAgentVersion } from "../policy/agentFacts.ts";
import type { EngineSettings } from "../protocol/engine.ts";
import type { RelayNode, RelayStatus } from "../protocol/session.ts";

/** What a relay and its nodes say of themselves. */
export interface RelayReport {
  readonly relay: RelayStatus | null;
  readonly nodes: readonly RelayNode[];
}

/**
 * What is known of the cluster that flows come from: what the settings say, else what the relay and its nodes said last.
 * It holds until flows come from elsewhere, also when the connection is gone.
 */
export class ClusterFacts {
  #said: AgentFacts = {};
  #agentVersion: AgentFacts["agentVersion"];
  #clusterName: string | undefined;

  get facts(): AgentFacts {
    return {
      ...(this.#agentVersion && { agentVersion: this.#agentVersion }),
      ...(this.#clusterName !== undefined && { clusterName: this.#clusterName }),
      ...this.#said,
    };
  }

  configure({ clusterName, facts }: Pick<EngineSettings, "clusterName" | "facts">): void {
    this.#said = { ...facts, ...(clusterName !== "" && { clusterName }) };
  }

  /** Where nobody says anything for the moment, what was said before holds. */
  learn(report: RelayReport): void {
    const versions = versionTexts(report);
    if (versions.length > 0) this.#agentVersion = commonVersion(versions);
    if (report.nodes.length > 0) this.#clusterName = commonCluster(report.nodes);
  }

  /** Flows come from another cluster now, or from a file. */
  forget(): void {
    this.#agentVersion = undefined;
    this.#clusterName = undefined;
  }
}

/** The versions of the nodes that are connected, or else that of the relay, which is installed along with them. */
function versionTexts({ relay, nodes }: RelayReport): readonly string[] {
  const connected = nodes.flatMap(({ state, version }) => (state === "connected" ? version : []));
  const texts = connected.filter((text) => text !== "");
  return texts.length > 0 || !relay || relay.version === "" ? texts : [relay.version];
}

/** In the midst of an upgrade there is no one version: what differs between them cannot be decided. */
function commonVersion(texts: readonly string[]): AgentFacts["agentVersion"] {
  const versions = texts.map(readAgentVersion);
  const [first] = versions;
  const isFirst = (version: AgentFacts["agentVersion"]): boolean =>
    version?.major === first?.major && version?.minor === first?.minor;
  return versions.every(isFirst) ? first : undefined;
}

/** The cluster that all nodes belong to, by their names `cluster/node`. Of a mesh each endpoint's labels tell its own. */
function commonCluster(nodes: readonly RelayNode[]): string | undefined {
  const named = nodes.map(({ name }) => name.slice(0, Math.max(0, name.indexOf("/"))));
  const [first] = named;
  return first !== undefined && first !== "" && named.every((name) => name === first) ? first : undefined;
}

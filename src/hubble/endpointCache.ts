import type { Endpoint } from "../flows/flow.ts";
import { unknownEndpoint } from "../flows/unknownFlow.ts";

/**
 * Makes equal endpoints one object, so that whoever looks them up later may do so by identity.
 * Bounded: it remembers the endpoints that were used among the last `generationSize` to twice that many distinct ones.
 */
export class EndpointCache {
  readonly #generationSize: number;
  #young = new Map<string, Endpoint>();
  #old = new Map<string, Endpoint>();

  constructor(generationSize: number) {
    this.#generationSize = generationSize;
  }

  /** The endpoint equal to this one that was seen first; an absent one is the endpoint without any fact. */
  share(endpoint: Endpoint | undefined): Endpoint {
    if (!endpoint) return unknownEndpoint;
    const key = endpointKey(endpoint);
    const young = this.#young.get(key);
    if (young) return young;
    const shared = this.#old.get(key) ?? copyEndpoint(endpoint);
    if (this.#young.size >= this.#generationSize) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, shared);
    return shared;
  }
}

/** Unambiguous, whatever the texts hold: each is preceded by its length. */
function endpointKey(endpoint: Endpoint): string {
  const { clusterName, namespace, podName, workloads, labels } = endpoint;
  let key = `${endpoint.id},${endpoint.identity},${workloads.length}`;
  key += part(clusterName) + part(namespace) + part(podName);
  for (const { kind, name } of workloads) key += part(kind) + part(name);
  for (const label of labels) key += part(label);
  return key;
}

function part(text: string): string {
  return `\n${text.length}:${text}`;
}

function copyEndpoint(endpoint: Endpoint): Endpoint {
  return {
    id: endpoint.id,
    identity: endpoint.identity,
    clusterName: endpoint.clusterName,
    namespace: endpoint.namespace,
    podName: endpoint.podName,
    labels: endpoint.labels,
    workloads: endpoint.workloads.map(({ kind, name }) => ({ kind, name })),
  };
}

import type { Dictionary } from "./dictionary.ts";
import type { Endpoint, Workload } from "./flow.ts";

/** An endpoint that says of which workload its pod is. */
export interface KnownPod {
  readonly namespace: string;
  readonly podName: string;
  readonly workload: Workload;
}

/**
 * Which workload a pod belongs to, learned from the events of the pod's own node: an agent does not tell the workloads
 * of pods on other nodes. What was learned first of a pod stays until the pod is forgotten, so that whatever was
 * counted by it can be taken back by it. Pods of one name in several clusters are one.
 */
export class PodWorkloads {
  readonly #known = new Map<string, Workload>();
  readonly #waiting = new Map<string, KnownPod>();

  /** What counts for a pod whose endpoint does not say it. */
  of(endpoint: Endpoint): Workload | undefined {
    return this.#known.get(podKey(endpoint));
  }

  /** An endpoint says its workload. `waits`: it counts for others of the pod only after {@link settle}. */
  learn(pod: KnownPod, waits: boolean): void {
    const key = podKey(pod);
    if (this.#known.has(key) || this.#waiting.has(key)) return;
    if (waits) this.#waiting.set(key, pod);
    else this.#known.set(key, pod.workload);
  }

  /** The pods whose workload does not count yet. */
  waiting(): readonly KnownPod[] {
    return [...this.#waiting.values()];
  }

  settle(pods: readonly KnownPod[]): void {
    for (const pod of pods) {
      const key = podKey(pod);
      if (this.#waiting.delete(key)) this.#known.set(key, pod.workload);
    }
  }

  /** Forgets the pods that none of these endpoints is of. */
  keepOnly(endpoints: Dictionary<Endpoint>): void {
    if (this.#known.size + this.#waiting.size === 0) return;
    const kept = new Set<string>();
    for (let number = 1; number < endpoints.size; number++) {
      const endpoint = endpoints.get(number);
      if (endpoint?.podName) kept.add(podKey(endpoint));
    }
    for (const key of this.#known.keys()) if (!kept.has(key)) this.#known.delete(key);
    for (const key of this.#waiting.keys()) if (!kept.has(key)) this.#waiting.delete(key);
  }

  clear(): void {
    this.#known.clear();
    this.#waiting.clear();
  }
}

function podKey({ namespace, podName }: { readonly namespace: string; readonly podName: string }): string {
  return `${namespace}/${podName}`;
}

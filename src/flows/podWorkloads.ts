import type { Dictionary } from "./dictionary.ts";
import type { Endpoint, Workload } from "./flow.ts";

/** An endpoint that says of which workload its pod is. */
export interface KnownPod {
  readonly namespace: string;
  readonly podName: string;
  readonly workload: Workload;
}

/** Making an endpoint of its bytes takes some 5 µs: so many are looked at in one go. */
const lookedAtOnce = 32;

/**
 * Which workload a pod belongs to, learned from the events of the pod's own node: an agent does not tell the workloads
 * of pods on other nodes. What was learned first of a pod stays until the pod is forgotten, so that whatever was
 * counted by it can be taken back by it. Pods of one name in several clusters are one.
 */
export class PodWorkloads {
  readonly #known = new Map<string, Workload>();
  readonly #waiting = new Map<string, KnownPod>();
  /** The pods that were found to be there still, and the endpoint that is looked at next. */
  #search: { readonly found: Set<string>; next: number } | undefined;

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

  /** The numbers of endpoints are others now: begins to look for pods that none of them is of any more. */
  beginForgetting(): void {
    this.#search = this.#known.size + this.#waiting.size > 0 ? { found: new Set(), next: 1 } : undefined;
  }

  /**
   * Goes on with that, if it was begun, for some of the endpoints, as there may be hundreds of thousands; once all were
   * looked at, pods that are no more are forgotten. Their numbers must be those of when it was begun.
   */
  forgetSome(endpoints: Dictionary<Endpoint>): void {
    if (!this.#search) return;
    const { found, next } = this.#search;
    const end = Math.min(endpoints.size, next + lookedAtOnce);
    for (let number = next; number < end; number++) {
      const endpoint = endpoints.get(number);
      if (endpoint?.podName) found.add(podKey(endpoint));
    }
    this.#search.next = end;
    if (end < endpoints.size) return;
    this.#search = undefined;
    for (const key of this.#known.keys()) if (!found.has(key)) this.#known.delete(key);
    for (const key of this.#waiting.keys()) if (!found.has(key)) this.#waiting.delete(key);
  }

  clear(): void {
    this.#known.clear();
    this.#waiting.clear();
    this.#search = undefined;
  }
}

function podKey({ namespace, podName }: { readonly namespace: string; readonly podName: string }): string {
  return `${namespace}/${podName}`;
}

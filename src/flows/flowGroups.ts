import { type Endpoint, verdicts } from "./flow.ts";
import type { FlowStore } from "./flowStore.ts";
import { PodWorkloads } from "./podWorkloads.ts";

/** How many flows, in all and by how they ended; verdicts that are none of these are only in `total`. */
export interface GroupCounts {
  total: number;
  forwarded: number;
  denied: number;
  error: number;
  audited: number;
}

/** The flows with a side in a namespace; `""` is outside the cluster. Shaped as the engine's protocol has it. */
export interface FlowGroup {
  readonly namespace: string;
  readonly counts: Readonly<GroupCounts>;
  readonly workloads: readonly {
    readonly name: string;
    readonly kind: string;
    readonly counts: Readonly<GroupCounts>;
  }[];
  readonly unlisted: number;
}

interface Namespace {
  readonly name: string;
  readonly counts: GroupCounts;
  readonly workloads: Map<string, Workload>;
}

interface Workload {
  readonly key: string;
  readonly name: string;
  readonly kind: string;
  readonly namespace: Namespace;
  readonly counts: GroupCounts;
  /** It is listed no more: another takes its place when it comes again. */
  gone: boolean;
}

/** More than anybody scrolls through; every address outside is a row otherwise. */
const listedAtMost = 200;

/**
 * Counts held flows by namespace and workload as they come and go: a flow counts once in each namespace and once in
 * each workload that it has a side in. A side that does not say its workload counts for the one that another event
 * tells of its pod, before or after it; else for the pod. Whoever owns it calls {@link add} for each row once, in
 * order, and {@link remove} before the store drops a row that was added.
 */
export class FlowGroups {
  readonly #store: FlowStore;
  readonly #namespaces = new Map<string, Namespace>();
  /** By endpoint number; only sides inside the cluster, where the endpoint alone says the workload. */
  #workloadOf: (Workload | undefined)[] = [];
  /** Sides outside, by the number of their names, or where they have none, of their address. */
  #byNames: (Workload | undefined)[] = [];
  #byAddress: (Workload | undefined)[] = [];
  /** By endpoint number: what a side outside is called whatever its address; empty: that alone tells it. */
  #reserved: (string | undefined)[] = [];
  readonly #pods = new PodWorkloads();
  #generation: number;
  /** One more than the last row that was added. */
  #end = 0;

  constructor(store: FlowStore) {
    this.#store = store;
    this.#generation = store.generation;
  }

  add(row: number): void {
    this.#end = row + 1;
    this.#count(row, 1);
  }

  /** The rows from one on, up to another. */
  addMany(from: number, end: number): void {
    for (let row = from; row < end; row++) this.add(row);
  }

  remove(row: number): void {
    if (row + 1 === this.#end) this.#clear();
    else this.#count(row, -1);
  }

  /** Everything counted so far, by name, the outside last; of each namespace the workloads with the most flows. */
  groups(): readonly FlowGroup[] {
    this.#moveToWorkloads();
    return [...this.#namespaces.values()]
      .filter(({ counts }) => counts.total > 0)
      .sort((a, b) => Number(a.name === "") - Number(b.name === "") || compare(a.name, b.name))
      .map(({ name, counts, workloads }) => {
        const live = [...workloads.values()].filter((workload) => workload.counts.total > 0);
        if (live.length > listedAtMost) live.sort((a, b) => b.counts.total - a.counts.total);
        return {
          namespace: name,
          counts: { ...counts },
          workloads: live
            .slice(0, listedAtMost)
            .sort((a, b) => compare(a.name, b.name) || compare(a.kind, b.kind))
            .map((workload) => ({
              name: workload.name,
              kind: workload.kind,
              counts: { ...workload.counts },
            })),
          unlisted: Math.max(0, live.length - listedAtMost),
        };
      });
  }

  #count(row: number, by: 1 | -1): void {
    const store = this.#store;
    const slot = store.slotOf(row);
    const columns = store.columns;
    if (columns.kind[slot] !== 1) return;
    if (this.#generation !== store.generation) this.#forgetNumbers();
    this.#pods.forgetSome(store.endpoints);
    const verdict = columns.verdict[slot] ?? 0;
    const source = this.#side(
      columns.source[slot] ?? 0,
      columns.sourceNames[slot] ?? 0,
      columns.sourceIp[slot] ?? 0,
    );
    const destination = this.#side(
      columns.destination[slot] ?? 0,
      columns.destinationNames[slot] ?? 0,
      columns.destinationIp[slot] ?? 0,
    );
    change(source.counts, verdict, by);
    change(source.namespace.counts, verdict, by);
    if (destination !== source) change(destination.counts, verdict, by);
    if (destination.namespace !== source.namespace) change(destination.namespace.counts, verdict, by);
    if (by === -1) {
      dropIfEmptyOutside(source);
      dropIfEmptyOutside(destination);
    }
  }

  #side(endpointNumber: number, names: number, ip: number): Workload {
    return this.#inside(endpointNumber) ?? this.#outside(endpointNumber, names, ip);
  }

  #outside(endpointNumber: number, names: number, ip: number): Workload {
    const reserved = (this.#reserved[endpointNumber] ??= reservedName(
      this.#store.endpoints.get(endpointNumber),
    ));
    if (reserved !== "" && reserved !== "world") return this.#workload("", "", reserved);
    const known = names === 0 ? this.#byAddress : this.#byNames;
    const number = names === 0 ? ip : names;
    const found = known[number];
    if (found && !found.gone && number !== 0) return found;
    const { strings } = this.#store;
    const fqdn = strings.get(names)?.split(",", 1)[0];
    const made = this.#workload("", "", fqdn || strings.get(ip) || reserved || "unknown");
    if (number !== 0 && (names === 0 || fqdn)) known[number] = made;
    return made;
  }

  /** The workload of an endpoint that has a namespace. */
  #inside(endpointNumber: number): Workload | undefined {
    const known = this.#workloadOf[endpointNumber];
    if (known) return known;
    const endpoint = this.#store.endpoints.get(endpointNumber);
    if (!endpoint?.namespace) return undefined;
    const { namespace, podName, workloads, identity } = endpoint;
    const told = workloads[0];
    if (told && podName) {
      const counted = this.#namespaces.get(namespace)?.workloads.has(podName) ?? false;
      this.#pods.learn({ namespace, podName, workload: told }, counted);
    }
    const workload = told ?? this.#pods.of(endpoint);
    const found = workload
      ? this.#workload(namespace, workload.kind, workload.name)
      : this.#workload(namespace, "", podName || `identity ${identity}`);
    this.#workloadOf[endpointNumber] = found;
    return found;
  }

  /** What was counted for pods whose workloads became known since goes to these. */
  #moveToWorkloads(): void {
    if (this.#generation !== this.#store.generation) this.#forgetNumbers();
    const pods = this.#pods.waiting();
    if (pods.length === 0) return;
    const moves = new Map<Workload, Workload>();
    for (const { namespace, podName, workload } of pods) {
      const pod = this.#namespaces.get(namespace)?.workloads.get(podName);
      if (pod) moves.set(pod, this.#workload(namespace, workload.kind, workload.name));
    }
    this.#countOnceWhereTheyMeet(moves);
    for (const [pod, workload] of moves) {
      for (const name of countNames) workload.counts[name] += pod.counts[name];
      pod.namespace.workloads.delete(pod.key);
    }
    this.#pods.settle(pods);
    for (const [number, workload] of this.#workloadOf.entries()) {
      if (workload && moves.has(workload)) this.#workloadOf[number] = undefined;
    }
  }

  /** A flow between two that become one is counted in both. */
  #countOnceWhereTheyMeet(moves: ReadonlyMap<Workload, Workload>): void {
    const store = this.#store;
    const { kind, source, destination, verdict } = store.columns;
    const concerned = new Set<Workload | undefined>([...moves.keys(), ...moves.values()]);
    // By endpoint: 0 is not known yet, 1 is none of those, 2 is one. Few rows are between two of them.
    const marks = new Uint8Array(store.endpoints.size);
    const isConcerned = (number: number): boolean => {
      const mark = marks[number] ?? 0;
      if (mark !== 0) return mark === 2;
      const found = concerned.has(this.#inside(number));
      marks[number] = found ? 2 : 1;
      return found;
    };
    for (let row = store.first; row < this.#end; row++) {
      const slot = store.slotOf(row);
      if (kind[slot] !== 1 || !isConcerned(source[slot] ?? 0) || !isConcerned(destination[slot] ?? 0))
        continue;
      const one = this.#inside(source[slot] ?? 0);
      const other = this.#inside(destination[slot] ?? 0);
      if (!one || !other || one === other || one.namespace !== other.namespace) continue;
      const target = moves.get(one) ?? one;
      if (target === (moves.get(other) ?? other)) change(target.counts, verdict[slot] ?? 0, -1);
    }
  }

  #workload(namespaceName: string, kind: string, name: string): Workload {
    let namespace = this.#namespaces.get(namespaceName);
    if (!namespace) {
      namespace = { name: namespaceName, counts: zero(), workloads: new Map() };
      this.#namespaces.set(namespaceName, namespace);
    }
    const key = kind === "" ? name : `${kind}/${name}`;
    let workload = namespace.workloads.get(key);
    if (!workload) {
      workload = { key, name, kind, namespace, counts: zero(), gone: false };
      namespace.workloads.set(key, workload);
    }
    return workload;
  }

  /** The endpoints' numbers mean others now; also the moment to let go of workloads that are no more. */
  #forgetNumbers(): void {
    this.#generation = this.#store.generation;
    this.#forgetSides();
    this.#pods.beginForgetting();
    for (const namespace of this.#namespaces.values()) {
      for (const workload of namespace.workloads.values()) {
        if (workload.counts.total === 0) namespace.workloads.delete(workload.key);
      }
      if (namespace.counts.total === 0) this.#namespaces.delete(namespace.name);
    }
  }

  /** Nothing is counted any more: what comes may be of another cluster. */
  #clear(): void {
    this.#namespaces.clear();
    this.#forgetSides();
    this.#pods.clear();
  }

  #forgetSides(): void {
    this.#workloadOf = [];
    this.#byNames = [];
    this.#byAddress = [];
    this.#reserved = [];
  }
}

/** Addresses outside come and go by the thousand, and nothing else remembers their entry: it goes with its last flow. */
function dropIfEmptyOutside(workload: Workload): void {
  if (workload.namespace.name === "" && workload.counts.total === 0) {
    workload.gone = true;
    workload.namespace.workloads.delete(workload.key);
  }
}

/** What has no namespace by its reserved name; the world, which its first FQDN or its address tells better, as that. */
function reservedName(endpoint: Endpoint | undefined): string {
  const reserved = (endpoint?.labels ?? [])
    .filter((label) => label.startsWith("reserved:"))
    .map((label) => label.slice("reserved:".length));
  return reserved.find((name) => !name.startsWith("world")) ?? (reserved.length > 0 ? "world" : "");
}

const countNames = ["total", "forwarded", "denied", "error", "audited"] as const;

/** By verdict: the count that it adds to, besides the total. */
const countOf: readonly (Exclude<(typeof countNames)[number], "total"> | undefined)[] = verdicts.map(
  (verdict) => {
    switch (verdict) {
      case "FORWARDED":
      case "REDIRECTED":
        return "forwarded";
      case "DROPPED":
        return "denied";
      case "ERROR":
        return "error";
      case "AUDIT":
        return "audited";
      case "TRACED":
      case "TRANSLATED":
      case "VERDICT_UNKNOWN":
        return undefined;
    }
  },
);

function change(counts: GroupCounts, verdict: number, by: 1 | -1): void {
  counts.total += by;
  const name = countOf[verdict];
  if (name) counts[name] += by;
}

function zero(): GroupCounts {
  return { total: 0, forwarded: 0, denied: 0, error: 0, audited: 0 };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

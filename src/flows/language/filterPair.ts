import type { FlowFilter, FlowFilterField } from "../flowFilter.ts";
import { type FlagMeaning, isRefusal } from "./flagMeanings.ts";
import type { Refusal } from "./refusal.ts";
import { sameJson } from "./sameJson.ts";

type Changing = { -readonly [F in FlowFilterField]?: FlowFilter[F] };
type End = "source" | "destination";

/** The flags that name a namespace: which ends they speak of; those without a value mean any namespace. */
const namespaceFlags: Readonly<Record<string, "either" | End>> = {
  namespace: "either",
  "from-namespace": "source",
  "to-namespace": "destination",
  "all-namespaces": "either",
  "from-all-namespaces": "source",
  "to-all-namespaces": "destination",
};

/**
 * The filter that the flags of one list make up, those without `--not` or those with it: two filters, of which either
 * may admit a flow. What speaks of either end asks it of the source in the left one and of the destination in the
 * right one; everything else stands in both.
 */
export class FilterPair {
  readonly #left: Changing = {};
  readonly #right: Changing = {};
  readonly #namespaces = { either: [] as string[], source: [] as string[], destination: [] as string[] };
  #touched = false;

  /** Adds a value that a flag gives; answers why it cannot be taken. */
  add({ left, right, read }: FlagMeaning, value: string): Refusal | undefined {
    const result = read(value);
    if (isRefusal(result)) return result;
    append(this.#left, left, result.item);
    append(this.#right, right, result.item);
    this.#touched = true;
    return this.#namespaceConflict();
  }

  /** Adds what a flag of namespaces says; `undefined` when it is none of them. */
  addNamespace(flag: string, value: string): { readonly conflict: Refusal | undefined } | undefined {
    const ends = Object.hasOwn(namespaceFlags, flag) ? namespaceFlags[flag] : undefined;
    if (ends === undefined) return undefined;
    this.#namespaces[ends].push(flag.endsWith("all-namespaces") ? "" : value);
    this.#touched = true;
    return { conflict: this.#namespaceConflict() };
  }

  /** The filters: none, one where both are alike, or two. */
  filters(): readonly FlowFilter[] {
    if (!this.#touched) return [];
    const left = { ...this.#left };
    const right = { ...this.#right };
    const { either, source, destination } = this.#namespaces;
    for (const filter of [left, right]) {
      placeIn(filter, "destination", destination);
      placeIn(filter, "source", source);
    }
    placeIn(left, "source", either);
    placeIn(right, "destination", either);
    return sameJson(left, right) ? [left] : [left, right];
  }

  /** A pod or service that names another namespace than the flags of namespaces, or than each other. */
  #namespaceConflict(): Refusal | undefined {
    const { either, source, destination } = this.#namespaces;
    const hasServices =
      (this.#left.sourceService ?? this.#right.destinationService ?? this.#left.destinationService) !==
      undefined;
    if (either.length + source.length + destination.length === 0 && !hasServices) return undefined;
    for (const { sourcePod, sourceService, destinationPod, destinationService } of [
      this.#left,
      this.#right,
    ]) {
      const sources = [...(sourcePod ?? []), ...(sourceService ?? [])];
      const destinations = [...(destinationPod ?? []), ...(destinationService ?? [])];
      const conflict =
        outside(either, [...sources, ...destinations]) ??
        outside(source, sources) ??
        outside(destination, destinations) ??
        apart(sourcePod ?? [], sourceService ?? []) ??
        apart(destinationPod ?? [], destinationService ?? []);
      if (conflict) return conflict;
    }
    return undefined;
  }
}

function append(filter: Changing, field: FlowFilterField, item: unknown): void {
  const items: readonly unknown[] = filter[field] ?? [];
  Object.assign(filter, { [field]: [...items, item] });
}

/** Puts the pods and services of one end into namespaces; where there is neither, all pods of the namespaces are meant. */
function placeIn(filter: Changing, end: End, namespaces: readonly string[]): void {
  if (namespaces.length === 0) return;
  const [pod, service] =
    end === "source"
      ? (["sourcePod", "sourceService"] as const)
      : (["destinationPod", "destinationService"] as const);
  if (filter[pod] === undefined && filter[service] === undefined) filter[pod] = [""];
  for (const field of [pod, service]) {
    const names = filter[field];
    if (names === undefined) continue;
    filter[field] = names.flatMap((name) =>
      name.includes("/") ? [name] : namespaces.map((namespace) => `${namespace}/${name}`),
    );
  }
}

/** The namespace before the slash; empty without one. */
function namespaceOf(name: string): string {
  const slash = name.indexOf("/");
  return slash === -1 ? "" : name.slice(0, slash);
}

function outside(namespaces: readonly string[], names: readonly string[]): Refusal | undefined {
  for (const namespace of namespaces) {
    const other = names.find((name) => namespaceOf(name) !== "" && namespaceOf(name) !== namespace);
    if (other === undefined) continue;
    const asked = namespace === "" ? "any namespace is asked for" : `the namespace ${namespace} is asked for`;
    return { refused: `${other} names a namespace of its own, but ${asked}, too`, conflict: true };
  }
  return undefined;
}

function apart(pods: readonly string[], services: readonly string[]): Refusal | undefined {
  for (const pod of pods) {
    const namespace = namespaceOf(pod);
    if (namespace === "") continue;
    const other = services.find((service) => namespaceOf(service) !== namespace);
    if (other !== undefined)
      return { refused: `the service ${other} is in another namespace than the pod ${pod}`, conflict: true };
  }
  return undefined;
}

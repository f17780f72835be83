import { type Endpoint, type Verdict, verdicts } from "./flow.ts";
import type { EventTypeFilter, FlowFilter, FlowSelection, WorkloadFilter } from "./flowFilter.ts";
import type { FlowStore } from "./flowStore.ts";

/** Says of a held row whether something holds; allocates nothing per row. */
export type RowPredicate = (row: number) => boolean;

/**
 * Compiles the filters of a selection (its rule aside) to a predicate over a store's rows, with the meaning that
 * Hubble's server gives them. Notices always match. Endpoints and strings are judged once each.
 */
export function compileSelection(selection: FlowSelection, store: FlowStore): RowPredicate {
  const white = selection.whitelist.map((filter) => compileFilter(filter, store));
  const black = selection.blacklist.map((filter) => compileFilter(filter, store));
  if (white.length === 0 && black.length === 0) return () => true;
  return (row) => {
    if (store.columns.kind[store.slotOf(row)] === 2) return true;
    for (const rejects of black) if (rejects(row)) return false;
    for (const admits of white) if (admits(row)) return true;
    return white.length === 0;
  };
}

/** Compiles one filter: every field that it has must hold. */
export function compileFilter(filter: FlowFilter, store: FlowStore): RowPredicate {
  const tests: RowPredicate[] = [];
  const add = <T>(values: readonly T[] | undefined, compile: (values: readonly T[]) => RowPredicate) => {
    if (values && values.length > 0) tests.push(compile(values));
  };
  add(filter.uuid, (uuids) => matchUuid(uuids, store));
  add(filter.verdict, (wanted) => matchVerdict(wanted, store));
  add(filter.eventType, (wanted) => matchEventType(wanted, store));
  add(filter.dropReasonDesc, (reasons) => matchDropReason(reasons, store));
  add(filter.sourcePod, (pods) => matchEndpoint("source", podTest(pods), store));
  add(filter.destinationPod, (pods) => matchEndpoint("destination", podTest(pods), store));
  add(filter.sourceWorkload, (workloads) => matchEndpoint("source", workloadTest(workloads), store));
  add(filter.destinationWorkload, (workloads) =>
    matchEndpoint("destination", workloadTest(workloads), store),
  );
  return (row) => {
    for (const holds of tests) if (!holds(row)) return false;
    return true;
  };
}

function matchUuid(uuids: readonly string[], store: FlowStore): RowPredicate {
  const wanted = new Set(uuids);
  return (row) => wanted.has(store.uuidAt(row) ?? "");
}

function matchVerdict(wanted: readonly Verdict[], store: FlowStore): RowPredicate {
  const bits = wanted.reduce((sum, verdict) => sum | (1 << verdicts.indexOf(verdict)), 0);
  return (row) => (bits & (1 << (store.columns.verdict[store.slotOf(row)] ?? 0))) !== 0;
}

/** An event without a type matches nothing: it has type 0, which no filter can name. */
function matchEventType(wanted: readonly EventTypeFilter[], store: FlowStore): RowPredicate {
  return (row) => {
    const slot = store.slotOf(row);
    const type = store.columns.eventType[slot] ?? 0;
    if (type === 0) return false;
    for (const each of wanted) {
      if (each.type !== type) continue;
      if (each.subType === undefined || each.subType === store.columns.eventSubType[slot]) return true;
    }
    return false;
  };
}

/** A flow that was not dropped has the reason that the API numbers 0. */
const noDropReason = "DROP_REASON_UNKNOWN";

function matchDropReason(reasons: readonly string[], store: FlowStore): RowPredicate {
  const wanted = new Set(reasons);
  const known = new NumberMemo(store);
  const judge = (number: number) => wanted.has(store.strings.get(number) ?? noDropReason);
  return (row) => known.answer(store.columns.dropReason[store.slotOf(row)] ?? 0, judge);
}

type EndpointTest = (endpoint: Endpoint) => boolean;

function matchEndpoint(side: "source" | "destination", holds: EndpointTest, store: FlowStore): RowPredicate {
  const known = new NumberMemo(store);
  const judge = (number: number) => {
    const endpoint = store.endpoints.get(number);
    return endpoint !== undefined && holds(endpoint);
  };
  return (row) => known.answer(store.columns[side][store.slotOf(row)] ?? 0, judge);
}

/** `namespace/prefix`; a bare prefix is in the namespace `default`, before an empty namespace lies any. */
function podTest(pods: readonly string[]): EndpointTest {
  const wanted = pods.map((pod) => {
    const slash = pod.indexOf("/");
    return slash === -1
      ? { namespace: "default", prefix: pod }
      : { namespace: pod.slice(0, slash), prefix: pod.slice(slash + 1) };
  });
  return ({ namespace, podName }) =>
    (namespace !== "" || podName !== "") &&
    wanted.some(
      (each) => (each.namespace === "" || each.namespace === namespace) && podName.startsWith(each.prefix),
    );
}

function workloadTest(wanted: readonly WorkloadFilter[]): EndpointTest {
  return ({ workloads }) =>
    workloads.some(({ kind, name }) =>
      wanted.some(
        (each) => (each.name === "" || each.name === name) && (each.kind === "" || each.kind === kind),
      ),
    );
}

/** Remembers a yes or no for each number of a dictionary, until the dictionary renumbers. */
class NumberMemo {
  readonly #store: FlowStore;
  #generation: number;
  /** 0 not asked yet, 1 no, 2 yes. */
  #answers = new Uint8Array(256);

  constructor(store: FlowStore) {
    this.#store = store;
    this.#generation = store.generation;
  }

  answer(number: number, judge: (number: number) => boolean): boolean {
    if (this.#generation !== this.#store.generation) {
      this.#generation = this.#store.generation;
      this.#answers.fill(0);
    }
    if (number >= this.#answers.length) {
      const longer = new Uint8Array(Math.max(number + 1, this.#answers.length * 2));
      longer.set(this.#answers);
      this.#answers = longer;
    }
    const known = this.#answers[number] ?? 0;
    if (known !== 0) return known === 2;
    const holds = judge(number);
    this.#answers[number] = holds ? 2 : 1;
    return holds;
  }
}

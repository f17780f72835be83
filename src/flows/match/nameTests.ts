import type { Endpoint } from "../flow.ts";
import type { WorkloadFilter } from "../flowFilter.ts";
import type { Refusal } from "./filterProblem.ts";

/**
 * Is this the name of a pod or Service? `prefix` is in the namespace `default`, `namespace/prefix` in that one,
 * `/prefix` in any; what comes after a second slash is not looked at.
 */
function namespacedNameTest(wanted: string): ((namespace: string, name: string) => boolean) | Refusal {
  if (wanted === "") return { error: "A name is needed: NAME, NAMESPACE/NAME or NAMESPACE/." };
  const [first = "", second] = wanted.split("/");
  const wantedNamespace = second === undefined ? "default" : first;
  const prefix = second ?? first;
  return (namespace, name) =>
    (wantedNamespace === "" ? namespace !== "" || name !== "" : namespace === wantedNamespace) &&
    (prefix === "" || name.startsWith(prefix));
}

/** Asks {@link namespacedNameTest} of an endpoint's pod. */
export function podTest(wanted: string): ((endpoint: Endpoint) => boolean) | Refusal {
  const test = namespacedNameTest(wanted);
  if (typeof test !== "function") return test;
  return ({ namespace, podName }) => test(namespace, podName);
}

/** Asks {@link namespacedNameTest} of a Service's `namespace/name`; the empty text is none. */
export function serviceTest(wanted: string): ((service: string) => boolean) | Refusal {
  const test = namespacedNameTest(wanted);
  if (typeof test !== "function") return test;
  return (service) => {
    const slash = service.indexOf("/");
    return slash !== -1 && test(service.slice(0, slash), service.slice(slash + 1));
  };
}

/** Does one of an endpoint's workloads have this name and kind? An empty one admits any. */
export function workloadTest(wanted: WorkloadFilter): (endpoint: Endpoint) => boolean {
  return ({ workloads }) =>
    workloads.some(
      ({ kind, name }) =>
        (wanted.name === "" || wanted.name === name) && (wanted.kind === "" || wanted.kind === kind),
    );
}

/** Is this an endpoint's identity? An endpoint of which the event says nothing has none, not even 0. */
export function identityTest(wanted: number): (endpoint: Endpoint) => boolean {
  return (endpoint) => endpoint.identity === wanted && (wanted !== 0 || !isUnknown(endpoint));
}

function isUnknown({ id, clusterName, namespace, podName, labels, workloads }: Endpoint): boolean {
  return (
    id === 0 &&
    clusterName === "" &&
    namespace === "" &&
    podName === "" &&
    labels.length === 0 &&
    workloads.length === 0
  );
}

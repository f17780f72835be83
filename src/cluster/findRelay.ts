import type { ApiReply, ApiServer } from "./apiServer.ts";
import { ClusterError } from "./clusterError.ts";
import { forbidden, statusCause, unexpectedReply } from "./describeFailure.ts";
import { listAt, numberAt, textAt, valueAt } from "./jsonValue.ts";

/** The Service behind which the relay is looked for. */
export interface RelayService {
  readonly namespace: string;
  readonly service: string;
}

/** Ready pods of the relay, each with the port on which it serves. */
export interface FoundRelay {
  readonly pods: readonly RelayPod[];
  /** The Service's port: 80 is plain, 443 is TLS. */
  readonly servicePort: number;
}

/** A pod of the relay and the port on which it serves. */
export interface RelayPod {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

interface ServicePort {
  readonly name: string | undefined;
  readonly port: number;
  /** The pods' port: a number, or the name of one of their containers' ports. */
  readonly target: number | string;
}

/** A plain relay is preferred to one with TLS, and either to a port of another number. */
const preferredPorts = [80, 443];

/**
 * Finds the ready pods behind the relay's Service: in its EndpointSlices, else in its Endpoints, else among the pods that it
 * selects, whichever may be read. Throws `ClusterError` (`relay-not-found`, `relay-not-ready`, `forbidden`, …).
 */
export async function findRelay(
  api: ApiServer,
  wanted: RelayService,
  signal: AbortSignal,
): Promise<FoundRelay> {
  const service = await getService(api, wanted, signal);
  const port = choosePort(api, wanted, service);
  const pods =
    (await podsOfSlices(api, wanted, port, signal)) ??
    (await podsOfEndpoints(api, wanted, port, signal)) ??
    (await podsOfSelector(api, wanted, service, port, signal));
  if (pods.length === 0) throw notReady(api, wanted, service);
  return { pods, servicePort: port.port };
}

async function getService(api: ApiServer, wanted: RelayService, signal: AbortSignal): Promise<unknown> {
  const { namespace, service } = wanted;
  const path = `${coreNamespace(namespace)}/services/${encodeURIComponent(service)}`;
  const reply = await api.get(path, signal);
  if (isObject(reply, "Service")) return reply.body;
  if (reply.status === 403) throw forbidden(api.context, "get services", namespace, reply.body);
  if (reply.status === 404 && textAt(reply.body, "kind") === "Status") {
    throw new ClusterError(
      "relay-not-found",
      `${service} was not found in ${namespace} of ${api.context.name}. ` +
        "Hubble Relay is switched on with the Helm values hubble.enabled and hubble.relay.enabled.",
      statusCause(reply.status, reply.body),
    );
  }
  throw unexpectedReply(api.context, reply.status, reply.body);
}

function choosePort(api: ApiServer, { namespace, service }: RelayService, object: unknown): ServicePort {
  const ports = listAt(object, "spec", "ports").flatMap((entry): ServicePort[] => {
    const port = numberAt(entry, "port");
    const name = textAt(entry, "name");
    const target = numberAt(entry, "targetPort") ?? textAt(entry, "targetPort");
    const isTcp = (textAt(entry, "protocol") ?? "TCP") === "TCP";
    return port === undefined || !isTcp ? [] : [{ name, port, target: target ?? port }];
  });
  const preferred = preferredPorts.map((number) => ports.find(({ port }) => port === number));
  const chosen = preferred.find((port) => port !== undefined) ?? ports[0];
  if (chosen) return chosen;
  throw new ClusterError(
    "relay-not-found",
    `The service ${service} in ${namespace} of ${api.context.name} has no TCP port: it is not Hubble Relay's. ` +
      "Check the service and namespace settings.",
  );
}

/** `undefined`: EndpointSlices cannot be read here. */
async function podsOfSlices(
  api: ApiServer,
  { namespace, service }: RelayService,
  port: ServicePort,
  signal: AbortSignal,
): Promise<readonly RelayPod[] | undefined> {
  const selector = encodeURIComponent(`kubernetes.io/service-name=${service}`);
  const path = `/apis/discovery.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/endpointslices?labelSelector=${selector}`;
  const reply = await api.get(path, signal);
  if (isRefusal(reply)) return undefined;
  if (!isObject(reply, "EndpointSliceList")) throw unexpectedReply(api.context, reply.status, reply.body);
  return distinct(
    listAt(reply.body, "items").flatMap((slice) => {
      const number = portNumber(listAt(slice, "ports"), port);
      // An absent condition means ready.
      const ready = listAt(slice, "endpoints").filter(
        (endpoint) => valueAt(endpoint, "conditions", "ready") !== false,
      );
      return podsAt(ready, namespace, number);
    }),
  );
}

/** For clusters that let only Endpoints be read; `undefined`: not these either. */
async function podsOfEndpoints(
  api: ApiServer,
  { namespace, service }: RelayService,
  port: ServicePort,
  signal: AbortSignal,
): Promise<readonly RelayPod[] | undefined> {
  const path = `${coreNamespace(namespace)}/endpoints/${encodeURIComponent(service)}`;
  const reply = await api.get(path, signal);
  if (isRefusal(reply)) return undefined;
  if (!isObject(reply, "Endpoints")) throw unexpectedReply(api.context, reply.status, reply.body);
  return distinct(
    listAt(reply.body, "subsets").flatMap((subset) =>
      podsAt(listAt(subset, "addresses"), namespace, portNumber(listAt(subset, "ports"), port)),
    ),
  );
}

async function podsOfSelector(
  api: ApiServer,
  { namespace }: RelayService,
  service: unknown,
  port: ServicePort,
  signal: AbortSignal,
): Promise<readonly RelayPod[]> {
  const selector = selectorText(service);
  if (selector === "") return [];
  const path = `${coreNamespace(namespace)}/pods?labelSelector=${encodeURIComponent(selector)}`;
  const reply = await api.get(path, signal);
  if (reply.status === 403) {
    throw forbidden(api.context, "list endpointslices (discovery.k8s.io)", namespace, reply.body);
  }
  if (!isObject(reply, "PodList")) throw unexpectedReply(api.context, reply.status, reply.body);
  return listAt(reply.body, "items")
    .filter(isReady)
    .flatMap((pod) => {
      const name = textAt(pod, "metadata", "name");
      const number = containerPort(pod, port.target);
      return name === undefined || number === undefined ? [] : [{ namespace, name, port: number }];
    });
}

function notReady(api: ApiServer, { namespace, service }: RelayService, object: unknown): ClusterError {
  const selector = selectorText(object);
  return new ClusterError(
    "relay-not-ready",
    `${service} in ${namespace} of ${api.context.name} has no ready pod. ` +
      `See why: kubectl --namespace ${namespace} get pods${selector === "" ? "" : ` --selector ${selector}`}`,
  );
}

function podsAt(endpoints: readonly unknown[], namespace: string, port: number | undefined): RelayPod[] {
  if (port === undefined) return [];
  return endpoints.flatMap((endpoint) => {
    const name = textAt(endpoint, "targetRef", "name");
    return name === undefined || textAt(endpoint, "targetRef", "kind") !== "Pod"
      ? []
      : [{ namespace, name, port }];
  });
}

/** A dual-stack Service has each pod in a slice of each address family. */
function distinct(pods: readonly RelayPod[]): readonly RelayPod[] {
  return [...new Map(pods.map((pod) => [pod.name, pod])).values()];
}

/** Endpoints carry their Service port's name, and the pod's port as a number. */
function portNumber(ports: readonly unknown[], wanted: ServicePort): number | undefined {
  return numberAt(
    ports.find((port) => textAt(port, "name") === wanted.name),
    "port",
  );
}

function containerPort(pod: unknown, target: number | string): number | undefined {
  if (typeof target === "number") return target;
  const ports = listAt(pod, "spec", "containers").flatMap((container) => listAt(container, "ports"));
  return numberAt(
    ports.find((port) => textAt(port, "name") === target),
    "containerPort",
  );
}

function isReady(pod: unknown): boolean {
  return (
    valueAt(pod, "metadata", "deletionTimestamp") === undefined &&
    listAt(pod, "status", "conditions").some(
      (condition) => textAt(condition, "type") === "Ready" && textAt(condition, "status") === "True",
    )
  );
}

function selectorText(service: unknown): string {
  const selector = valueAt(service, "spec", "selector");
  if (typeof selector !== "object" || selector === null) return "";
  return Object.entries(selector)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(",");
}

/** Not there or not allowed: something else may be. */
function isRefusal(reply: ApiReply): boolean {
  return reply.status === 403 || reply.status === 404;
}

function isObject(reply: ApiReply, kind: string): boolean {
  return reply.status === 200 && textAt(reply.body, "kind") === kind;
}

function coreNamespace(namespace: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}`;
}

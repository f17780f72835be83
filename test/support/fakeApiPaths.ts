/** What a path of the API names. */
export interface ApiRequest {
  /** Empty: the core group. */
  readonly group: string;
  readonly groupVersion: string;
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly resource: string;
  readonly name?: string;
  readonly subresource?: string;
}

interface ApiResource {
  readonly group: string;
  readonly name: string;
  readonly singularName: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames?: readonly string[];
}

/** What the fake API server serves; all of it is read-only. */
export const apiResources: readonly ApiResource[] = [
  namespaced("", "services", "service", "Service", "svc"),
  namespaced("", "pods", "pod", "Pod", "po"),
  namespaced("", "endpoints", "endpoints", "Endpoints", "ep"),
  namespaced("discovery.k8s.io", "endpointslices", "endpointslice", "EndpointSlice"),
  {
    group: "",
    name: "namespaces",
    singularName: "namespace",
    kind: "Namespace",
    namespaced: false,
    shortNames: ["ns"],
  },
];

const discoveryGroup = {
  name: "discovery.k8s.io",
  versions: [{ groupVersion: "discovery.k8s.io/v1", version: "v1" }],
  preferredVersion: { groupVersion: "discovery.k8s.io/v1", version: "v1" },
};

/** What the API says of itself at a path, or `undefined` when the path is of something else. */
export function discoveryDocument(path: string): unknown {
  switch (path) {
    case "/version":
      return { major: "1", minor: "32", gitVersion: "v1.32.4", platform: "linux/amd64" };
    case "/api":
      return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] };
    case "/apis":
      return { kind: "APIGroupList", apiVersion: "v1", groups: [discoveryGroup] };
    case "/apis/discovery.k8s.io":
      return { kind: "APIGroup", apiVersion: "v1", ...discoveryGroup };
    case "/api/v1":
      return resourceList("v1", "");
    case "/apis/discovery.k8s.io/v1":
      return resourceList("discovery.k8s.io/v1", "discovery.k8s.io");
    default:
      return undefined;
  }
}

/** Reads a path such as `/api/v1/namespaces/kube-system/pods/relay-1/portforward`; `undefined`: nothing that is served. */
export function parseApiPath(path: string): ApiRequest | undefined {
  const match =
    /^\/(?:api|apis\/(?<group>[^/]+))\/v1(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<resource>[a-z]+)(?:\/(?<name>[^/]+)(?:\/(?<subresource>[a-z]+))?)?$/.exec(
      path,
    );
  if (!match?.groups) return parseNamespacePath(path);
  const { group = "", namespace, resource = "", name, subresource } = match.groups;
  if (!apiResources.some((known) => known.group === group && known.name === resource)) return undefined;
  return {
    group,
    groupVersion: group === "" ? "v1" : `${group}/v1`,
    resource,
    ...(namespace !== undefined && { namespace: decodeURIComponent(namespace) }),
    ...(name !== undefined && { name: decodeURIComponent(name) }),
    ...(subresource !== undefined && { subresource }),
  };
}

/** A namespace's own path looks like the beginning of a longer one. */
function parseNamespacePath(path: string): ApiRequest | undefined {
  const match = /^\/api\/v1\/namespaces(?:\/(?<name>[^/]+))?$/.exec(path);
  if (!match) return undefined;
  const name = match.groups?.["name"];
  return {
    group: "",
    groupVersion: "v1",
    resource: "namespaces",
    ...(name !== undefined && { name: decodeURIComponent(name) }),
  };
}

function namespaced(
  group: string,
  name: string,
  singularName: string,
  kind: string,
  ...shortNames: readonly string[]
): ApiResource {
  return { group, name, singularName, kind, namespaced: true, shortNames };
}

function resourceList(groupVersion: string, group: string): unknown {
  const resources = apiResources
    .filter((resource) => resource.group === group)
    .map(({ name, singularName, kind, namespaced: isNamespaced, shortNames }) => ({
      name,
      singularName,
      namespaced: isNamespaced,
      kind,
      verbs: ["get", "list"],
      ...(shortNames && { shortNames }),
    }));
  const forward = {
    name: "pods/portforward",
    singularName: "",
    namespaced: true,
    kind: "PodPortForwardOptions",
    verbs: ["create", "get"],
  };
  return {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion,
    resources: group === "" ? [...resources, forward] : resources,
  };
}

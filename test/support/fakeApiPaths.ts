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
  readonly shortNames?: readonly string[];
}

/** What the fake API server serves; all of it is namespaced, and read-only. */
export const apiResources: readonly ApiResource[] = [
  { group: "", name: "services", singularName: "service", kind: "Service", shortNames: ["svc"] },
  { group: "", name: "pods", singularName: "pod", kind: "Pod", shortNames: ["po"] },
  { group: "", name: "endpoints", singularName: "endpoints", kind: "Endpoints", shortNames: ["ep"] },
  {
    group: "discovery.k8s.io",
    name: "endpointslices",
    singularName: "endpointslice",
    kind: "EndpointSlice",
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
  if (!match?.groups) return undefined;
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

function resourceList(groupVersion: string, group: string): unknown {
  const resources = apiResources
    .filter((resource) => resource.group === group)
    .map(({ name, singularName, kind, shortNames }) => ({
      name,
      singularName,
      namespaced: true,
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

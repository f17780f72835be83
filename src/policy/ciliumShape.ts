import { cidrFault } from "./cidrText.ts";
import { entities } from "./entities.ts";
import { type IcmpFamily, icmpTypeFault, icmpTypes } from "./icmpTypes.ts";
import { labelValueFault, objectNameFault } from "./labelText.ts";
import { isSince } from "./policyProblem.ts";
import {
  listOf,
  type MapShape,
  mapOf,
  oneOfWords,
  type Shape,
  someText,
  type TextShape,
  text,
} from "./policyShape.ts";
import { portTextFault } from "./portText.ts";

const boolean: Shape = { kind: "boolean" };
const labels: Shape = { kind: "labels" };

/** A selector over labels; the agent reads it by a reader of its own. */
const selector: MapShape = mapOf(
  {
    matchLabels: { kind: "labels", check: labelValueFault, code: "invalid-label-value" },
    matchExpressions: listOf(
      mapOf(
        {
          key: text,
          operator: oneOfWords(["In", "NotIn", "Exists", "DoesNotExist"], "invalid-operator"),
          values: listOf(text),
        },
        { required: ["key", "operator"], code: "invalid-selector" },
      ),
    ),
  },
  { strict: true },
);

const cidr: TextShape = { kind: "text", code: "invalid-cidr", check: cidrFault };

const cidrSet = listOf(
  mapOf(
    {
      cidr,
      cidrGroupRef: { kind: "text", code: "invalid-cidr-group", check: objectNameFault },
      cidrGroupSelector: selector,
      except: listOf(cidr),
    },
    { oneOf: ["cidr", "cidrGroupRef", "cidrGroupSelector"], code: "invalid-cidr-set" },
  ),
);

const dnsName: TextShape = { kind: "text", code: "invalid-dns-name", check: dnsNameFault(/^[-\w]+$/) };
const dnsPattern: TextShape = { kind: "text", code: "invalid-dns-name", check: dnsNameFault(/^[-\w*]+$/) };

/** Labels of at least one character, with single dots between them. */
function dnsNameFault(label: RegExp): (written: string) => string | undefined {
  return (written) => {
    if (written.length > 255) return "A DNS name has at most 255 characters.";
    const parts = (written.endsWith(".") ? written.slice(0, -1) : written).split(".");
    return parts.every((part) => label.test(part)) ? undefined : `“${written}” is no DNS name.`;
  };
}

const names = mapOf(
  { matchName: dnsName, matchPattern: dnsPattern },
  { oneOf: ["matchName", "matchPattern"], code: "invalid-dns-name" },
);

const group = mapOf({
  aws: mapOf({
    labels,
    region: text,
    securityGroupsIds: listOf(text),
    securityGroupsNames: listOf(text),
  }),
});

const service = mapOf({
  k8sService: mapOf({ namespace: text, serviceName: text }),
  k8sServiceSelector: mapOf(
    { namespace: text, selector },
    { required: ["selector"], code: "invalid-service" },
  ),
});

const port = mapOf({
  port: { kind: "text", code: "invalid-port", check: portTextFault },
  endPort: { kind: "integer", minimum: 0, maximum: 65535, code: "invalid-port" },
  protocol: {
    kind: "text",
    code: "unknown-protocol",
    words: ["TCP", "UDP", "SCTP", "ANY"],
    check: (written, version) => {
      const known = ["TCP", "UDP", "SCTP", "ANY", ...(isSince(version, "1.19") ? ["VRRP", "IGMP"] : [])];
      return known.includes(written) ? undefined : `Write one of ${known.join(", ")}.`;
    },
  },
});

const secret = mapOf({ name: text, namespace: text }, { required: ["name"], code: "missing-value" });

const tls = mapOf(
  { certificate: text, privateKey: text, trustedCA: text, secret },
  { required: ["secret"], code: "missing-value" },
);

const http = mapOf({
  path: text,
  method: text,
  host: text,
  headers: listOf(text),
  headerMatches: listOf(
    mapOf(
      {
        mismatch: oneOfWords(["LOG", "ADD", "DELETE", "REPLACE"], "invalid-header-match"),
        name: { ...someText, code: "invalid-header-match" },
        secret,
        value: text,
      },
      { required: ["name"], code: "invalid-header-match" },
    ),
  ),
});

const kafka = mapOf({
  apiKey: text,
  apiVersion: text,
  clientID: text,
  role: oneOfWords(["produce", "consume"], "invalid-kafka-rule"),
  topic: {
    kind: "text",
    code: "invalid-kafka-rule",
    check: (written) => (written.length > 255 ? "A topic has at most 255 characters." : undefined),
  },
});

const l7 = mapOf(
  {
    http: listOf(http),
    dns: listOf(names),
    kafka: { shape: listOf(kafka), until: "1.19" },
    l7proto: { shape: text, until: "1.19" },
    l7: { shape: listOf(labels), until: "1.19" },
  },
  { oneOf: ["http", "kafka", "dns", "l7proto"], code: "combined-l7" },
);

const listener = mapOf(
  {
    envoyConfig: mapOf(
      {
        kind: oneOfWords(["CiliumEnvoyConfig", "CiliumClusterwideEnvoyConfig"], "invalid-listener"),
        name: someText,
      },
      { required: ["name"], code: "invalid-listener" },
    ),
    name: someText,
    priority: { kind: "integer", minimum: 1, maximum: 100, code: "invalid-listener" },
  },
  { required: ["envoyConfig", "name"], code: "invalid-listener" },
);

const serverName: TextShape = {
  kind: "text",
  code: "invalid-server-name",
  check: (written, version) =>
    isSince(version, "1.18") ? dnsNameFault(/^[-\w*]+$/)(written) : someText.check?.(written, version),
};

const ports = listOf(port, { maxItems: 40, code: "too-many-ports" });

const toPorts = listOf(
  mapOf({
    ports,
    rules: l7,
    terminatingTLS: tls,
    originatingTLS: tls,
    serverNames: listOf(serverName, { minItems: 1, code: "invalid-server-name" }),
    listener,
  }),
);

const icmpNames = [...new Set(Object.values(icmpTypes).flatMap((names) => Object.keys(names)))];

const icmps = listOf(
  mapOf({
    fields: listOf(
      mapOf(
        {
          family: oneOfWords(["IPv4", "IPv6"] satisfies IcmpFamily[], "invalid-icmp"),
          type: { kind: "number-or-text", code: "invalid-icmp", check: icmpTypeFault, words: icmpNames },
        },
        { required: ["type"], code: "invalid-icmp", strict: true },
      ),
      { maxItems: 40, code: "too-many-icmp-types" },
    ),
  }),
);

const authentication = mapOf(
  { mode: oneOfWords(["disabled", "required", "test-always-fail"], "invalid-authentication") },
  { required: ["mode"], code: "invalid-authentication" },
);

const entity = oneOfWords(entities, "unknown-entity");

const ingressPeers = {
  fromEndpoints: listOf(selector),
  fromEntities: listOf(entity),
  fromCIDR: listOf(cidr),
  fromCIDRSet: cidrSet,
  fromNodes: listOf(selector),
  fromGroups: listOf(group),
  // Agents from 1.19 on have a list of texts here, which no constraint ever was.
  fromRequires: { shape: listOf(selector), until: "1.18" },
} as const;

const egressPeers = {
  toEndpoints: listOf(selector),
  toEntities: listOf(entity),
  toCIDR: listOf(cidr),
  toCIDRSet: cidrSet,
  toNodes: listOf(selector),
  toServices: listOf(service),
  toGroups: listOf(group),
  toRequires: { shape: listOf(selector), until: "1.18" },
} as const;

const denyPorts = listOf(mapOf({ ports }));

const spec = mapOf(
  {
    endpointSelector: selector,
    nodeSelector: selector,
    ingress: listOf(mapOf({ ...ingressPeers, toPorts, icmps, authentication })),
    ingressDeny: listOf(mapOf({ ...ingressPeers, toPorts: denyPorts, icmps })),
    egress: listOf(mapOf({ ...egressPeers, toFQDNs: listOf(names), toPorts, icmps, authentication })),
    egressDeny: listOf(mapOf({ ...egressPeers, toPorts: denyPorts, icmps })),
    labels: listOf(
      mapOf(
        { key: text, value: text, source: text },
        { required: ["key"], code: "missing-value", strict: true },
      ),
    ),
    enableDefaultDeny: mapOf({ ingress: boolean, egress: boolean }),
    description: text,
    log: { shape: mapOf({ value: text }), since: "1.18" },
  },
  {
    oneOf: ["endpointSelector", "nodeSelector"],
    code: "invalid-subject",
    anyOf: ["ingress", "ingressDeny", "egress", "egressDeny"],
    anyOfCode: "no-rules",
  },
);

/** What every object of Kubernetes has: checked by hand. */
const metadata: Shape = { kind: "anything" };

/** The shape of a CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy: the schema of both is the same. */
export const ciliumPolicyShape: MapShape = mapOf({
  apiVersion: text,
  kind: text,
  metadata,
  spec,
  specs: listOf(spec),
  status: { kind: "anything" },
});

/** The shape of a CiliumCIDRGroup. */
export const cidrGroupShape: MapShape = mapOf({
  apiVersion: text,
  kind: text,
  metadata,
  spec: mapOf({ externalCIDRs: listOf(cidr) }, { required: ["externalCIDRs"], code: "missing-value" }),
});

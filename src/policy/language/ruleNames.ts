import { assertNever } from "../../base/assertNever.ts";
import { blockText } from "../../base/ipAddress.ts";
import type { L7Entry, LabelSelector, Peer, PolicyRule, PortMatch, Subject } from "../policy.ts";

/** Names longer than this are cut: they stand in one line of a side bar. */
const mostLetters = 100;
/** So many peers, ports or labels are named before the rest is counted. */
const mostNamed = 3;

/** What a person calls a rule: `ingress[0] from org=empire → 80/TCP`. */
export function ruleName(rule: PolicyRule): string {
  const direction = rule.section.startsWith("ingress") ? "from" : "to";
  const peers = rule.peers === "any" ? "anybody" : listed(rule.peers.map(peerText), "nobody");
  const ports =
    rule.ports === "any"
      ? ""
      : ` → ${listed(
          rule.ports.flatMap((item) => item.ports.map(portText)),
          "no port",
        )}`;
  return cut(`${rule.section}[${rule.index}] ${direction} ${peers}${ports}`);
}

/** What a person calls an entry of L7 rules: `POST /v1/request-landing`, `*.cilium.io`. */
export function requestName(entry: L7Entry): string {
  switch (entry.type) {
    case "http": {
      const words = [entry.method?.source, entry.host?.source, entry.urlPath?.source];
      const headers = entry.headers.map(({ name }) => name);
      return (
        cut([...words, ...headers].filter((word) => word !== undefined && word !== "").join(" ")) ||
        "any request"
      );
    }
    case "dns":
      return cut(entry.name.text) || "any name";
    case "kafka": {
      const keys = entry.apiKeys.length === 0 ? "" : listed(entry.apiKeys, "");
      return cut([keys, entry.topic, entry.clientId].filter(Boolean).join(" ")) || "any Kafka request";
    }
    case "unknown":
      return entry.field;
    default:
      return assertNever(entry);
  }
}

/** Whom a spec speaks of. */
export function subjectName({ type, selector }: Subject): string {
  return cut(selectorText(selector, type === "nodes" ? "any node" : "any pod"));
}

function peerText(peer: Peer): string {
  switch (peer.type) {
    case "endpoints":
      return selectorText(peer.selector, "any pod");
    case "pods": {
      const namespaces = peer.namespaces && selectorText(peer.namespaces, "any");
      const pods = peer.pods && selectorText(peer.pods, "any pod");
      if (namespaces === undefined) return pods ?? "any pod";
      return `${pods === undefined ? "" : `${pods} in `}namespace ${namespaces}`;
    }
    case "entity":
      return peer.entity;
    case "cidr":
      return `${blockText(peer.block)}${peer.except.length > 0 ? " with exceptions" : ""}`;
    case "cidr-group":
      return "name" in peer.group
        ? `group ${peer.group.name}`
        : `groups ${selectorText(peer.group.selector, "all")}`;
    case "fqdn":
      return peer.name.text;
    case "nodes":
      return `node ${selectorText(peer.selector, "any")}`;
    case "service":
      return "name" in peer.service
        ? `service ${peer.service.namespace}/${peer.service.name}`
        : `services ${selectorText(peer.service.selector, "all")}`;
    case "unknown":
      return peer.field;
    default:
      return assertNever(peer);
  }
}

const namespaceKey = "io.kubernetes.pod.namespace";

function selectorText({ requirements }: LabelSelector, everything: string): string {
  const labels = requirements.map(({ source, key, operator, values }) => {
    const name =
      key === namespaceKey ? "namespace" : source === "any" || source === "k8s" ? key : `${source}:${key}`;
    switch (operator) {
      case "In":
        return values.length === 1 ? `${name}=${values[0] ?? ""}` : `${name}=${listed(values, "", "|")}`;
      case "NotIn":
        return `${name}≠${listed(values, "", "|")}`;
      case "Exists":
        return name;
      case "DoesNotExist":
        return `no ${name}`;
      default:
        return assertNever(operator);
    }
  });
  return listed(labels, everything, ",");
}

function portText(port: PortMatch): string {
  switch (port.type) {
    case "range": {
      const protocol = port.protocol === "ANY" ? "" : `/${port.protocol}`;
      if (port.first === 0 && port.last === 65535) return `every port${protocol}`;
      return `${port.first}${port.last === port.first ? "" : `-${port.last}`}${protocol}`;
    }
    case "named":
      return `${port.name}${port.protocol === "ANY" ? "" : `/${port.protocol}`}`;
    case "icmp":
      return `${port.family === "IPv6" ? "ICMPv6" : "ICMP"} ${port.icmpType}`;
    case "unknown":
      return port.field;
    default:
      return assertNever(port);
  }
}

function listed(words: readonly string[], none: string, between = ", "): string {
  if (words.length === 0) return none;
  const more = words.length - mostNamed;
  const named = words.slice(0, mostNamed).join(between);
  return more > 0 ? `${named} and ${more} more` : named;
}

function cut(text: string): string {
  return text.length <= mostLetters ? text : `${text.slice(0, mostLetters - 1)}…`;
}

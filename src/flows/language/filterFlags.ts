import { tcpFlags, verdicts } from "../flow.ts";
import { dropReasonNames } from "./dropReasons.ts";
import { eventTypeWords } from "./eventTypeNames.ts";
import { reservedIdentityNumbers } from "./identityNames.ts";
import type { ObserveFlag } from "./observeFlag.ts";

type Details = Pick<ObserveFlag, "short" | "words" | "seen">;

/** A filter flag that takes a value. */
function text(name: string, takes: string, meaning: string, more: Details = {}): ObserveFlag {
  return { name, group: "filter", value: "text", takes, meaning, ...more };
}

/** A filter flag that stands alone. */
function alone(name: string, meaning: string, more: Details = {}): ObserveFlag {
  return { name, group: "filter", value: "none", meaning, ...more };
}

const identities = Object.keys(reservedIdentityNumbers);
const protocols = ["tcp", "udp", "sctp", "icmp", "icmpv4", "icmpv6", "dns", "http", "kafka", "vrrp", "igmp"];
const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"];

/** The flags of `hubble observe` that say which flows: `--not` first, then in the order in which help lists them. */
export const filterFlags: readonly ObserveFlag[] = [
  alone("not", "Leave out what the next filter admits"),

  text("pod", "[NAMESPACE/]PREFIX", "Pods at either end whose name begins so; without a namespace: default", {
    seen: "pod",
  }),
  text("from-pod", "[NAMESPACE/]PREFIX", "Flows from pods whose name begins so", { seen: "pod" }),
  text("to-pod", "[NAMESPACE/]PREFIX", "Flows to pods whose name begins so", { seen: "pod" }),
  text("namespace", "NAMESPACE", "Flows with a namespace at either end", { short: "n", seen: "namespace" }),
  text("from-namespace", "NAMESPACE", "Flows from a namespace", { seen: "namespace" }),
  text("to-namespace", "NAMESPACE", "Flows to a namespace", { seen: "namespace" }),
  alone("all-namespaces", "Pods, or services, of any namespace at either end", { short: "A" }),
  alone("from-all-namespaces", "Flows from pods, or services, of any namespace"),
  alone("to-all-namespaces", "Flows to pods, or services, of any namespace"),
  text("service", "[NAMESPACE/]PREFIX", "Services at either end whose name begins so", { seen: "service" }),
  text("from-service", "[NAMESPACE/]PREFIX", "Flows from services whose name begins so", { seen: "service" }),
  text("to-service", "[NAMESPACE/]PREFIX", "Flows to services whose name begins so", { seen: "service" }),
  text("workload", "[KIND/]NAME", "A workload at either end; Deployment/ is any of a kind", {
    seen: "workload",
  }),
  text("from-workload", "[KIND/]NAME", "Flows from a workload", { seen: "workload" }),
  text("to-workload", "[KIND/]NAME", "Flows to a workload", { seen: "workload" }),
  text("label", "SELECTOR", "Labels of an endpoint at either end: app=web, app in (a,b), !app", {
    short: "l",
    seen: "label",
  }),
  text("from-label", "SELECTOR", "Labels of the source", { seen: "label" }),
  text("to-label", "SELECTOR", "Labels of the destination", { seen: "label" }),
  text("identity", "IDENTITY", "A security identity at either end: its number, or a reserved name", {
    words: identities,
    seen: "identity",
  }),
  text("from-identity", "IDENTITY", "The security identity of the source", {
    words: identities,
    seen: "identity",
  }),
  text("to-identity", "IDENTITY", "The security identity of the destination", {
    words: identities,
    seen: "identity",
  }),
  text("ip", "ADDRESS", "An IP address or block at either end: 10.0.0.1, 10.0.0.0/8", { seen: "ip" }),
  text("from-ip", "ADDRESS", "The IP address or block of the source", { seen: "ip" }),
  text("to-ip", "ADDRESS", "The IP address or block of the destination", { seen: "ip" }),
  text("snat-ip", "ADDRESS", "The source's IP address or block after masquerading", { seen: "snatIp" }),
  text("fqdn", "NAME", "A DNS name at either end, with * for any part", { seen: "fqdn" }),
  text("from-fqdn", "NAME", "The DNS name of the source, with * for any part", { seen: "fqdn" }),
  text("to-fqdn", "NAME", "The DNS name of the destination, with * for any part", { seen: "fqdn" }),
  text("port", "PORT", "A port at either end", { seen: "port" }),
  text("from-port", "PORT", "The source port", { seen: "port" }),
  text("to-port", "PORT", "The destination port", { seen: "port" }),
  text("cluster", "NAME", "A cluster at either end, by its exact name", { seen: "cluster" }),
  text("from-cluster", "NAME", "The cluster of the source, by its exact name", { seen: "cluster" }),
  text("to-cluster", "NAME", "The cluster of the destination, by its exact name", { seen: "cluster" }),

  text("verdict", "VERDICT", "What became of the flow", {
    words: verdicts.filter((verdict) => verdict !== "VERDICT_UNKNOWN"),
  }),
  text("drop-reason-desc", "REASON", "Why it was dropped: POLICY_DENIED, POLICY_DENY, …", {
    words: dropReasonNames,
    seen: "dropReason",
  }),
  text("type", "TYPE[:SUBTYPE]", "The kind of event: drop, policy-verdict, l7, trace:to-endpoint, …", {
    short: "t",
    words: eventTypeWords,
  }),
  text("traffic-direction", "DIRECTION", "Seen coming in or going out", { words: ["ingress", "egress"] }),
  text("protocol", "PROTOCOL", "The protocol of layer 4 or 7", { words: protocols, seen: "protocol" }),
  text("tcp-flags", "FLAG[,FLAG…]", "TCP flags that must all be set", { words: tcpFlags }),
  alone("ipv4", "Only IPv4", { short: "4" }),
  alone("ipv6", "Only IPv6", { short: "6" }),
  text("ip-version", "VERSION", "v4, v6, or none for what is not IP", { words: ["v4", "v6", "none"] }),
  alone("encrypted", "Only what was encrypted by WireGuard or IPsec"),
  alone("unencrypted", "Only what was not encrypted"),

  text("http-status", "STATUS", "The status of an HTTP response: 404, 4+, 40+", { seen: "httpStatus" }),
  text("http-method", "METHOD", "The method of an HTTP request", { words: methods, seen: "httpMethod" }),
  text("http-path", "PATTERN", "An RE2 pattern found in the path of a request", { seen: "httpPath" }),
  text("http-url", "PATTERN", "An RE2 pattern found in the URL of a request", { seen: "httpUrl" }),
  text("http-header", "KEY:VALUE", "A header of an HTTP request or response", { seen: "httpHeader" }),

  text("node-name", "[CLUSTER/]PATTERN", "The node that saw it, with * for any part", { seen: "node" }),
  text("node-label", "SELECTOR", "Labels of the node that saw it", { seen: "nodeLabel" }),
  text("interface", "NAME", "The network interface where it was seen", { seen: "interface" }),
  text("uuid", "UUID", "The one flow with this number", { seen: "uuid" }),
  text("trace-id", "ID", "The W3C trace of an HTTP request", { seen: "traceId" }),
  text("ip-trace-id", "NUMBER", "A trace number that the packet carries in an IP option", {
    seen: "ipTraceId",
  }),
  text("cel-expression", "EXPRESSION", "A CEL expression over _flow; costly, and experimental"),
];

import type { RuleCheck } from "./checkCiliumRule.ts";
import { checkL7Rules, isEmptyL7, l7Lists } from "./checkL7Rules.ts";
import { type IcmpFamily, icmpTypes } from "./icmpTypes.ts";
import { type CiliumVersion, isSince } from "./policyProblem.ts";
import { additionMend, removalMend, textMend, wordMend } from "./mend.ts";
import { isServiceName, portNumber } from "./portText.ts";
import type { YamlFields, YamlValue } from "./yamlValue.ts";

/** What an item of `toPorts` is checked by. */
export interface PortCheck extends RuleCheck {
  readonly ingress: boolean;
  readonly allow: boolean;
}

/** Checks an item of `toPorts` as the agent does. A deny rule's has ports only: the rest is dropped there. */
export function checkPortItem(item: YamlValue, check: PortCheck): void {
  const fields = item.asMap();
  if (!fields) return;
  const ports = fields.get("ports");
  const list = ports?.asList() ?? [];
  const rules = check.allow ? fields.get("rules") : undefined;
  const l7 = rules?.asMap();
  const hasL7 = l7 !== undefined && !isEmptyL7(l7, check.version);
  const hasDns = l7 !== undefined && l7Lists(l7, check.version).dns.length > 0;
  if (list.length > 40) {
    ports?.report({
      code: "too-many-ports",
      message: "Too many ports: the most is 40.",
      refusedBy: ["agent"],
    });
  }
  if (list.length === 0 && (ports ?? !hasDns)) {
    const message = "An item of toPorts without ports matches nothing: list ports, or leave toPorts out.";
    item.report({ severity: "warning", code: "no-ports", message });
  }
  let everyPort: YamlValue | undefined;
  for (const port of list) {
    const read = port.asMap();
    if (!read) continue;
    if (checkPort(read, { check, hasDns }) === 0) everyPort ??= port;
    const protocol = protocolOf(read);
    if (hasL7 && !hasDns && protocol !== "TCP") {
      const message = `L7 rules can only apply to TCP (not ${protocol}) except for DNS rules.`;
      const at = read.get("protocol") ?? port;
      const written = read.get("protocol");
      const mend = written
        ? textMend(written, "TCP")
        : additionMend(read, "protocol", (quoted) => quoted("TCP"));
      at.report({ code: "l7-without-tcp", message, refusedBy: ["agent"], ...mend });
    }
  }
  if (check.allow) checkProxied(fields, { check, hasL7, rules });
  if (!hasL7) return;
  if (everyPort) {
    const message = "L7 rules can not be used when a port is 0.";
    everyPort.report({ code: "l7-on-every-port", message, refusedBy: ["agent"] });
  }
  checkL7Rules(l7, { ...check, hasPorts: list.length > 0, item: fields });
}

function protocolOf(port: YamlFields): string {
  const written = port.get("protocol")?.words ?? "";
  return written === "" ? "ANY" : written.toUpperCase();
}

/** Server names and listeners, which do not go with everything. */
function checkProxied(
  fields: YamlFields,
  it: { readonly check: PortCheck; readonly hasL7: boolean; readonly rules: YamlValue | undefined },
): void {
  const serverNames = fields.get("serverNames");
  const names = serverNames?.asList() ?? [];
  if (names.length > 0 && it.hasL7 && !fields.get("terminatingTLS")) {
    const message = "serverNames are not allowed with L7 rules without TLS termination: add terminatingTLS.";
    serverNames?.report({ code: "server-names-with-l7", message, refusedBy: ["agent"] });
  }
  for (const name of names) {
    if (name.words === "") {
      name.report({
        code: "invalid-server-name",
        message: "Empty server name is not allowed.",
        refusedBy: ["agent"],
      });
    } else if (name.words?.includes("*") === true && !isSince(it.check.version, "1.18")) {
      const message = "Agents before 1.18 know no wildcards in server names: this matches the letters only.";
      name.report({ severity: "warning", code: "version-dependent", message });
    }
  }
  const listener = fields.get("listener");
  if (!listener) return;
  const name = listener.asMap()?.get("name")?.words ?? "";
  if (it.check.ingress) {
    const message = `Listener is not allowed on ingress (${name}).`;
    listener.report({ code: "listener-on-ingress", message, refusedBy: ["agent"] });
  } else if (it.hasL7) {
    const message = `Listener is not allowed with L7 rules (${name}).`;
    listener.report({ code: "listener-with-l7", message, refusedBy: ["agent"] });
  }
}

/** Protocols without ports: from which version on agents know them, under a flag. */
const portless: Readonly<Record<string, CiliumVersion>> = {
  VRRP: "1.19",
  IGMP: "1.19",
  GRE: "1.20",
  IPIP: "1.20",
  IPV6: "1.20",
  ESP: "1.20",
  AH: "1.20",
};

/** Checks a port; answers its number, or `undefined` when it has none. */
function checkPort(
  port: YamlFields,
  { check, hasDns }: { readonly check: PortCheck; readonly hasDns: boolean },
): number | undefined {
  const value = port.get("port");
  const written = value?.words ?? "";
  const at = value ?? port.owner;
  const endPort = port.get("endPort");
  checkProtocol(port, check.version);
  if (value && value.words === undefined) return undefined;
  if (written === "") {
    checkMissingPort(port, check);
    return undefined;
  }
  if (isServiceName(written)) {
    const message = `Which number ${written} stands for, only the pods know: without them the rule may be undecidable.`;
    at.report({ severity: "warning", code: "port-name", message });
    if (endPort) {
      endPort.report({
        severity: "warning",
        code: "end-port-ignored",
        message: "An endPort after a port name is ignored.",
        ...removalMend(port, "endPort"),
      });
    }
    return undefined;
  }
  const number = portNumber(written);
  if (number === undefined) {
    const message = `Unable to parse port: “${written}” is neither a number up to 65535 nor a name of at most 15 characters.`;
    at.report({ code: "invalid-port", message, refusedBy: ["agent"] });
    return undefined;
  }
  if (written !== "0" && isSince(check.version, "1.19") && Object.hasOwn(portless, protocolOf(port))) {
    const message = `${protocolOf(port)} has no ports: port must be empty or 0.`;
    at.report({ code: "invalid-port", message, refusedBy: ["agent"] });
  }
  const end = endPort?.asInteger();
  if (hasDns && end !== undefined && end > number) {
    endPort?.report({
      code: "dns-port-range",
      message: "DNS rules do not support port ranges.",
      refusedBy: ["agent"],
    });
  }
  if (end !== undefined && end > 0 && end < number) {
    const message = "An endPort below the port is ignored.";
    const mend = removalMend(port, "endPort");
    endPort?.report({ severity: "warning", code: "end-port-ignored", message, ...mend });
  }
  return number;
}

function checkProtocol(port: YamlFields, version: CiliumVersion): void {
  const protocol = protocolOf(port);
  const since = Object.hasOwn(portless, protocol) ? portless[protocol] : undefined;
  if (["TCP", "UDP", "SCTP", "ANY"].includes(protocol)) return;
  if (since !== undefined && isSince(version, since)) return;
  const message =
    since === undefined
      ? `Invalid protocol “${protocol}”: write TCP, UDP, SCTP or ANY.`
      : `Agents before ${since} know no protocol ${protocol}.`;
  const versionDependent = since !== undefined;
  const at = port.get("protocol");
  const mend = at && !versionDependent ? wordMend(at, ["TCP", "UDP", "SCTP", "ANY"]) : {};
  at?.report({ code: "unknown-protocol", message, refusedBy: ["agent"], versionDependent, ...mend });
}

function checkMissingPort(port: YamlFields, check: PortCheck): void {
  const known = Object.hasOwn(portless, protocolOf(port)) && isSince(check.version, "1.19");
  if (isSince(check.version, "1.19") && check.options.extendedIpProtocols === true) return;
  const at = port.get("port") ?? port.owner;
  const mayPass = known && check.options.extendedIpProtocols === undefined;
  const message = known
    ? "Port must be specified, unless the agents have enable-extended-ip-protocols."
    : "Port must be specified.";
  at.report({
    severity: mayPass ? "warning" : "error",
    code: "port-missing",
    message,
    refusedBy: mayPass ? [] : ["agent"],
  });
}

/** Checks a field of `icmps` as the agent does. */
export function checkIcmpField(value: YamlValue): void {
  const fields = value.asMap();
  if (!fields) return;
  const family = fields.get("family");
  const type = fields.get("type");
  const refusedBy = ["agent"] as const;
  if (family && !["IPv4", "IPv6", ""].includes(family.words ?? "")) {
    const message = `Wrong family: ${family.words ?? ""}. An ICMP family is IPv4 or IPv6.`;
    family.report({ code: "invalid-icmp", message, refusedBy, ...wordMend(family, ["IPv4", "IPv6"]) });
  }
  const written = type?.words;
  if (!type || written === undefined) {
    if (!type) value.report({ code: "invalid-icmp", message: "An ICMP field needs a type.", refusedBy });
    return;
  }
  const names = icmpTypes[family?.words === "IPv6" ? "IPv6" : ("IPv4" satisfies IcmpFamily)];
  if (/^[-+]?\d+$/.test(written)) {
    if (Number(written) < 0 || Number(written) > 255) {
      const message = `No ICMP message has the type ${written}: it lies between 0 and 255.`;
      type.report({ severity: "warning", code: "invalid-icmp", message });
    }
  } else if (!Object.hasOwn(names, written)) {
    const message = `ICMP type ${written} not found in ${family?.words ?? "IPv4"}.`;
    type.report({ code: "invalid-icmp", message, refusedBy, ...wordMend(type, Object.keys(names)) });
  }
}

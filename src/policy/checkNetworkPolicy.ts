import type { Steps } from "../base/steps.ts";
import { checkLabelSelector } from "./checkLabelSelector.ts";
import { cidrMend } from "./cidrMend.ts";
import { cidrFault, holdsBlock, parseWrittenBlock } from "./cidrText.ts";
import { itemMend, plainMend, removalMend, wordMend } from "./mend.ts";
import type { Report } from "./yamlReading.ts";
import type { YamlFields, YamlValue } from "./yamlValue.ts";

/** Checks a NetworkPolicy as Kubernetes' own validation does: only the API server looks at it so closely. */
export function* checkNetworkPolicy(fields: YamlFields): Steps {
  const name = fields.get("metadata")?.asMap()?.get("name");
  if ((name?.words ?? "") === "") {
    const at = name ?? fields.get("metadata") ?? fields.owner;
    refuse(at, { code: "missing-name", message: "A NetworkPolicy needs a name: metadata.name." });
  }
  const spec = fields.get("spec")?.asMap();
  if (!spec) {
    // Without a spec it selects every pod and admits nothing: taken, but hardly meant.
    const message = "A NetworkPolicy without a spec selects every pod and denies all ingress.";
    if (!fields.get("spec")) fields.owner.report({ severity: "warning", code: "missing-spec", message });
    return;
  }
  const subject = spec.get("podSelector");
  if (subject) checkSelector(subject, true);
  for (const [section, peers] of [
    ["ingress", "from"],
    ["egress", "to"],
  ] as const) {
    for (const rule of spec.get(section)?.asList() ?? []) {
      const read = rule.asMap();
      for (const port of read?.get("ports")?.asList() ?? []) checkPort(port);
      const list = read?.get(peers)?.asList();
      for (const peer of list ?? []) checkPeer(peer);
      if (list?.length === 0) {
        const range = read?.keyRange(peers) ?? rule.range;
        const message = `An empty ${peers} matches every peer in a NetworkPolicy.`;
        const mend = read ? removalMend(read, peers) : {};
        rule.report({ severity: "warning", code: "empty-list", message, range, ...mend });
      }
      yield;
    }
  }
  checkPolicyTypes(spec);
}

function refuse(value: YamlValue, report: Pick<Report, "code" | "message"> & Partial<Report>): void {
  value.report({ refusedBy: ["apiserver"], ...report });
}

function checkSelector(value: YamlValue, identities: boolean): void {
  checkLabelSelector(value, { refusedBy: ["apiserver"], sources: false, identities });
}

function checkPolicyTypes(spec: YamlFields): void {
  const types = spec.get("policyTypes");
  const items = types?.asList() ?? [];
  if (items.length > 2) {
    types?.report({
      code: "invalid-policy-type",
      message: "May not specify more than two policyTypes.",
      refusedBy: ["apiserver"],
    });
    return;
  }
  for (const item of items) {
    if (item.words === "Ingress" || item.words === "Egress") continue;
    const message = `Unsupported value “${item.words ?? ""}”: write Ingress or Egress.`;
    refuse(item, { code: "invalid-policy-type", message, ...wordMend(item, ["Ingress", "Egress"]) });
  }
  const written = items.map(({ words }) => words);
  for (const [section, type] of [
    ["ingress", "Ingress"],
    ["egress", "Egress"],
  ] as const) {
    const rules = spec.get(section)?.asList() ?? [];
    if (items.length === 0 || rules.length === 0 || written.includes(type)) continue;
    const message = `policyTypes does not name ${type}: Kubernetes ignores these rules, but Cilium applies them.`;
    const range = spec.keyRange(section) ?? spec.owner.range;
    const mend = types ? itemMend(types, type) : {};
    spec.owner.report({ severity: "warning", code: "policy-type-missing", message, range, ...mend });
  }
}

function checkPeer(value: YamlValue): void {
  const fields = value.asMap();
  const pods = fields?.get("podSelector");
  const namespaces = fields?.get("namespaceSelector");
  const ipBlock = fields?.get("ipBlock");
  if (pods) checkSelector(pods, true);
  if (namespaces) checkSelector(namespaces, false);
  if (ipBlock) checkIpBlock(ipBlock);
  if (!fields && !value.isNull) return;
  if (!pods && !namespaces && !ipBlock) {
    refuse(value, { code: "empty-peer", message: "Must specify a peer: a selector or an ipBlock." });
  } else if (ipBlock && (pods ?? namespaces)) {
    refuse(value, { code: "combined-peers", message: "May not specify both ipBlock and another peer." });
  }
}

function checkIpBlock(value: YamlValue): void {
  const fields = value.asMap();
  if (!fields) return;
  const cidr = fields.get("cidr");
  const written = cidr?.words ?? "";
  if (!cidr || written === "") {
    const path = `${value.path}.cidr`;
    refuse(cidr ?? value, { code: "invalid-cidr", message: "An ipBlock needs a cidr.", path });
  } else {
    refuseCidr(cidr);
  }
  const outer = parseWrittenBlock(written);
  for (const item of fields.get("except")?.asList() ?? []) {
    refuseCidr(item);
    const inner = parseWrittenBlock(item.words ?? "");
    const strict = outer && inner && inner.block.prefixLength > outer.block.prefixLength;
    if (outer && inner && !(strict === true && holdsBlock(outer, inner))) {
      refuse(item, { code: "except-outside", message: `Must be a strict subset of the cidr ${written}.` });
    }
  }
}

function refuseCidr(value: YamlValue): void {
  const fault = value.words === undefined ? undefined : cidrFault(value.words);
  if (fault !== undefined) refuse(value, { code: "invalid-cidr", message: fault, ...cidrMend(value) });
}

function checkPort(value: YamlValue): void {
  const fields = value.asMap();
  if (!fields) return;
  const protocol = fields.get("protocol");
  if (protocol?.words !== undefined && !["TCP", "UDP", "SCTP"].includes(protocol.words)) {
    const message = `Unsupported value “${protocol.words}”: write SCTP, TCP or UDP.`;
    refuse(protocol, { code: "unknown-protocol", message, ...wordMend(protocol, ["TCP", "UDP", "SCTP"]) });
  }
  const port = fields.get("port");
  const endPort = fields.get("endPort");
  if (!port) {
    if (endPort) {
      const message = "A port must be specified when endPort is specified.";
      refuse(endPort, { code: "port-missing", message, path: `${value.path}.port` });
    }
    return;
  }
  if (port.isWrittenNumber) checkNumbers(port, endPort);
  else checkName(port, fields);
}

function checkNumbers(port: YamlValue, endPort: YamlValue | undefined): void {
  const number = port.asInteger() ?? 0;
  if (number < 1 || number > 65535) {
    refuse(port, { code: "invalid-port", message: "A port must be between 1 and 65535, inclusive." });
  }
  const end = endPort?.asInteger();
  if (!endPort || end === undefined) return;
  if (end < number) {
    refuse(endPort, {
      code: "end-port-below",
      message: "An endPort must be greater than or equal to its port.",
    });
  } else if (end < 1 || end > 65535) {
    refuse(endPort, { code: "invalid-port", message: "An endPort must be between 1 and 65535, inclusive." });
  }
}

function checkName(port: YamlValue, fields: YamlFields): void {
  const name = port.words;
  const endPort = fields.get("endPort");
  if (name === undefined) return;
  if (endPort) {
    const message = "An endPort may not be specified when the port is a name.";
    // Without quotes a number stays, and its endPort with it.
    const mend = /^\d+$/.test(name) ? {} : removalMend(fields, "endPort");
    refuse(endPort, { code: "end-port-with-name", message, ...mend });
  }
  const fault = portNameFault(name);
  if (fault !== undefined) {
    const mend = /^[1-9]\d{0,4}$/.test(name) ? plainMend(port, name) : {};
    refuse(port, { code: "invalid-port", message: fault, ...mend });
  } else {
    const message = `Which number ${name} stands for, only the pods know: without them the rule may be undecidable.`;
    port.report({ severity: "warning", code: "port-name", message });
  }
}

function portNameFault(name: string): string | undefined {
  if (/^\d+$/.test(name))
    return `“${name}” is a name here, and no valid one: write the number without quotes.`;
  if (name.length > 15) return "A port name must be no more than 15 characters.";
  if (!/^[-a-z0-9]+$/.test(name)) return "A port name is made of lower case letters, digits and hyphens.";
  if (!/[a-z]/.test(name)) return "A port name must contain at least one letter.";
  if (name.includes("--")) return "A port name must not contain consecutive hyphens.";
  return /^-|-$/.test(name) ? "A port name must not begin or end with a hyphen." : undefined;
}

import { checkCidr, checkCidrSet } from "./checkCidr.ts";
import type { CiliumCheck } from "./checkCiliumPolicy.ts";
import { checkDnsName } from "./checkL7Rules.ts";
import { checkLabelSelector } from "./checkLabelSelector.ts";
import { checkIcmpField, checkPortItem } from "./checkPorts.ts";
import { agentEntities, entities } from "./entities.ts";
import { type Mend, removalMend, wordMend } from "./mend.ts";
import type { SectionName } from "./policy.ts";
import { isSince } from "./policyProblem.ts";
import { namesNobodyEmpty } from "./readPeers.ts";
import type { YamlFields, YamlValue } from "./yamlValue.ts";

/** What a rule is checked by: also where it stands, and whether the host is its subject. */
export interface RuleCheck extends CiliumCheck {
  readonly section: SectionName;
  readonly host: boolean;
}

const ingressPeers = ["Endpoints", "CIDR", "CIDRSet", "Entities", "Nodes", "Groups"];
const egressPeers = ["CIDR", "CIDRSet", "Endpoints", "Entities", "Services", "FQDNs", "Groups", "Nodes"];

/** Checks one rule as the agent does, and says what it takes but cannot be meant. */
export function checkCiliumRule(rule: YamlValue, check: RuleCheck): void {
  const fields = rule.asMap();
  if (!fields) return;
  const ingress = check.section.startsWith("ingress");
  const allow = check.section === "ingress" || check.section === "egress";
  const prefix = ingress ? "from" : "to";
  const peers = (ingress ? ingressPeers : egressPeers)
    // A deny rule has no toFQDNs: the field is unknown there, and dropped.
    .filter((name) => allow || name !== "FQDNs")
    .map((name) => `${prefix}${name}`);
  checkPeers(fields, peers, check);
  checkRequires(fields, `${prefix}Requires`, check);
  checkIcmps(fields, check);
  const items = fields.get("toPorts")?.asList();
  if (items?.length === 0) {
    const message = "An empty toPorts admits every port and protocol: leave it out, or list ports.";
    warnOfEmpty(fields, "toPorts", message, removalMend(fields, "toPorts"));
  }
  for (const item of items ?? []) checkPortItem(item, { ...check, ingress, allow });
}

function checkPeers(fields: YamlFields, names: readonly string[], check: RuleCheck): void {
  const lists = names.flatMap((name) => {
    const items = fields.get(name)?.asList();
    return items ? [{ name, items }] : [];
  });
  const written = lists.filter(({ items }) => items.length > 0);
  if (written.length > 1) refuseCombination(fields, written);
  for (const { name, items } of lists) {
    if (items.length === 0) {
      const message = namesNobodyEmpty(name)
        ? `An empty ${name} matches nobody: leave it out to match every peer.`
        : `An empty ${name} is as good as none: it keeps nobody out.`;
      // Leaving out a list that matches nobody would open the rule to everybody.
      warnOfEmpty(fields, name, message, namesNobodyEmpty(name) ? {} : removalMend(fields, name));
    }
    const kind = name.replace(/^(from|to)/, "");
    if (kind === "Nodes" && items.length > 0) checkNodesFlag(fields, name, check);
    for (const item of items) checkPeer(item, kind, check);
  }
}

function refuseCombination(fields: YamlFields, written: readonly { readonly name: string }[]): void {
  const [first, second] = written
    .map(({ name }) => ({ name, range: fields.keyRange(name) ?? fields.owner.range }))
    .sort((one, other) => one.range.start - other.range.start);
  if (!first || !second) return;
  fields.owner.report({
    code: "combined-peers",
    message: `Combining ${first.name} and ${second.name} is not supported yet: write a rule for each.`,
    range: second.range,
    refusedBy: ["agent"],
    fields: written.map(({ name }) => name.charAt(0).toUpperCase() + name.slice(1)),
  });
}

function checkPeer(item: YamlValue, kind: string, check: RuleCheck): void {
  switch (kind) {
    case "Endpoints":
    case "Nodes":
      checkLabelSelector(item, { refusedBy: ["agent"], sources: true, identities: kind === "Endpoints" });
      return;
    case "CIDR":
      checkCidr(item);
      return;
    case "CIDRSet":
      checkCidrSet(item, check.version);
      return;
    case "Entities":
      if (item.words !== undefined && !agentEntities.includes(item.words)) {
        const message = `Unsupported entity: ${item.words}. Cilium knows ${entities.join(", ")}.`;
        item.report({ code: "unknown-entity", message, refusedBy: ["agent"], ...wordMend(item, entities) });
      }
      return;
    case "FQDNs":
      checkDnsName(item, { exclusive: true, version: check.version });
  }
}

function checkNodesFlag(fields: YamlFields, name: string, { options }: RuleCheck): void {
  if (options.nodeSelectorLabels === true) return;
  const off = options.nodeSelectorLabels === false;
  fields.owner.report({
    severity: off ? "error" : "warning",
    code: "needs-node-selector-labels",
    message: `${name} needs agents with enable-node-selector-labels: all others refuse the whole policy.`,
    range: fields.keyRange(name) ?? fields.owner.range,
    refusedBy: off ? ["agent"] : [],
  });
}

/** Constraints on all rules: known up to 1.18, and since then a list of texts that nobody has a use for. */
function checkRequires(fields: YamlFields, name: string, check: RuleCheck): void {
  const items = fields.get(name)?.asList();
  if (!items || items.length === 0) return;
  const range = fields.keyRange(name) ?? fields.owner.range;
  if (!isSince(check.version, "1.19")) {
    for (const item of items) checkPeer(item, "Endpoints", check);
    const message = `Agents from 1.19 on refuse a policy with ${name}.`;
    fields.owner.report({ severity: "warning", code: "version-dependent", message, range });
    return;
  }
  const refusesItems = items.some((item) => !item.isNull && item.words === undefined);
  if (!refusesItems) return;
  fields.owner.report({
    code: "version-dependent",
    message: `Agents from 1.19 on refuse a policy with ${name}: write what it asks for into each rule's peers.`,
    range,
    path: fields.get(name)?.path ?? fields.owner.path,
    refusedBy: check.version === "1.20" ? ["apiserver", "agent"] : ["agent"],
    versionDependent: true,
  });
}

function checkIcmps(fields: YamlFields, check: RuleCheck): void {
  const icmps = fields.get("icmps");
  const items = icmps?.asList();
  if (!icmps || !items || items.length === 0) return;
  if (check.options.icmpRules === false) {
    const message = "ICMP rules can only be applied when the enable-icmp-rules flag is set.";
    icmps.report({ code: "needs-icmp-rules", message, refusedBy: ["agent"] });
  }
  if ((fields.get("toPorts")?.asList()?.length ?? 0) > 0) {
    const message =
      "The icmps block may only be present without toPorts: define a separate rule to use toPorts.";
    icmps.report({ code: "icmp-with-ports", message, refusedBy: ["agent"] });
  }
  for (const item of items) {
    const list = item.asMap()?.get("fields")?.asList() ?? [];
    if (list.length > 40) {
      const message = "Too many types: the most is 40.";
      item
        .asMap()
        ?.get("fields")
        ?.report({ code: "too-many-icmp-types", message, refusedBy: ["agent"] });
    }
    for (const field of list) checkIcmpField(field);
  }
}

function warnOfEmpty(fields: YamlFields, name: string, message: string, mend: Mend): void {
  const range = fields.keyRange(name) ?? fields.owner.range;
  fields.owner.report({ severity: "warning", code: "empty-list", message, range, ...mend });
}

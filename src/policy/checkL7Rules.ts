import { compilePattern } from "../base/pattern.ts";
import type { PortCheck } from "./checkPorts.ts";
import { kafkaApiKeys } from "./kafkaApiKeys.ts";
import { additionMend, keyMend, type Mend, wordMend } from "./mend.ts";
import { type CiliumVersion, isSince } from "./policyProblem.ts";
import type { YamlFields, YamlValue } from "./yamlValue.ts";

/** The lists of L7 rules that a version of the agent reads. */
export function l7Lists(
  rules: YamlFields,
  version: CiliumVersion,
): Readonly<Record<"http" | "dns" | "kafka" | "l7", readonly YamlValue[]>> {
  const list = (name: string): readonly YamlValue[] => rules.get(name)?.asList() ?? [];
  const old = !isSince(version, "1.20");
  return { http: list("http"), dns: list("dns"), kafka: old ? list("kafka") : [], l7: old ? list("l7") : [] };
}

/** Do rules come to nothing, so that the agent does not even look at them? */
export function isEmptyL7(rules: YamlFields, version: CiliumVersion): boolean {
  const lists = Object.values(l7Lists(rules, version));
  return lists.every((list) => list.length === 0) && l7Protocol(rules, version) === "";
}

function l7Protocol(rules: YamlFields, version: CiliumVersion): string {
  return isSince(version, "1.20") ? "" : (rules.get("l7proto")?.words ?? "");
}

/** What L7 rules are checked by. */
export interface L7Check extends PortCheck {
  readonly hasPorts: boolean;
  /** The item of `toPorts` that holds them. */
  readonly item: YamlFields;
}

/** Checks `rules` of an item of `toPorts` that come to something, as the agent does. */
export function checkL7Rules(rules: YamlFields, check: L7Check): void {
  const { version } = check;
  const lists = l7Lists(rules, version);
  const protocol = l7Protocol(rules, version);
  checkPlace(rules, lists, check);
  for (const item of lists.http) checkHttp(item);
  for (const item of lists.kafka) checkKafka(item);
  for (const item of lists.dns) checkDnsName(item, { exclusive: false, version });
  if (lists.dns.length > 0 && !check.hasPorts) {
    rules.get("dns")?.report({
      code: "dns-without-port",
      message: "Port 53 must be specified for DNS rules.",
      refusedBy: ["agent"],
      ...(check.item.keyRange("ports")
        ? {}
        : additionMend(check.item, "ports", (quoted) => dnsPorts(quoted))),
    });
  }
  if (lists.l7.length > 0 && protocol === "") {
    const message = "l7 may only be specified when an l7proto is also specified.";
    rules.get("l7")?.report({ code: "l7-without-protocol", message, refusedBy: ["agent"] });
  }
  for (const item of lists.l7) {
    const empty = item.asMap()?.keyRange("");
    if (empty) {
      item.report({
        code: "invalid-l7-rule",
        message: "Empty key not allowed.",
        range: empty,
        refusedBy: ["agent"],
      });
    }
  }
  const written = (["http", "kafka", "dns"] as const).filter(
    (name) => rules.get(name)?.isList === true && (name !== "kafka" || !isSince(version, "1.20")),
  );
  if (written.length + (protocol === "" ? 0 : 1) > 1) {
    const message = "Multiple L7 protocol rule types specified in single rule.";
    rules.owner.report({ code: "combined-l7", message, refusedBy: ["agent"] });
  }
}

/** Not every protocol is checked everywhere. */
function checkPlace(rules: YamlFields, lists: ReturnType<typeof l7Lists>, check: L7Check): void {
  const refuse = (name: string, message: string): void => {
    const at = rules.get(name) ?? rules.owner;
    at.report({ code: "l7-not-supported-here", message, refusedBy: ["agent"] });
  };
  if (check.options.l7Proxy === false) {
    const message = "L7 policy is not supported since L7 proxy is not enabled.";
    rules.owner.report({ code: "needs-l7-proxy", message, refusedBy: ["agent"] });
  }
  if (check.ingress && check.host) refuse("", "L7 policy is not supported on host ingress yet.");
  else if (check.ingress && lists.dns.length > 0)
    refuse("dns", "L7 protocol DNS is not supported on ingress yet.");
  if (check.ingress || !check.host) return;
  for (const name of ["http", "kafka"] as const) {
    if (lists[name].length > 0) refuse(name, `L7 protocol ${name} is not supported on host egress yet.`);
  }
}

function checkHttp(value: YamlValue): void {
  const fields = value.asMap();
  for (const name of ["path", "method", "host"] as const) {
    const pattern = fields?.get(name);
    // Most patterns are words and paths, with nothing that could be wrong.
    if (!pattern || /^[\w/.-]*$/.test(pattern.words ?? "")) continue;
    const compiled = compilePattern(pattern.words ?? "");
    if (!("error" in compiled)) continue;
    // The agent leaves hosts to the proxy, which does not take such a pattern either.
    const refusedBy = name === "host" ? [] : (["agent"] as const);
    pattern.report({
      code: "invalid-pattern",
      message: `RE2 does not take this pattern: ${compiled.error}`,
      refusedBy,
    });
  }
  for (const item of fields?.get("headerMatches")?.asList() ?? []) {
    const match = item.asMap();
    if (!match) continue;
    const report = (message: string, at: YamlValue = item, mend: Mend = {}): void => {
      at.report({ code: "invalid-header-match", message, refusedBy: ["agent"], ...mend });
    };
    if ((match.get("name")?.words ?? "") === "") report("Header name missing.", match.get("name"));
    const mismatch = match.get("mismatch");
    if (mismatch && !headerActions.includes(mismatch.words ?? "")) {
      report(`Invalid header action: ${mismatch.words ?? ""}.`, mismatch, wordMend(mismatch, headerActions));
    }
    const secret = match.get("secret")?.asMap();
    if (secret && (secret.get("name")?.words ?? "") === "") report("Secret name missing.", secret.owner);
  }
}

const headerActions = ["LOG", "ADD", "DELETE", "REPLACE", ""];

function checkKafka(value: YamlValue): void {
  const fields = value.asMap();
  const report = (message: string, at: YamlValue = value, known: readonly string[] = []): void => {
    at.report({ code: "invalid-kafka-rule", message, refusedBy: ["agent"], ...wordMend(at, known) });
  };
  const words = (name: string): string => fields?.get(name)?.words ?? "";
  const [apiKey, role, version, topic] = [
    words("apiKey"),
    words("role"),
    words("apiVersion"),
    words("topic"),
  ];
  if (apiKey !== "" && role !== "") report(`Cannot set both role “${role}” and apiKey “${apiKey}” together.`);
  if (apiKey !== "" && !kafkaApiKeys.includes(apiKey.toLowerCase())) {
    report(`Invalid Kafka apiKey “${apiKey}”.`, fields?.get("apiKey"), kafkaApiKeys);
  }
  if (role !== "" && !["produce", "consume"].includes(role.toLowerCase())) {
    report(`Invalid Kafka role “${role}”: write produce or consume.`, fields?.get("role"), [
      "produce",
      "consume",
    ]);
  }
  if (version !== "" && !(/^[-+]?\d{1,5}$/.test(version) && Math.abs(Number(version)) <= 32767)) {
    report(`Invalid Kafka apiVersion “${version}”.`, fields?.get("apiVersion"));
  }
  if (topic.length > 255) report("A Kafka topic has at most 255 characters.", fields?.get("topic"));
  else if (topic !== "" && !/^[\w.-]+$/.test(topic)) {
    report(`Invalid Kafka topic name “${topic}”.`, fields?.get("topic"));
  }
}

function dnsPorts(quoted: (text: string) => string): string {
  return `[{ ${quoted("port")}: "53", ${quoted("protocol")}: ${quoted("ANY")} }]`;
}

/** Checks `{ matchName }` or `{ matchPattern }`; both at once are taken where they are not `exclusive`. */
export function checkDnsName(
  value: YamlValue,
  check: { readonly exclusive: boolean; readonly version: CiliumVersion },
): void {
  const fields = value.asMap();
  const name = fields?.get("matchName");
  const pattern = fields?.get("matchPattern");
  const code = "invalid-dns-name";
  const refusedBy = ["agent"] as const;
  if (check.exclusive && (name?.words ?? "") !== "" && (pattern?.words ?? "") !== "") {
    value.report({ code, message: "Only one of matchName or matchPattern is allowed.", refusedBy });
  }
  if (name?.words !== undefined && !/^[-a-zA-Z0-9_.]*$/.test(name.words)) {
    const message = `Invalid characters in matchName “${name.words}”: only 0-9, a-z, A-Z and ., -, _ are allowed.`;
    const isPattern = fields !== undefined && !pattern && /^[-a-zA-Z0-9_.*]*$/.test(name.words);
    const mend = isPattern ? keyMend(fields, "matchName", "matchPattern") : {};
    name.report({ code, message, refusedBy, ...mend });
  }
  if (pattern?.words === undefined) return;
  if (!/^[-a-zA-Z0-9_.*]*$/.test(pattern.words)) {
    const message = `Invalid characters in matchPattern “${pattern.words}”: only 0-9, a-z, A-Z and ., -, _, * are allowed.`;
    pattern.report({ code, message, refusedBy });
  } else if (pattern.words.startsWith("**.") && !isSince(check.version, "1.19")) {
    const message = "Agents before 1.19 read ** as *: this matches one label, not several.";
    pattern.report({ severity: "warning", code: "version-dependent", message });
  }
}

import type { ObserveFlag } from "./observeFlag.ts";

/** Flags that the `hubble` CLI lacks: two that a relay can be asked all the same, and those that are applied here. */
export const ourFlags: readonly ObserveFlag[] = [
  {
    name: "reply",
    group: "ours",
    value: "none",
    meaning: "Only replies; --reply=false: only what is none",
    words: ["true", "false"],
  },
  {
    name: "dns-query",
    group: "ours",
    value: "text",
    takes: "PATTERN",
    meaning: "An RE2 pattern found in the name that a DNS query asks for",
    seen: "dnsQuery",
  },
  {
    name: "policy",
    group: "ours",
    value: "text",
    takes: "[NAMESPACE/]NAME",
    meaning: "Hubble names this policy as one that decided (applied here, not by the relay)",
    seen: "policy",
  },
  {
    name: "decision",
    group: "ours",
    value: "text",
    takes: "DECISION",
    meaning: "Let through, or turned away, by policy (applied here, not by the relay)",
    words: ["allowed", "denied"],
  },
  {
    name: "rule",
    group: "ours",
    value: "text",
    takes: "[KIND/]NAMESPACE/NAME:PATH",
    meaning: "Decided by this rule of an open policy: default/rule1:spec.ingress[0] (applied here)",
  },
  {
    name: "lost",
    group: "ours",
    value: "none",
    meaning: "Only what tells of flows that nobody saw; --not --lost: none of it (applied here)",
  },
];

/** The flags of {@link ourFlags} that are applied here: no relay can be asked. */
export const localFlags: ReadonlySet<string> = new Set(["policy", "decision", "rule", "lost"]);

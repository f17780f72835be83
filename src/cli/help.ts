import { observeHelp } from "./observeHelp.ts";

/** The commands in the order in which the overview lists them, each with one line and its own help. */
export const commandHelp = {
  observe: {
    line: "print flows of a relay or of a capture, as hubble observe does",
    text: observeHelp(),
  },
  check: {
    line: "judge policies as the API server and Cilium's agents do",
    text: `hubble-lens check FILE... [-o json] [--cilium-version VERSION] [--agent-option NAME=VALUE]...

Says what is wrong with policies: what the API server or an agent refuses (errors), and what they take but cannot be
meant (warnings). The exit status is 1 when there is an error: for CI, and for hooks before a commit.

  -o, --output FORMAT      text (default), json: an object a line, with file, line, column, severity, code, message
  --cilium-version VERSION 1.17, 1.18, 1.19, 1.20; without it, what only some of them refuse is a warning
  --agent-option NAME=VAL  how the agents are set, as the ConfigMap cilium-config has it: enable-node-selector-labels,
                           enable-extended-ip-protocols, enable-icmp-rules, enable-l7-proxy`,
  },
  tally: {
    line: "count what the rules of policies allowed and denied in a capture",
    text: `hubble-lens tally --flows FILE --policy FILE [--policy FILE]... [-o json]
                  [--cilium-version VERSION] [--cluster-name NAME] [--agent-option NAME=VALUE]...

Judges the flows of a capture by policies, and prints the counts of each rule, direction and L7 rule. What only the
cluster knows, and what is not said of it, makes the attempts that depend on it "possible".

  --cilium-version VERSION the agents' version: 1.17, 1.18, 1.19, 1.20
  --cluster-name NAME      the local cluster; without it, as the labels of endpoints tell
  --agent-option NAME=VAL  how the agents are set, as the ConfigMap cilium-config has it: enable-policy,
                           policy-default-local-cluster, policy-cidr-match-mode, enable-node-selector-labels,
                           enable-host-firewall, allow-localhost, enable-non-default-deny-policies,
                           hubble-redact-http-urlquery; those of check as well`,
  },
  "demo-relay": {
    line: "serve the flows of a small invented cluster on loopback",
    text: `hubble-lens demo-relay --port N [--seed N] [--rate FLOWS_PER_SECOND] [--policy FILE]...

Serves the demo cluster as a Hubble relay would, until Ctrl-C.`,
  },
} as const;

export type CommandName = keyof typeof commandHelp;

/** Help over all commands. */
export function overview(): string {
  const lines = Object.entries(commandHelp).map(([name, { line }]) => `  ${name.padEnd(12)} ${line}`);
  return `hubble-lens COMMAND [flags]

${lines.join("\n")}

hubble-lens COMMAND --help tells more; hubble-lens --version prints the version.`;
}

/** The commands in the order in which the overview lists them, each with one line and its own help. */
export const commandHelp = {
  observe: {
    line: "print flows of a relay or of a capture, as hubble observe does",
    text: `hubble-lens observe [flags]

Prints flows of a relay, or of a capture (JSON lines, as hubble observe -o jsonpb prints them).

  --server HOST:PORT       the relay to ask (default localhost:4245)
  --input-file FILE        read this capture instead; - is standard input
  --last N                 the newest N, of a relay: of each node (default 20)
  --first N                the oldest N
  --all                    all that there are
  -f, --follow             go on with those to come
  -o, --output FORMAT      compact (default), jsonpb, json
  --time-format FORMAT     StampMilli (default), RFC3339, RFC3339Milli, RFC3339Micro, RFC3339Nano
  --print-node-name        also the node that saw the flow
  --print-policy-names     also which policies decided
  --ip-translation=false   addresses in place of names
  --numeric                the same`,
  },
  check: {
    line: "judge policies as the API server and Cilium's agents do",
    text: `hubble-lens check FILE... [-o json] [--cilium-version VERSION]

Says what is wrong with policies: what the API server or an agent refuses (errors), and what they take but cannot be
meant (warnings). The exit status is 1 when there is an error: for CI, and for hooks before a commit.

  -o, --output FORMAT      text (default), json: an object a line, with file, line, column, severity, code, message
  --cilium-version VERSION 1.17, 1.18, 1.19, 1.20; without it, what only some of them refuse is a warning`,
  },
  tally: {
    line: "count what the rules of policies allowed and denied in a capture",
    text: `hubble-lens tally --flows FILE --policy FILE [--policy FILE]... [-o json]

Judges the flows of a capture by policies, and prints the counts of each rule, direction and L7 rule.`,
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

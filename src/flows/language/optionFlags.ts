import type { FlagGroup, ObserveFlag } from "./observeFlag.ts";

type Row = readonly [
  name: string,
  takes: string,
  meaning: string,
  more?: Pick<ObserveFlag, "short" | "words">,
];

/** Rows to flags; one that takes nothing stands alone. */
function flags(group: FlagGroup, rows: readonly Row[]): readonly ObserveFlag[] {
  return rows.map(([name, takes, meaning, more]) => ({
    name,
    group,
    ...(takes === "" ? { value: "none" } : { value: "text", takes }),
    meaning,
    ...more,
  }));
}

const timeFormats = [
  "StampMilli",
  "YearMonthDay",
  "YearMonthDayHour",
  "YearMonthDayHourMinute",
  "RFC3339",
  "RFC3339Milli",
  "RFC3339Micro",
  "RFC3339Nano",
  "RFC1123Z",
];

/** The flags of `hubble observe` that do not say which flows by what they are. */
export const optionFlags: readonly ObserveFlag[] = [
  ...flags("raw", [
    ["allowlist", "JSON", "Filters as JSON, any of which may admit a flow"],
    ["denylist", "JSON", "Filters as JSON, none of which may admit a flow"],
  ]),
  ...flags("range", [
    ["last", "N", "The newest N, of a relay: of each node (default 20)"],
    ["first", "N", "The oldest N, of a relay: of each node"],
    ["all", "", "All that there are"],
    ["follow", "", "Go on with those to come", { short: "f" }],
    [
      "since",
      "TIME",
      "From a time on: 5m, 1h30m, 2026-01-31, 2026-01-31T15:04:05Z",
      { words: ["1m", "5m", "1h"] },
    ],
    [
      "until",
      "TIME",
      "Up to a time: 5m, 1h30m, 2026-01-31, 2026-01-31T15:04:05Z",
      { words: ["1m", "5m", "1h"] },
    ],
  ]),
  ...flags("output", [
    [
      "output",
      "FORMAT",
      "How flows are printed (default compact)",
      { short: "o", words: ["compact", "dict", "table", "jsonpb", "json"] },
    ],
    ["time-format", "FORMAT", "How times are printed (default StampMilli)", { words: timeFormats }],
    ["print-node-name", "", "Also print the node that saw the flow"],
    ["print-policy-names", "", "Also print which policies decided"],
    ["numeric", "", "Print numbers and addresses in place of names"],
    ["ip-translation", "", "Print names in place of addresses (default true)"],
    ["color", "WHEN", "Colours in what is printed (default auto)", { words: ["auto", "always", "never"] }],
    ["field-mask", "PATH[,PATH…]", "Ask only for these fields of flows; with JSON output only"],
    ["use-default-field-masks", "", "Ask only for the fields that are printed"],
  ]),
  ...flags("server", [
    ["server", "HOST:PORT", "The relay to ask (default localhost:4245); tls:// before it switches TLS on"],
    ["timeout", "DURATION", "How long connecting may take (default 5s)"],
    ["request-timeout", "DURATION", "How long one question may take (default 12s)"],
    ["tls", "", "Connect with TLS"],
    ["tls-allow-insecure", "", "Take any certificate"],
    ["tls-ca-cert-files", "FILE[,FILE…]", "Certificates of those that sign"],
    ["tls-client-cert-file", "FILE", "Our certificate"],
    ["tls-client-key-file", "FILE", "The key of our certificate"],
    ["tls-server-name", "NAME", "The name that the relay's certificate must have"],
    ["basic-auth-username", "NAME", "The name for basic authentication"],
    ["basic-auth-password", "PASSWORD", "The password for basic authentication"],
    ["port-forward", "", "Reach the relay through the Kubernetes API", { short: "P" }],
    ["port-forward-port", "PORT", "The local port of the port-forward (default 4245; 0: any)"],
    ["kube-context", "CONTEXT", "The context of the kubeconfig"],
    ["kube-namespace", "NAMESPACE", "Where hubble-relay runs (default kube-system)"],
    ["kubeconfig", "FILE", "The kubeconfig"],
  ]),
  ...flags("other", [
    ["input-file", "FILE", "Read this capture, not a relay; - is standard input"],
    ["policy-file", "FILE", "Policies that --rule is about (ours)"],
    ["print-raw-filters", "", "Print the filters as JSON and end"],
    ["silent-errors", "", "Say nothing about what nodes report", { short: "s" }],
    ["config", "FILE", "The configuration of the hubble CLI"],
    ["debug", "", "Say more about what is done", { short: "D" }],
    ["help", "", "Help", { short: "h" }],
  ]),
];

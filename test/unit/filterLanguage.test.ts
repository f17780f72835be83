import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { filterFlags } from "../../src/flows/language/filterFlags.ts";
import { filterToJson } from "../../src/flows/language/filterJson.ts";
import { observeFlags } from "../../src/flows/language/observeFlags.ts";
import { ourFlags } from "../../src/flows/language/ourFlags.ts";
import { readArguments } from "../../src/flows/language/readArguments.ts";
import { readFilterLine } from "../../src/flows/language/readFilterLine.ts";

const now = { seconds: 1_800_000_000, nanos: 0 };

/** What arguments mean: the lists of filters as JSON, or the codes of the errors. */
function meaningOf(argv: readonly string[]): unknown {
  const { selection, problems } = readArguments(argv, now);
  const errors = problems.filter(({ severity }) => severity === "error").map(({ code }) => code);
  if (errors.length > 0) return errors;
  return [selection.whitelist.map(filterToJson), selection.blacklist.map(filterToJson)];
}

describe("what the hubble CLI answered", () => {
  const file = new URL("../fixtures/hubble-cli/filters.json", import.meta.url);
  const cases = JSON.parse(readFileSync(file, "utf8")) as readonly {
    readonly argv: readonly string[];
    readonly filters?: { readonly allowlist: readonly unknown[]; readonly denylist: readonly unknown[] };
    readonly error?: string;
  }[];

  test("every case has the same filters, or is refused as well", () => {
    const wrong = cases.filter(({ argv, filters, error }) => {
      const meaning = meaningOf(argv);
      const refused = Array.isArray(meaning) && typeof meaning[0] === "string";
      if (error !== undefined) return !refused;
      return (
        JSON.stringify(sorted(meaning)) !== JSON.stringify(sorted([filters?.allowlist, filters?.denylist]))
      );
    });
    assert.deepEqual([cases.length, wrong.map(({ argv }) => argv)], [97, []]);
  });

  function sorted(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(sorted);
    if (typeof value !== "object" || value === null) return value;
    return Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]);
  }
});

type List = readonly unknown[];
const both = (left: unknown, right: unknown): readonly [List, List] => [[left, right], []];
const one = (filter: unknown): readonly [List, List] => [[filter], []];

/** Each flag, with what it compiles to or the code of its error. */
const flagCases: readonly (readonly [args: string, expected: unknown])[] = [
  ["", [[], []]],
  ["--pod web", both({ source_pod: ["web"] }, { destination_pod: ["web"] })],
  ["--from-pod a/web --from-pod b/", one({ source_pod: ["a/web", "b/"] })],
  ["--to-pod=a/web", one({ destination_pod: ["a/web"] })],
  ["-n shop", both({ source_pod: ["shop/"] }, { destination_pod: ["shop/"] })],
  ["-nshop", both({ source_pod: ["shop/"] }, { destination_pod: ["shop/"] })],
  ["--from-namespace shop", one({ source_pod: ["shop/"] })],
  ["--to-namespace shop", one({ destination_pod: ["shop/"] })],
  ["-A", both({ source_pod: ["/"] }, { destination_pod: ["/"] })],
  ["--all-namespaces --pod web", both({ source_pod: ["/web"] }, { destination_pod: ["/web"] })],
  ["--from-all-namespaces", one({ source_pod: ["/"] })],
  ["--to-all-namespaces=false", one({ destination_pod: ["/"] })],
  [
    "-n a -n b --service x --service y",
    both(
      { source_service: ["a/x", "b/x", "a/y", "b/y"] },
      { destination_service: ["a/x", "b/x", "a/y", "b/y"] },
    ),
  ],
  ["-n a --pod a/x", both({ source_pod: ["a/x"] }, { destination_pod: ["a/x"] })],
  [
    "--to-namespace a --port 1",
    both(
      { destination_pod: ["a/"], source_port: ["1"] },
      { destination_pod: ["a/"], destination_port: ["1"] },
    ),
  ],
  [
    "--from-namespace a --service x",
    both({ source_service: ["a/x"] }, { source_pod: ["a/"], destination_service: ["x"] }),
  ],
  ["--from-namespace a --to-pod b/x", one({ source_pod: ["a/"], destination_pod: ["b/x"] })],
  ["--service x", both({ source_service: ["x"] }, { destination_service: ["x"] })],
  ["--from-service a/", one({ source_service: ["a/"] })],
  ["--to-service a/x", one({ destination_service: ["a/x"] })],
  [
    "--workload Deployment/",
    both({ source_workload: [{ kind: "Deployment" }] }, { destination_workload: [{ kind: "Deployment" }] }),
  ],
  ["--from-workload web", one({ source_workload: [{ name: "web" }] })],
  ["--to-workload a/b/c", one({ destination_workload: [{ kind: "a", name: "b/c" }] })],
  [
    "-l k1=v1,k2=v2 -l k3",
    both({ source_label: ["k1=v1,k2=v2", "k3"] }, { destination_label: ["k1=v1,k2=v2", "k3"] }),
  ],
  ["--from-label reserved:host", one({ source_label: ["reserved:host"] })],
  ["--to-label !a", one({ destination_label: ["!a"] })],
  ["--identity world-ipv6", both({ source_identity: [10] }, { destination_identity: [10] })],
  ["--from-identity 0x10 --from-identity 010 --from-identity 1_0", one({ source_identity: [16, 8, 10] })],
  ["--to-identity 4294967295", one({ destination_identity: [4294967295] })],
  ["--to-identity 4294967296", ["bad-value"]],
  ["--identity unknown", ["bad-value"]],
  ["--to-identity overlay-to-encrypt", one({ destination_identity: [11] })],
  ["--identity -1", ["bad-value"]],
  ["--ip 1.1.1.1", both({ source_ip: ["1.1.1.1"] }, { destination_ip: ["1.1.1.1"] })],
  ["--from-ip nonsense", one({ source_ip: ["nonsense"] })],
  ["--to-ip fd00::/8", one({ destination_ip: ["fd00::/8"] })],
  ["--snat-ip 10.0.0.1", one({ source_ip_xlated: ["10.0.0.1"] })],
  ["--fqdn *.io", both({ source_fqdn: ["*.io"] }, { destination_fqdn: ["*.io"] })],
  ["--from-fqdn a", one({ source_fqdn: ["a"] })],
  ["--to-fqdn a", one({ destination_fqdn: ["a"] })],
  ["--port 80 --port 443", both({ source_port: ["80", "443"] }, { destination_port: ["80", "443"] })],
  ["--from-port 80", one({ source_port: ["80"] })],
  ["--to-port nonsense", one({ destination_port: ["nonsense"] })],
  ["--cluster a", both({ source_cluster_name: ["a"] }, { destination_cluster_name: ["a"] })],
  [
    "--from-cluster a --cluster b",
    both(
      { source_cluster_name: ["a", "b"] },
      { source_cluster_name: ["a"], destination_cluster_name: ["b"] },
    ),
  ],
  ["--to-cluster a", one({ destination_cluster_name: ["a"] })],
  ["--verdict DROPPED --verdict VERDICT_UNKNOWN", one({ verdict: ["DROPPED", "VERDICT_UNKNOWN"] })],
  ["--verdict dropped", ["bad-value"]],
  ["--verdict DROPPED,ERROR", ["bad-value"]],
  ["--drop-reason-desc AUTH_REQUIRED", one({ drop_reason_desc: ["AUTH_REQUIRED"] })],
  ["--drop-reason-desc=", ["bad-value"]],
  ["-t drop", one({ event_type: [{ type: 1 }] })],
  ["-t=l7 -ttrace-sock", one({ event_type: [{ type: 129 }, { type: 7 }] })],
  ["--type trace:to-endpoint", one({ event_type: [{ type: 4, match_sub_type: true }] })],
  ["--type trace:to-crypto", one({ event_type: [{ type: 4, match_sub_type: true, sub_type: 13 }] })],
  ["--type agent:policy-updated", one({ event_type: [{ type: 130, match_sub_type: true, sub_type: 5 }] })],
  ["--type 255:127", one({ event_type: [{ type: 255, match_sub_type: true, sub_type: 127 }] })],
  ["--type 0", one({ event_type: [{}] })],
  ["--type 4294967295", one({ event_type: [{ type: -1 }] })],
  // Only after the name of a type do sub-types have names.
  ["--type 4:to-endpoint", ["bad-value"]],
  ["--type drop:133:1", ["bad-value"]],
  ["--type drop,l7", ["bad-value"]],
  [
    "--traffic-direction INGRESS --traffic-direction egress",
    one({ traffic_direction: ["INGRESS", "EGRESS"] }),
  ],
  ["--traffic-direction up", ["bad-value"]],
  ["--protocol TCP", one({ protocol: ["TCP"] })],
  ["--tcp-flags syn,ACK --tcp-flags NS", one({ tcp_flags: [{ ACK: true, SYN: true }, { NS: true }] })],
  ["--tcp-flags syn,", ["bad-value"]],
  ["-4 -6", one({ ip_version: ["IPv4", "IPv6"] })],
  ["--ipv4=v6", one({ ip_version: ["IPv4"] })],
  [
    "--ip-version ip6 --ip-version IPv4 --ip-version v5",
    one({ ip_version: ["IPv6", "IPv4", "IP_NOT_USED"] }),
  ],
  ["--ipv6", one({ ip_version: ["IPv6"] })],
  ["--encrypted", one({ encrypted: [true] })],
  ["--unencrypted=true", one({ encrypted: [false] })],
  ["--http-status 4+", one({ http_status_code: ["4+"] })],
  ["--http-method get", one({ http_method: ["get"] })],
  ["--http-path /a.*", one({ http_path: ["/a.*"] })],
  ["--http-url http://x", one({ http_url: ["http://x"] })],
  ["--http-header a:b:c --http-header :", one({ http_header: [{ key: "a", value: "b:c" }, {}] })],
  ["--http-header a", ["bad-value"]],
  ["--node-name k8s*", one({ node_name: ["k8s*"] })],
  ["--node-label a=b", one({ node_labels: ["a=b"] })],
  ["--interface eth0", one({ interface: [{ name: "eth0" }] })],
  ["--uuid x", one({ uuid: ["x"] })],
  ["--trace-id x", one({ trace_id: ["x"] })],
  ["--ip-trace-id 18446744073709551615", one({ ip_trace_id: ["18446744073709551615"] })],
  ["--ip-trace-id 007", one({ ip_trace_id: ["7"] })],
  ["--ip-trace-id 0", ["bad-value"]],
  ["--ip-trace-id 18446744073709551616", ["bad-value"]],
  ["--cel-expression true", one({ experimental: { cel_expression: ["true"] } })],
  ["--reply", one({ reply: [true] })],
  ["--reply=false --reply=T", one({ reply: [false, true] })],
  ["--reply=maybe", ["bad-value"]],
  ["--dns-query x.*", one({ dns_query: ["x.*"] })],
  // What is applied here leaves nothing to ask of a relay.
  ["--policy shop/p --decision denied --lost --rule shop/p:spec.ingress[0]", [[], []]],
  ["--policy a/b/c", ["bad-value"]],
  ["--decision perhaps", ["bad-value"]],
  ["--decision allowed --decision denied", ["conflict"]],
  ["--lost --not --lost", ["conflict"]],
  ["--rule p", ["bad-value"]],
  ["--rule a/p:spec --rule b/p:spec", ["conflict"]],
  ["--not --rule a/p:spec", ["conflict"]],

  ["--not --port 80", [[], [{ source_port: ["80"] }, { destination_port: ["80"] }]]],
  [
    "--verdict DROPPED --not --to-port 1 --not --to-port 2",
    [[{ verdict: ["DROPPED"] }], [{ destination_port: ["1", "2"] }]],
  ],
  ["--not --from-ip 1.1.1.1 --not --to-port 1", [[], [{ source_ip: ["1.1.1.1"], destination_port: ["1"] }]]],
  // It waits for a flag that filters.
  ["--not --last 5 --to-port 1", [[], [{ destination_port: ["1"] }]]],
  ["--not=false --to-port 1", [[], [{ destination_port: ["1"] }]]],
  ["--not --not --to-port 1", ["double-not"]],
  ["--to-port 1 --not", ["trailing-not"]],
  ["--not --allowlist {}", ["trailing-not"]],
  ["--not --reply", [[], [{ reply: [true] }]]],

  [
    "--from-pod a --not --pod b",
    [[{ source_pod: ["a"] }], [{ source_pod: ["b"] }, { destination_pod: ["b"] }]],
  ],
  ["--from-namespace a --from-pod b/x", ["namespace-conflict"]],
  ["--from-pod b/x --from-namespace a", ["namespace-conflict"]],
  ["-n a -n b --pod a/x", ["namespace-conflict"]],
  ["-A --pod a/x", ["namespace-conflict"]],
  ["--from-service a/x --from-pod b/y", ["namespace-conflict"]],
  ["--from-service x --from-pod b/y", ["namespace-conflict"]],
  ["--to-namespace a --from-pod b/x", one({ destination_pod: ["a/"], source_pod: ["b/x"] })],

  [
    '--allowlist {"source_pod":["a/"]}{"verdict":["DROPPED"]}',
    [[{ source_pod: ["a/"] }, { verdict: ["DROPPED"] }], []],
  ],
  [
    '--verdict ERROR --allowlist {"sourcePort":["1"]} --denylist {}',
    [[{ verdict: ["ERROR"] }, { source_port: ["1"] }], [{}]],
  ],
  ["--allowlist=", [[], []]],
  ["--allowlist [{}]", ["bad-json"]],
  ["--allowlist null", ["bad-json"]],
  ['--denylist {"invalid":[1]}', ["bad-json"]],
  ["--denylist {", ["bad-json"]],

  ["--last 5 --first 5", ["conflict"]],
  ["--first 5 --all", ["conflict"]],
  ["--first 5 -f", ["conflict"]],
  ["--last 5 --all", ["conflict"]],
  ["--last 0 --first 0x10", [[], []]],
  ["--all=false --last 1_000", [[], []]],
  ["--last x", ["bad-value"]],
  ["--last -1", ["bad-value"]],
  ["--follow=perhaps", ["bad-value"]],
  ["--since yesterday", ["bad-value"]],
  ["--until yesterday --follow=false", ["bad-value"]],
  ["--until yesterday --follow", [[], []]],
  ["--since= --until=", [[], []]],
  ["--since 5m --until 2026-01-31", [[], []]],

  ["-4f -tdrop", [[{ event_type: [{ type: 1 }], ip_version: ["IPv4"] }], []]],
  ["-4=x", one({ ip_version: ["IPv4"] })],
  ["-ft drop", one({ event_type: [{ type: 1 }] })],
  ["--pod --not", both({ source_pod: ["--not"] }, { destination_pod: ["--not"] })],
  ["--pod", ["missing-value"]],
  ["-t", ["missing-value"]],
  ["---pod x", ["bad-flag"]],
  ["--=x", ["bad-flag"]],
  ["--nosuch x", ["unknown-flag"]],
  ["-x", ["unknown-flag"]],
  ["-4x", ["unknown-flag"]],
  ["-- --nosuch", [[], []]],
  ["flows - --to-port 1 stray", one({ destination_port: ["1"] })],
  ["agent-events", ["other-events"]],

  ["-o yaml", ["bad-value"]],
  ["-o table -f", ["conflict"]],
  ["-o tab", [[], []]],
  ["--field-mask verdict", ["conflict"]],
  ["--field-mask verdict -o JSON", [[], []]],
  ["--numeric=perhaps", ["bad-value"]],
  ["--timeout 5", ["bad-value"]],
  ["--timeout 5s --request-timeout 1m30s", [[], []]],
  ["--port-forward-port 65536", ["bad-value"]],
  ["-P --input-file x", ["conflict"]],
  // Taken for the default by the CLI.
  ["--time-format nosuch --color nosuch", [[], []]],
];

describe("flags", () => {
  for (const [args, expected] of flagCases) {
    test(args === "" ? "(none)" : args, () => {
      assert.deepEqual(meaningOf(args === "" ? [] : args.split(" ")), expected);
    });
  }

  test("there are the 58 of the CLI and six of ours, each with a case", () => {
    assert.deepEqual([filterFlags.length, ourFlags.length], [58, 6]);
    const shorts = new Map(observeFlags.map(({ short, name }) => [`-${short ?? "?"}`, name]));
    const used = flagCases.flatMap(([args]) => args.split(" ")).map((word) => word.replace(/=.*/, ""));
    const tried = new Set(used.map((word) => shorts.get(word.slice(0, 2)) ?? word.slice(2)));
    assert.deepEqual(
      [...filterFlags, ...ourFlags].map(({ name }) => name).filter((name) => !tried.has(name)),
      [],
    );
  });

  test("no two flags have a name or a letter in common", () => {
    const names = observeFlags.flatMap(({ name, short }) => (short === undefined ? [name] : [name, short]));
    assert.deepEqual(names.length, new Set(names).size);
  });
});

/** Flags that cannot be combined, as the CLI's own table has them: each with the others. */
const conflicts: readonly (readonly [string, string])[] = [
  ["from-fqdn", "from-ip ip fqdn from-namespace namespace from-all-namespaces all-namespaces from-pod pod"],
  ["to-fqdn", "to-ip ip fqdn to-namespace namespace to-all-namespaces all-namespaces to-pod pod"],
  ["fqdn", "from-ip to-ip ip namespace from-namespace to-namespace all-namespaces pod from-pod to-pod"],
  ["ip", "from-ip to-ip namespace from-namespace to-namespace from-all-namespaces pod from-pod to-pod"],
  ["from-ip", "from-namespace namespace all-namespaces from-pod pod"],
  ["to-ip", "to-namespace namespace all-namespaces to-pod pod"],
  ["pod", "from-pod to-pod"],
  ["namespace", "from-namespace to-namespace from-pod to-pod from-service to-service all-namespaces"],
  ["all-namespaces", "from-pod to-pod from-service to-service from-all-namespaces to-all-namespaces"],
  ["label", "from-label to-label"],
  ["service", "from-service to-service"],
  ["port", "from-port to-port"],
  ["identity", "from-identity to-identity"],
  ["workload", "from-workload to-workload"],
  ["encrypted", "unencrypted"],
];

describe("flags that cannot be combined", () => {
  const argument = (flag: string): readonly string[] =>
    /namespaces$|encrypted$/.test(flag) ? [`--${flag}`] : [`--${flag}`, "1"];
  for (const [flag, others] of conflicts) {
    test(`--${flag} with ${others}`, () => {
      for (const other of others.split(" ")) {
        const orders = [
          [...argument(flag), ...argument(other)],
          [...argument(other), ...argument(flag)],
        ];
        assert.deepEqual(orders.map(meaningOf), [["conflict"], ["conflict"]], other);
        const apart = meaningOf([...argument(flag), "--not", ...argument(other)]);
        assert.ok(Array.isArray(apart) && typeof apart[0] === "object", `${other} apart`);
      }
    });
  }

  test("the rest can be", () => {
    const args =
      "--to-service foo --from-service bar --from-identity world --to-identity world --to-ip 1.2.3.4 --from-pod x " +
      "--from-port 1172 --to-port 11245 --workload buzz --cluster a --to-cluster b -4 -6 --snat-ip 1.1.1.1 --from-cluster c";
    assert.ok(typeof (meaningOf(args.split(" ")) as readonly unknown[])[0] === "object");
  });
});

describe("options", () => {
  const options = (args: string) => readArguments(args.split(" "), now).options;

  test("have defaults, and the last of a flag counts", () => {
    const given = options(
      "-o json -o dict --time-format rfc3339nano --color NEVER --print-node-name --print-policy-names=1 -s -D " +
        "--numeric --input-file - --print-raw-filters --field-mask a,b --field-mask c --use-default-field-masks=f",
    );
    assert.deepEqual(given, {
      output: "dict",
      timeFormat: "RFC3339Nano",
      colour: "never",
      printNodeName: true,
      printPolicyNames: true,
      numeric: true,
      ipTranslation: false,
      fieldMask: ["a", "b", "c"],
      useDefaultFieldMasks: false,
      inputFile: "-",
      policyFiles: [],
      printRawFilters: true,
      silentErrors: true,
      debug: true,
      help: false,
      config: undefined,
      server: {},
    });
  });

  test("say how a relay is reached", () => {
    const given = options(
      '--server tls://h:1 --timeout 1m1.5s --request-timeout 200ms --tls --tls-ca-cert-files a,"b,c" --tls-server-name n ' +
        "--kube-context k --kube-namespace ns -P --port-forward-port 0 --tls-allow-insecure=false --kubeconfig f " +
        "--tls-client-cert-file c --tls-client-key-file k --basic-auth-username u --basic-auth-password p",
    );
    assert.deepEqual(given.server, {
      address: "tls://h:1",
      timeoutMs: 61_500,
      requestTimeoutMs: 200,
      tls: true,
      tlsCaCertFiles: ["a", "b,c"],
      tlsServerName: "n",
      kubeContext: "k",
      kubeNamespace: "ns",
      portForward: true,
      portForwardPort: 0,
      tlsAllowInsecure: false,
      kubeconfig: "f",
      tlsClientCertFile: "c",
      tlsClientKeyFile: "k",
      basicAuthUsername: "u",
      basicAuthPassword: "p",
    });
  });

  test("the stretch is resolved", () => {
    const range = (args: string) => readArguments(args.split(" "), now).selection.range;
    assert.deepEqual(range("--since 5m --until 2027-01-15T08:00:00+01:00 --last 7 --last 0x10"), {
      since: { seconds: now.seconds - 300, nanos: 0 },
      until: { seconds: Date.UTC(2027, 0, 15, 7) / 1000, nanos: 0 },
      last: 16,
    });
    assert.deepEqual(range("--all -f --all=false"), { follow: true });
    assert.deepEqual(range("--pod x --last 0"), undefined);
  });
});

test("a relay's refusals are found in a line, each at its value", () => {
  const cases: readonly (readonly [marked: string, code: string])[] = [
    ["--ip «10.0.0.0/99»", "refused-value"],
    ["--not --http-path «'('»", "refused-value"],
    ["--type drop «--http-status 404»", "refused-value"],
    ["--from-port «99999» --to-port 80", "refused-value"],
    ['--denylist «\'{"source_ip":["x"]}\'»', "refused-value"],
    ["--dns-query «[»", "refused-value"],
  ];
  for (const [marked, code] of cases) {
    const { problems } = readFilterLine(marked.replaceAll(/[«»]/g, ""), now);
    const range = { start: marked.indexOf("«"), end: marked.indexOf("»") - 1 };
    assert.deepEqual(
      problems.map((problem) => ({ code: problem.code, range: problem.range, severity: problem.severity })),
      [{ code, range, severity: "error" }],
      marked,
    );
  }
});

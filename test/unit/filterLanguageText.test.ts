import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { addTerm } from "../../src/flows/language/addTerm.ts";
import { completeFilterLine } from "../../src/flows/language/completeFilterLine.ts";
import { filterChips } from "../../src/flows/language/filterChip.ts";
import { hubbleCommand, type HubbleCommandOptions } from "../../src/flows/language/hubbleCommand.ts";
import { readFilterLine } from "../../src/flows/language/readFilterLine.ts";
import { removeTerm } from "../../src/flows/language/rewriteLine.ts";
import { selectionToTerms } from "../../src/flows/language/selectionToTerms.ts";
import { writeFilterLine } from "../../src/flows/language/writeFilterLine.ts";

const now = { seconds: 1_800_000_000, nanos: 0 };

/** The text without its marks, and the range between them. */
function unmark(marked: string): { readonly text: string; readonly range: { start: number; end: number } } {
  const start = marked.indexOf("«");
  return { text: marked.replaceAll(/[«»]/g, ""), range: { start, end: marked.indexOf("»") - 1 } };
}

describe("a line is read into terms", () => {
  const cases: readonly (readonly [text: string, terms: string])[] = [
    ["", ""],
    ["   \n  ", ""],
    ["--pod  default/web   -t drop", "--pod default/web --type drop"],
    ["--http-path '/a b' --uuid \"it's\"", "--http-path '/a b' --uuid 'it'\\''s'"],
    ['--uuid "a\\"\\\\\\$x\\y"', "--uuid 'a\"\\$x\\y'"],
    ["--uuid a\\ b'c'\"d\"", "--uuid 'a bcd'"],
    ["--http-path '' --uuid \"\"", "--http-path '' --uuid ''"],
    ["--pod a \\\n  --to-port 53 \\  \n -f", "--pod a --to-port 53 --follow"],
    ["--pod a `\r\n--to-port 53 ^\n-f", "--pod a --to-port 53 --follow"],
    ["--pod a\r\n--to-port 53", "--pod a --to-port 53"],
    ["--pod a # only there\n--to-port 53", "--pod a --to-port 53"],
    ["--uuid a#b", "--uuid a#b".replace("a#b", "'a#b'")],
    ["--not   --to-port=53", "--not --to-port 53"],
    ["-4f -nshop", "--ipv4 --follow --namespace shop"],
    ["--reply=false --lost", "--reply=false --lost"],
    ["$ hubble observe --pod a", "--pod a"],
    ["# hubble observe --pod a", "--pod a"],
    ["% observe --pod a", "--pod a"],
    ["> --pod a", "--pod a"],
    ["hubble observe flows --pod a", "--pod a"],
    ["hubble --server x:1 -P observe --pod a", "--pod a"],
    ["root@kind-worker:/home/cilium# hubble observe --pod a", "--pod a"],
    ["user@host:~$ sudo /usr/bin/hubble observe --pod a", "--pod a"],
    ["HUBBLE_SERVER=x:1 hubble observe --pod a", "--pod a"],
    [
      "kubectl -n kube-system exec -ti ds/cilium -c cilium-agent -- hubble observe --since 5m -t drop",
      "--since 5m --type drop",
    ],
    ["node dist/cli.js observe --pod a", "--pod a"],
    ["C:\\\\tools\\\\hubble.exe observe --pod a", "--pod a"],
    ["hubble observe --pod a -o json | jq -r .flow", "--pod a"],
    ["hubble observe --pod a 2>/dev/null", "--pod a"],
    ["hubble observe --pod a > f && cat f", "--pod a"],
    [
      "$ hubble observe --pod a\nMay  4 13:23:40.501: default/a:1 -> default/b:80 to-endpoint FORWARDED",
      "--pod a",
    ],
    // A value is a value, whatever it looks like.
    ["--uuid | --pod '|'", "--uuid '|' --pod '|'"],
  ];
  for (const [text, terms] of cases) {
    test(JSON.stringify(text), () => {
      const line = readFilterLine(text, now);
      assert.deepEqual(
        [writeFilterLine(line.terms), line.problems.filter(({ severity }) => severity === "error")],
        [terms, []],
      );
    });
  }

  test("each term knows its place", () => {
    const text = "$ hubble observe --not --to-port='5'3 -4f -n shop --not --last 5 -tdrop";
    const places = readFilterLine(text, now).terms.map(({ range, valueRange }) => [
      text.slice(range.start, range.end),
      valueRange && text.slice(valueRange.start, valueRange.end),
    ]);
    assert.deepEqual(places, [
      ["--not --to-port='5'3", "'5'3"],
      ["-4", undefined],
      ["f", undefined],
      ["-n shop", "shop"],
      ["--last 5", "5"],
      ["-tdrop", "drop"],
    ]);
  });
});

describe("what is wrong is said at its place", () => {
  const cases: readonly (readonly [marked: string, code: string, message: RegExp, fix?: string])[] = [
    ["--pod a «--verdct» DROPPED", "unknown-flag", /did you mean --verdict\?/, "--verdict"],
    ["«--wxyz»=1 --pod a", "unknown-flag", /^There is no flag --wxyz$/],
    ["«-verdict» DROPPED", "unknown-flag", /did you mean --verdict\?/, "--verdict"],
    ["-4«x»", "unknown-flag", /there are -n, -A/],
    ["--pod a «--port»", "missing-value", /--port needs PORT after it/],
    ["--verdict «dropped»", "bad-value", /FORWARDED, DROPPED/, "DROPPED"],
    ["--verdict=«'DROPED'»", "bad-value", /FORWARDED, DROPPED/, "DROPPED"],
    ["--not --verdict «DROPPED,error»", "bad-value", /FORWARDED/, "DROPPED --not --verdict ERROR"],
    ["--verdict «DROPPED,x»", "bad-value", /FORWARDED/],
    ["--type «polcy-verdict»", "bad-value", /a type is a number, or one of/, "policy-verdict"],
    ["--type «trace:to-endpont»", "bad-value", /a sub-type of trace/, "trace:to-endpoint"],
    ["--drop-reason-desc «POLICY_DENID»", "bad-value", /a drop reason/, "POLICY_DENIED"],
    ["--identity «kube-apiservr»", "bad-value", /an identity is a number/, "kube-apiserver"],
    ["--decision «alowed»", "bad-value", /allowed or denied/, "allowed"],
    ["--since «5»", "bad-value", /a duration \(5m, 1h30m\)/],
    ["--from-pod a «--pod b»", "conflict", /^--pod and --from-pod cannot be combined$/],
    ["--not --ip a::1 «--not --pod b»", "conflict", /^--not --pod and --not --ip cannot be combined$/],
    ["--last 5 «--all»", "conflict", /^--last and --all cannot be combined$/],
    ["-n a --pod «b/x»", "namespace-conflict", /b\/x names a namespace of its own/],
    ["--not «--not» --port 1", "double-not", /one is enough/],
    ["--pod a «--not»", "trailing-not", /comes the filter/],
    ["--pod «'a»", "open-quote", /not closed/],
    ["«dropped»", "stray-word", /did you mean --verdict DROPPED\?/, "--verdict DROPPED"],
    ["«default/xwing»", "stray-word", /--pod default\/xwing/, "--pod default/xwing"],
    ["«10.0.0.0/8»", "stray-word", /--ip 10/, "--ip 10.0.0.0/8"],
    ["«443»", "stray-word", /--port 443/, "--port 443"],
    ["«pod=a»", "stray-word", /--pod=a/, "--pod=a"],
    ["--reply «false»", "stray-word", /--flag=false, without a space/],
    ["«–verdict=DROPPED»", "stray-word", /--verdict=DROPPED/, "--verdict=DROPPED"],
    ["«hello»", "stray-word", /a filter begins with a flag/],
    ["hubble «status»", "other-command", /only hubble observe/],
    ["hubble observe «agent-events»", "other-events", /tells of agents/],
  ];
  for (const [marked, code, message, fix] of cases) {
    test(marked, () => {
      const { text, range } = unmark(marked);
      const [problem, ...more] = readFilterLine(text, now).problems.filter(
        ({ severity }) => severity === "error",
      );
      assert.deepEqual([problem?.code, problem?.range, problem?.fix, more], [code, range, fix, []]);
      assert.match(problem?.message ?? "", message);
    });
  }

  const others: readonly (readonly [marked: string, severity: string, code: string])[] = [
    ["--pod a «-o json»", "hint", "no-filter"],
    ["hubble «--server x:1» observe", "hint", "no-filter"],
    ["--pod a «| grep -i drop»", "hint", "not-read"],
    ["--not --pod a «--not --port 1»", "hint", "all-negated"],
    ["--ipv4=«v6»", "warning", "ignored-value"],
    ["-f «--until 5m»", "warning", "ignored-flag"],
    ['--pod "«$»POD"', "warning", "not-expanded"],
  ];
  for (const [marked, severity, code] of others) {
    test(marked, () => {
      const { text, range } = unmark(marked);
      const problems = readFilterLine(text, now).problems.map((each) => [
        each.severity,
        each.code,
        each.range,
      ]);
      assert.deepEqual(problems, [[severity, code, range]]);
    });
  }

  test("what is right in a line with an error is its selection", () => {
    const { selection } = readFilterLine(
      "--verdict nosuch --to-port 53 --nosuch x --from-pod a --pod b",
      now,
    );
    assert.deepEqual(selection.whitelist, [{ destinationPort: ["53"], sourcePod: ["a"] }]);
  });
});

test("a text that nobody meant to paste is cut off, and holds up nobody", () => {
  for (const text of [
    "#\n".repeat(5e5),
    "hubble -a ".repeat(1e5),
    "--pod a/x ".repeat(1e5),
    "'\\\n".repeat(3e5),
    "[".repeat(1e6),
  ]) {
    const { problems } = readFilterLine(text, now);
    assert.ok(problems.some(({ code, range }) => code === "too-long" && range.end === text.length));
    completeFilterLine(text, text.length);
    addTerm(text, { flag: "to-port", negated: false, value: "53" });
  }
});

describe("terms are added to a line", () => {
  const term = (text: string) => {
    const [first] = readFilterLine(text, now).terms;
    assert.ok(first);
    return { flag: first.flag, negated: first.negated, value: first.value };
  };
  const cases: readonly (readonly [line: string, added: string, result: string])[] = [
    ["", "--pod a", "--pod a"],
    ["--pod 'a'   -t drop ", "--to-port 53", "--pod 'a'   -t drop --to-port 53"],
    ["--pod a -tdrop", "--type drop", "--pod a -tdrop"],
    ["--verdict DROPPED", "--verdict ERROR", "--verdict DROPPED --verdict ERROR"],
    ["--reply", "--reply=true", "--reply"],
    ["--pod a", "--encrypted=true", "--pod a --encrypted"],
    // The opposite makes room.
    ["--pod a --not --to-port 53", "--to-port 53", "--pod a --to-port 53"],
    ["--to-port 53 --pod a", "--not --to-port 53", "--pod a --not --to-port 53"],
    // So does what cannot stand beside it.
    ["--pod a -f", "--from-pod b", "-f --from-pod b"],
    ["-n default", "--to-pod shop/cart", "--to-pod shop/cart"],
    ["--from-namespace default --to-port 1", "--from-pod shop/cart", "--to-port 1 --from-pod shop/cart"],
    ["--to-namespace default", "--from-pod shop/cart", "--to-namespace default --from-pod shop/cart"],
    ["--encrypted", "--unencrypted", "--unencrypted"],
    ["--decision allowed", "--decision denied", "--decision denied"],
    ["--since 5m", "--since 1h", "--since 1h"],
    ["--rule a/p:spec", "--rule a/q:spec", "--rule a/q:spec"],
    // What is left out is left out besides everything else.
    ["--not --to-port 53", "--not --to-port 80", "--not --to-port 53 --not --to-port 80"],
    [
      "--not --to-port 53",
      "--not --pod a/b",
      `--not --to-port 53 --denylist '{"source_pod":["a/b"]} {"destination_pod":["a/b"]}'`,
    ],
    [
      `--not --to-port 53 --denylist '{"source_pod":["a/b"]}'`,
      "--not --from-pod a/b",
      `--not --to-port 53 --denylist '{"source_pod":["a/b"]}'`,
    ],
    [
      `--not --to-port 53 --denylist '{"source_pod":["a/b"]}'`,
      "--from-pod a/b",
      "--not --to-port 53 --from-pod a/b",
    ],
    ["--not --to-port 53", "--not --policy p", "--not --to-port 53 --not --policy p"],
    // Beside filters as JSON another flag would admit more.
    [
      `-f --allowlist '{"source_pod":["a/"]} {"verdict":["ERROR"],"source_port":["1"]}' --not --uuid u`,
      "--verdict DROPPED",
      `-f --not --uuid u --allowlist '{"source_pod":["a/"],"verdict":["DROPPED"]}' ` +
        `--allowlist '{"verdict":["ERROR","DROPPED"],"source_port":["1"]}'`,
    ],
    [`--allowlist '{"verdict":["ERROR"]}'`, "--port 1", "--port 1 --verdict ERROR"],
    [
      `--allowlist '{"interface":[{"index":3}]}'`,
      "--verdict ERROR",
      `--allowlist '{"verdict":["ERROR"],"interface":[{"index":3}]}'`,
    ],
    // A line that is more than terms is written anew.
    ["$ hubble observe -n a -o json | jq .", "--to-port 53", "--namespace a --to-port 53"],
    ["--pod a --not", "--to-port 53", "--pod a --to-port 53"],
    ["--pod a # there", "--to-port 53", "--pod a --to-port 53"],
    ["--to-port", "--to-port 53", "--to-port 53"],
    ["--pod 'a", "--to-port 53", "--pod a --to-port 53"],
  ];
  for (const [line, added, result] of cases) {
    test(`${line} + ${added}`, () => {
      assert.equal(addTerm(line, term(added)), result);
    });
  }

  test("one is taken away", () => {
    const removed = (line: string) =>
      readFilterLine(line, now).terms.map(({ range }) => removeTerm(line, range));
    assert.deepEqual(removed("--pod 'a'  --not --to-port 53  -f"), [
      "--not --to-port 53  -f",
      "--pod 'a' -f",
      "--pod 'a'  --not --to-port 53",
    ]);
    assert.deepEqual(removed("-4f"), ["--follow", "-4"]);
    assert.deepEqual(removed("--not --last 5 --pod a"), ["--not --pod a", "--last 5"]);
    assert.deepEqual(removed("hubble observe --pod a -f"), ["--follow", "--pod a"]);
  });
});

test("chips say what terms are, also those given as JSON", () => {
  const line =
    `--pod a/b --not --to-port 53 -f --policy p --denylist '{"source_pod":["a/"],"destination_port":["1"]}' ` +
    `--allowlist '{"source_workload":[{"name":"x/y"}]}'`;
  const chips = filterChips(readFilterLine(line, now).terms);
  assert.deepEqual(
    chips.map(({ label, negated, group, range, text }) => [
      label,
      negated,
      group,
      line.slice(range.start, range.end) === text,
    ]),
    [
      ["pod a/b", false, "filter", true],
      ["to-port 53", true, "filter", true],
      ["follow", false, "range", false],
      ["policy p", false, "ours", true],
      ["from-namespace a & to-port 1", true, "raw", true],
      ['allowlist {"source_workload":[{"name":"x/y"}]}', false, "raw", true],
    ],
  );
});

describe("a line is completed", () => {
  /** At the mark |: what is replaced, the first items, and what is wanted of those that were seen. */
  const cases: readonly (readonly [
    text: string,
    replaced: string,
    items: readonly string[],
    wanted?: string,
  ])[] = [
    ["|", "", ["--not ", "--pod ", "--from-pod "]],
    ["--pod a |", "", ["--not ", "--pod ", "--namespace "]],
    ["--ve|", "--ve", ["--verdict "]],
    ["ver|", "ver", ["--verdict ", "--ip-version "]],
    ["--pod a --ve|r --port 1", "--ver", ["--verdict", "--ip-version"]],
    ["-t|", "-t", ["--type ", "--to-pod ", "--to-namespace "]],
    ["drop|", "drop", ["--drop-reason-desc ", "--verdict DROPPED"]],
    ["--not |", "", ["--pod ", "--from-pod ", "--to-pod "]],
    ["--not ru|", "ru", []],
    ["--pod a --from-p|", "--from-p", ["--from-port ", "--from-pod "]],
    ["--verdict |", "", ["FORWARDED", "DROPPED", "ERROR"]],
    ["--verdict d|", "d", ["DROPPED"]],
    ["--verdict=d|", "d", ["DROPPED"]],
    ["--verdict 'd|'", "'d'", ["DROPPED"]],
    ["-td|", "d", ["drop"]],
    ["--type trace:to-s|", "trace:to-s", ["trace:to-stack"]],
    ["--type stack|", "stack", ["trace:to-stack", "trace:from-stack"]],
    ["--tcp-flags SYN,a|", "a", ["ACK"]],
    ["--pod |", "", [], "pod "],
    ["--pod def|ault/x --port 1", "default/x", [], "pod def"],
    ["--pod 'my p|", "'my p", [], "pod my p"],
    ["--pod 'my| --to-port '1'", "'my", [], "pod my"],
    ["--label app=web,ti|", "ti", [], "label ti"],
    ["--label 'app in (a,b|", "'app in (a,b", [], "label app in (a,b"],
    ["--identity |", "", ["host", "world", "unmanaged"], "identity "],
    ["--identity rem|", "rem", ["remote-node"], "identity rem"],
    ["--policy sh|", "sh", [], "policy sh"],
    ["--since |", "", ["1m", "5m", "1h"]],
    ["--allowlist |", "", []],
    ["$ hubble observe --verdict D|", "D", ["DROPPED"]],
    ["--pod a | |", "", []],
  ];
  for (const [marked, replaced, items, wanted] of cases) {
    test(marked, () => {
      const offset = marked.lastIndexOf("|");
      const text = marked.slice(0, offset) + marked.slice(offset + 1);
      const completion = completeFilterLine(text, offset);
      assert.deepEqual(
        [
          text.slice(completion.range.start, completion.range.end),
          completion.items.slice(0, items.length === 0 ? 1 : items.length).map(({ insert }) => insert),
          completion.wanted && `${completion.wanted.kind} ${completion.wanted.prefix}`,
        ],
        [replaced, items, wanted],
      );
    });
  }

  test("what cannot be combined comes last, and says why", () => {
    const { items } = completeFilterLine("--pod a --from-p", 16);
    assert.deepEqual(items.at(-1), {
      label: "--from-pod",
      insert: "--from-pod ",
      detail: "Cannot be combined with --pod",
    });
  });
});

describe("a selection is said by terms, and by a command of the CLI", () => {
  const cases: readonly (readonly [
    line: string,
    terms: string,
    command: string,
    ...cannotSay: readonly string[],
  ])[] = [
    ["", "", ""],
    ["-n shop --not --port 53", "--namespace shop --not --port 53", "--namespace shop --not --port 53"],
    [
      "-A -4 --encrypted",
      "--all-namespaces --ip-version v4 --encrypted",
      "--all-namespaces --ip-version v4 --encrypted",
    ],
    [
      "--label 'app in (a, b)' --uuid \"it's\"",
      "--label 'app in (a, b)' --uuid 'it'\\''s'",
      "--label 'app in (a, b)' --uuid 'it'\\''s'",
    ],
    [
      "--from-namespace a --service x",
      `--allowlist '{"source_service":["a/x"]}' --allowlist '{"source_pod":["a/"],"destination_service":["x"]}'`,
      `--allowlist '{"source_service":["a/x"]}' --allowlist '{"source_pod":["a/"],"destination_service":["x"]}'`,
    ],
    [
      "--reply --pod a --not --dns-query x",
      "--pod a --reply --not --dns-query x",
      `--allowlist '{"source_pod":["a"],"reply":[true]}' --allowlist '{"destination_pod":["a"],"reply":[true]}' --denylist '{"dns_query":["x"]}'`,
    ],
    [
      "--last 5 --not --policy p --decision denied --not --lost --rule NetworkPolicy/a/p:spec.ingress[0] -t drop",
      "--type drop --not --policy p --decision denied --not --lost --rule 'NetworkPolicy/a/p:spec.ingress[0]' --last 5",
      "--type drop --last 5",
      "--not --policy p",
      "--decision denied",
      "--not --lost",
      "--rule 'NetworkPolicy/a/p:spec.ingress[0]'",
    ],
    [
      "--since 2027-01-15T08:00:00.5Z -f",
      "--since 2027-01-15T08:00:00.5Z --follow",
      "--since 2027-01-15T08:00:00.5Z --follow",
    ],
    ["--last 18446744073709551615", "--last 18446744073709551616", "--last 18446744073709551616"],
    ["--allowlist '{}'", "--allowlist '{}'", "--allowlist '{}'"],
    [
      "--interface eth0 --tcp-flags SYN,ACK --http-header a:b:c",
      "--interface eth0 --http-header a:b:c --tcp-flags ACK,SYN",
      "--interface eth0 --http-header a:b:c --tcp-flags ACK,SYN",
    ],
  ];
  for (const [line, terms, command, ...cannotSay] of cases) {
    test(line, () => {
      const { selection } = readFilterLine(line, now);
      assert.equal(writeFilterLine(selectionToTerms(selection)), terms);
      const said = hubbleCommand(selection);
      assert.deepEqual(said, { command: `hubble observe ${command}`.trim(), cannotSay });
    });
  }

  const connections: readonly (readonly [HubbleCommandOptions, string])[] = [
    [{ server: "localhost:4245" }, "hubble observe --server localhost:4245"],
    [{ server: "[::1]:4245", output: "jsonpb" }, "hubble observe --server '[::1]:4245' -o jsonpb"],
    [{ context: "kind prod", server: "x:1" }, "hubble observe -P --kube-context 'kind prod'"],
    [
      { context: "k", namespace: "cilium", range: { all: true } },
      "hubble observe -P --kube-context k --kube-namespace cilium --all",
    ],
    [{ namespace: "cilium" }, "hubble observe -P --kube-namespace cilium"],
    [{ namespace: "kube-system" }, "hubble observe -P"],
    [{ context: "k", namespace: "kube-system" }, "hubble observe -P --kube-context k"],
  ];
  for (const [options, command] of connections) {
    test(command, () => {
      assert.equal(hubbleCommand({ whitelist: [], blacklist: [] }, options).command, command);
    });
  }

  test("the stretch of the view is asked for where the filter does not say another one", () => {
    const range = { all: true };
    const command = (line: string) => hubbleCommand(readFilterLine(line, now).selection, { range }).command;
    assert.deepEqual(
      [command("-f"), command("--last 5"), command("--pod a")],
      ["hubble observe --all --follow", "hubble observe --last 5", "hubble observe --pod a --all"],
    );
  });
});

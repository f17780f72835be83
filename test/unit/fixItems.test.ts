import assert from "node:assert/strict";
import test from "node:test";
import { readPolicies } from "../../src/policy/readPolicies.ts";
import { type FixEdit, fixItems, plainEdits } from "../../src/ui/editor/fixItems.ts";
import { untranslated as t } from "../../src/ui/translate.ts";

const policy = `apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata:
  name: p
  namespace: shop
spec:
  endpointSelector: { matchLabels: { a: y } }
  ingress:
    - fromEndpoint: [{ matchLabels: { a: 1, b: yes } }]
      toPorts:
        - ports: [{ port: 80 }]
          rules: { http: [{ method: GET }] }
`;

const { problems } = readPolicies(policy);

function offered(marked: string, text = policy): readonly string[] {
  const start = text.indexOf(marked);
  assert.notEqual(start, -1);
  const at = { text: (range: { start: number; end: number }) => text.slice(range.start, range.end) };
  const within = { start, end: start + marked.length };
  return fixItems(readPolicies(text).problems, { ...at, within }, t).map(({ title }) => title);
}

function applied(text: string, edits: readonly FixEdit[]): string {
  let result = text;
  for (const { range, text: fix } of [...edits].reverse()) {
    result = result.slice(0, range.start) + fix + result.slice(range.end);
  }
  return result;
}

const rows: readonly (readonly [marked: string, titles: readonly string[]])[] = [
  ["metadata", []],
  ["shop", ["Remove namespace: shop"]],
  ["fromEndpoint", ["Change to fromEndpoints"]],
  ["y }", [`Change to "y"`]],
  ["80", [`Change to "80"`, "Add protocol: TCP"]],
];

for (const [marked, titles] of rows) {
  test(`what is offered at ${marked}`, () => {
    assert.deepEqual(offered(marked), titles);
  });
}

test("what is wrong more than once is offered to be mended everywhere", () => {
  const two = policy.replace("{ port: 80 }", "{ port: 80 }, { port: 443 }");
  assert.deepEqual(offered("port: 443", two), [
    `Change to "443"`,
    "Add protocol: TCP",
    "Mend all 2 of this kind in the file (unquoted-text)",
    "Mend all 2 of this kind in the file (l7-without-tcp)",
  ]);
});

test("all that can mean one thing only is mended at once, and nothing else", () => {
  const spelt = policy.replace("fromEndpoint:", "fromEndpoints:");
  const after = applied(spelt, plainEdits(readPolicies(spelt).problems));
  assert.equal(
    after,
    spelt
      .replace("a: y", `a: "y"`)
      .replace("a: 1, b: yes", `a: "1", b: "yes"`)
      .replace("port: 80", `port: "80"`),
  );
});

test("mends that touch each other are not made at once", () => {
  const [first] = problems.filter(({ fix }) => fix !== undefined);
  assert.ok(first);
  const twice = [first, { ...first, code: "wrong-type" }, { ...first, code: "unquoted-text" }];
  assert.equal(plainEdits(twice).length, 1);
});

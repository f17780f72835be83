import assert from "node:assert/strict";
import test from "node:test";
import { looksLikePolicy, maxPolicyTextLength, policyHeads } from "../../src/ui/editor/policyHeads.ts";
import { shiftOffset, type TextChange } from "../../src/ui/editor/shiftOffset.ts";

/** The heads are where the text says «. */
function checkHeads(marked: string): void {
  const parts = marked.split("«");
  const text = parts.join("");
  const expected = parts.slice(0, -1).map((_, index) => parts.slice(0, index + 1).join("").length);
  assert.deepEqual(policyHeads(text), expected, marked);
}

test("heads stand on the spec of each document that looks like a policy", () => {
  checkHeads("kind: CiliumNetworkPolicy\nmetadata:\n  name: a\n«spec:\n  ingress: []\n");
  checkHeads("kind: x\n---\nkind: NetworkPolicy # one\n«spec: {}\n---\nkind: Service\nspec: {}\n");
  checkHeads(
    "kind: CiliumClusterwideNetworkPolicy\r\n«specs:\r\n- {}\r\n---\r\nkind: 'CiliumNetworkPolicy'\r\n«spec: {}\r\n",
  );
});

test("a policy without a spec has its head on its first line with content", () => {
  checkHeads("# about\n\n«apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n");
});

test("what only speaks of policies has no heads", () => {
  for (const text of [
    "",
    "kind: Deployment\n",
    "# kind: CiliumNetworkPolicy\n",
    "text: 'kind: NetworkPolicy of ours'\n",
  ]) {
    assert.deepEqual(policyHeads(text), [], text);
  }
});

test("a text that nobody wrote by hand is left alone", () => {
  const text = `kind: NetworkPolicy\n${"#".repeat(maxPolicyTextLength)}`;
  assert.equal(looksLikePolicy(text), false);
  assert.equal(looksLikePolicy(text.slice(0, maxPolicyTextLength)), true);
});

test("offsets move along with what is typed before them", () => {
  const cases: readonly [offset: number, changes: readonly TextChange[], expected: number][] = [
    [10, [], 10],
    [10, [{ rangeOffset: 2, rangeLength: 0, text: "abc" }], 13],
    [10, [{ rangeOffset: 2, rangeLength: 4, text: "" }], 6],
    [10, [{ rangeOffset: 10, rangeLength: 0, text: "\n" }], 11],
    [10, [{ rangeOffset: 11, rangeLength: 5, text: "abc" }], 10],
    // Formatted as a whole: the place is most likely near.
    [10, [{ rangeOffset: 0, rangeLength: 40, text: "x".repeat(42) }], 10],
    [10, [{ rangeOffset: 0, rangeLength: 40, text: "x" }], 1],
    [
      10,
      [
        { rangeOffset: 8, rangeLength: 0, text: "12" },
        { rangeOffset: 0, rangeLength: 1, text: "" },
      ],
      11,
    ],
  ];
  for (const [offset, changes, expected] of cases) assert.equal(shiftOffset(offset, changes), expected);
});

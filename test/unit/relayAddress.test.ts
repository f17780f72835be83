import assert from "node:assert/strict";
import { test } from "node:test";
import { formatRelayAddress, parseRelayAddress } from "../../src/hubble/relayAddress.ts";

/** What is typed, and how it is written back; `undefined` where it is no address. */
const addresses: readonly [string, string | undefined][] = [
  ["localhost:4245", "localhost:4245"],
  [" relay.example.com ", "relay.example.com:4245"],
  ["tcp://10.0.0.1:80", "10.0.0.1:80"],
  ["[::1]:4245", "[::1]:4245"],
  ["[fd00::1]", "[fd00::1]:4245"],
  ["", undefined],
  ["localhost:", undefined],
  ["localhost:0", undefined],
  ["localhost:65536", undefined],
  ["localhost:http", undefined],
  ["::1", undefined],
  ["http://localhost:80", undefined],
  ["localhost:80/path", undefined],
  ["user@localhost:80", undefined],
  ["two words:80", undefined],
];

for (const [text, expected] of addresses) {
  test(`address “${text}”`, () => {
    const parsed = parseRelayAddress(text);
    assert.equal(parsed && formatRelayAddress(parsed), expected);
  });
}

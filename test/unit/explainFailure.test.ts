import assert from "node:assert/strict";
import { test } from "node:test";
import { explainFailure } from "../../src/hubble/explainFailure.ts";
import { type GrpcFailure, grpcCodes } from "../../src/hubble/grpcStatus.ts";
import type { RelayError } from "../../src/hubble/relayError.ts";

const cause = new Error("underneath");

function explain(failure: Partial<GrpcFailure>): Promise<RelayError> {
  const whole = { code: grpcCodes.INTERNAL, details: "", answered: false, foreign: false, cause, ...failure };
  return explainFailure(whole, "relay:80", () => Promise.resolve({ kind: "http2" }));
}

const begin = "The relay at relay:80 answered with an error: ";
const away = "The relay at relay:80 cannot be reached: ";
const words: readonly (readonly [Partial<GrpcFailure>, string])[] = [
  [{ details: "not for you" }, `${begin}not for you`],
  [{ details: "" }, `${begin}INTERNAL`],
  [{ details: "one\r\n\ttwo" }, `${begin}one two`],
  [{ details: "\u001b[31mred\u001b[0m\u0007" }, `${begin}[31mred [0m`],
  [{ details: "\n" }, `${begin}INTERNAL`],
  [{ details: "x".repeat(10_000) }, `${begin}${"x".repeat(300)}…`],
  [{ code: grpcCodes.UNAVAILABLE, details: "no\u0000body home" }, `${away}no body home.`],
];
for (const [failure, message] of words) {
  test(`what the other side says is fit to be read: ${JSON.stringify(failure).slice(0, 60)}`, async () => {
    assert.equal((await explain(failure)).message, message);
  });
}

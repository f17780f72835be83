import assert from "node:assert/strict";
import test from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { create, toBinary } from "@bufbuild/protobuf";
import { EndpointSchema } from "../../src/hubble/gen/flow/flow_pb.js";
import { wireReaders } from "../../src/hubble/wireReaders.ts";

/** The endpoint of a pod with such labels, as it is read of its bytes. */
function readWith(labels: string[]) {
  return wireReaders.endpoint(toBinary(EndpointSchema, create(EndpointSchema, { podName: "pod", labels })));
}

test("labels are read as they are, whether others have them, or are short, or not", () => {
  const texts = [
    "",
    "k8s:app=shop",
    "k8s:ü=漢",
    "x".repeat(255),
    "x".repeat(256),
    "x".repeat(257),
    "é".repeat(200),
  ];
  for (const labels of [texts, texts.toReversed()]) assert.deepEqual(readWith(labels).labels, labels);
});

test("what is shared among endpoints holds little memory, whatever is sent", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const held = () => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = held();
  for (let index = 0; index < 1000; index++) readWith([String(index).padEnd(50_000, "x")]);
  const more = held() - before;
  assert.ok(more < 10_000_000, `${more} bytes more`);
});

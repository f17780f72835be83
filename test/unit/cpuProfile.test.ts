import assert from "node:assert/strict";
import { test } from "node:test";
import { summarizeProfile } from "../bench/cpuProfile.ts";

test("a profile is added up by function, file and folder, without what was idle", () => {
  const frames = [
    ["(idle)", "", -1],
    ["(garbage collector)", "", -1],
    ["scan", "file:///home/me/lens/src/hubble/flowScanner.ts", 9],
    ["", "file:///home/me/lens/src/hubble/wire.ts", 0],
    ["scan", "file:///home/me/lens/src/hubble/flowScanner.ts", 9],
    ["read", "node:net", 4],
    ["create", "file:///home/me/lens/node_modules/@bufbuild/protobuf/dist/create.js", 6],
  ] as const;
  const summary = summarizeProfile(
    {
      nodes: frames.map(([functionName, url, lineNumber], index) => ({
        id: index + 1,
        callFrame: { functionName, url, lineNumber },
      })),
      samples: [1, 2, 3, 4, 5, 6, 7, 1],
      timeDeltas: [1000, 900, 10, 20, 3, 40, 5, 6],
    },
    "/home/me/lens",
  );
  assert.deepEqual(summary, {
    us: 84,
    functions: [
      { name: "scan  src/hubble/flowScanner.ts:10", us: 60 },
      { name: "(garbage collector)", us: 10 },
      { name: "create  node_modules/@bufbuild/protobuf/dist/create.js:7", us: 6 },
      { name: "read  node:net:5", us: 5 },
      { name: "(anonymous)  src/hubble/wire.ts:1", us: 3 },
    ],
    files: [
      { name: "src/hubble/flowScanner.ts", us: 60 },
      { name: "(garbage collector)", us: 10 },
      { name: "node_modules/@bufbuild/protobuf/dist/create.js", us: 6 },
      { name: "node:net", us: 5 },
      { name: "src/hubble/wire.ts", us: 3 },
    ],
    folders: [
      { name: "src/hubble", us: 63 },
      { name: "(garbage collector)", us: 10 },
      { name: "node_modules/@bufbuild/protobuf", us: 6 },
      { name: "node:", us: 5 },
    ],
  });
});

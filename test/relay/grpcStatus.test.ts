import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, suite, test } from "node:test";
import { Client, credentials, status } from "@grpc/grpc-js";
import { type GrpcCall, runGrpcCall } from "../../src/hubble/grpcCall.ts";
import { grpcCodeName, grpcCodes, type GrpcFailure } from "../../src/hubble/grpcStatus.ts";
import { StreamingCalls } from "../../src/hubble/streamingCalls.ts";
import { type FrameCall, frameRelay, framed } from "../support/frameRelay.ts";
import { watchLeaks } from "../support/leakCheck.ts";

type CodeName = keyof typeof grpcCodes;

/** How a server answers, and what must come of it: with our client and, unless it says otherwise, with grpc-js. */
interface Scenario {
  readonly name: string;
  readonly answer: (call: FrameCall) => void;
  readonly ends: readonly [code: CodeName, ...messages: readonly string[]];
  readonly details?: string;
  /** What the server's own words are to grpc-js, when it reads them differently. */
  readonly detailsOfGrpcJs?: string;
  /** How it ends with grpc-js, where ours is to end in another way, and why. */
  readonly grpcJs?: readonly [because: string, code: number | undefined];
  /** Must it be told as something that is no gRPC? With grpc-js only where there is a body. */
  readonly foreign?: boolean;
}

const grpc = { ":status": "200", "content-type": "application/grpc" };
const page = { "content-type": "text/html" };
const half = framed("half").subarray(0, 7);

function begun(call: FrameCall): void {
  call.headers(grpc);
  call.data(framed("a"));
}

function ended(call: FrameCall, trailers: Readonly<Record<string, string>>): void {
  begun(call);
  call.headers(trailers, true);
}

const codeNames = Object.keys(grpcCodes) as CodeName[];

const statuses: Scenario[] = codeNames.flatMap((code): Scenario[] => {
  const words = `this is ${code}`;
  const trailers = { "grpc-status": String(grpcCodes[code]), "grpc-message": words };
  const details = code === "OK" ? "" : words;
  return [
    {
      name: `${code} after a message`,
      answer: (call) => {
        ended(call, trailers);
      },
      ends: [code, "a"],
      details,
    },
    {
      name: `${code} and nothing else`,
      answer: (call) => {
        call.headers({ ...grpc, ...trailers }, true);
      },
      ends: [code],
      details,
    },
  ];
});

const httpStatuses: readonly (readonly [number, CodeName])[] = [
  [200, "UNKNOWN"],
  [301, "UNKNOWN"],
  [400, "INTERNAL"],
  [401, "UNAUTHENTICATED"],
  [403, "PERMISSION_DENIED"],
  [404, "UNIMPLEMENTED"],
  [418, "UNKNOWN"],
  [429, "UNAVAILABLE"],
  [500, "UNKNOWN"],
  [502, "UNAVAILABLE"],
  [503, "UNAVAILABLE"],
  [504, "UNAVAILABLE"],
];
const http: Scenario[] = httpStatuses.flatMap(([number, code]): Scenario[] => {
  const head = { ":status": String(number) };
  return [
    {
      name: `HTTP ${number} and nothing else`,
      answer: (call) => {
        call.headers(head, true);
      },
      ends: [code],
    },
    {
      name: `HTTP ${number} with a page`,
      answer: (call) => {
        call.headers({ ...head, ...page });
        call.data(Buffer.from("<h1>Hello</h1>"), true);
      },
      ends: [code],
      foreign: true,
      ...(number === 200 && { grpcJs: ["it takes the page for a message", status.RESOURCE_EXHAUSTED] }),
    },
    {
      name: `HTTP ${number} in gRPC, without a status`,
      answer: (call) => {
        call.headers({ ...head, "content-type": "application/grpc+proto" });
        call.data(framed("a"), true);
      },
      ends: [number === 200 ? "INTERNAL" : code, "a"],
    },
  ];
});

/** By HTTP/2's error code, from NO_ERROR to HTTP_1_1_REQUIRED. */
const resetCodes: readonly CodeName[] = [
  "INTERNAL",
  "INTERNAL",
  "INTERNAL",
  "INTERNAL",
  "INTERNAL",
  "INTERNAL",
  "INTERNAL",
  "UNAVAILABLE",
  "CANCELLED",
  "INTERNAL",
  "INTERNAL",
  "RESOURCE_EXHAUSTED",
  "PERMISSION_DENIED",
  "INTERNAL",
];
const resets: Scenario[] = resetCodes.flatMap((code, number): Scenario[] => [
  {
    name: `reset with ${number}, at once`,
    answer: (call) => {
      call.reset(number);
    },
    ends: [code],
  },
  {
    name: `reset with ${number}, after a message`,
    answer: (call) => {
      begun(call);
      call.reset(number);
    },
    ends: [code, "a"],
  },
  {
    name: `going away with ${number}`,
    answer: (call) => {
      begun(call);
      call.goAway(number);
      if (number === 0) call.headers({ "grpc-status": "0" }, true);
    },
    // Without an error, calls that run are to end as they would have.
    ends: [number === 0 ? "OK" : code, "a"],
  },
]);

const others: Scenario[] = [
  {
    name: "refused once",
    answer: (call) => {
      if (call.attempt === 1) call.reset(7);
      else ended(call, { "grpc-status": "0" });
    },
    ends: ["OK", "a"],
  },
  {
    name: "going away before it has looked at the call",
    answer: (call) => {
      if (call.attempt === 1) call.goAway(0, 0);
      else ended(call, { "grpc-status": "0" });
    },
    ends: ["OK", "a"],
  },
  {
    name: "trailers without a status",
    answer: (call) => {
      ended(call, { "x-nothing": "here" });
    },
    ends: ["UNKNOWN", "a"],
  },
  ...[
    ["99", 99],
    ["-1", -1],
    ["five", Number.NaN],
  ].map(
    ([value, grpcJs]): Scenario => ({
      name: `the status ${value}`,
      answer: (call) => {
        ended(call, { "grpc-status": String(value) });
      },
      ends: ["UNKNOWN", "a"],
      grpcJs: ["it hands on what is no status", Number(grpcJs)],
    }),
  ),
  ...[
    ["a b%20c", "a b c"],
    ["%E2%82%AC", "€"],
    ["50%25 of %zz%", "50% of %zz%", "50%25 of %zz%"],
    ["a%2Fb", "a/b", "a%2Fb"],
    ["%FF", "\ufffd", "%FF"],
    ["\u00e2\u0082\u00ac", "€", ""],
  ].map(
    ([value = "", details = "", detailsOfGrpcJs = details]): Scenario => ({
      name: `the words ${JSON.stringify(value)}`,
      answer: (call) => {
        ended(call, { "grpc-status": "5", "grpc-message": value });
      },
      ends: ["NOT_FOUND", "a"],
      details,
      detailsOfGrpcJs,
    }),
  ),
  {
    name: "early hints before the answer",
    answer: (call) => {
      call.headers({ ":status": "103" });
      ended(call, { "grpc-status": "0" });
    },
    ends: ["OK", "a"],
  },
  {
    name: "messages in single bytes",
    answer: (call) => {
      call.headers(grpc);
      for (const byte of Buffer.concat([framed("one"), framed(""), framed("two")]))
        call.data(Buffer.of(byte));
      call.headers({ "grpc-status": "0" }, true);
    },
    ends: ["OK", "one", "", "two"],
  },
  {
    name: "the connection broken in the middle of a message",
    answer: (call) => {
      begun(call);
      call.data(half);
      call.ping(() => call.socket.destroy());
    },
    ends: ["UNAVAILABLE", "a"],
  },
  {
    name: "the connection reset",
    answer: (call) => {
      begun(call);
      call.ping(() => call.socket.resetAndDestroy());
    },
    ends: ["UNAVAILABLE", "a"],
  },
  {
    name: "the connection ended before an answer",
    answer: (call) => {
      call.socket.end();
    },
    ends: ["UNAVAILABLE"],
  },
  {
    name: "the end of the answer in the middle of a message",
    answer: (call) => {
      begun(call);
      call.data(half, true);
    },
    ends: ["INTERNAL", "a"],
  },
  {
    name: "OK in the middle of a message",
    answer: (call) => {
      begun(call);
      call.data(half);
      call.headers({ "grpc-status": "0" }, true);
    },
    ends: ["INTERNAL", "a"],
    grpcJs: ["it does not say that something is missing", status.OK],
  },
  {
    name: "a compressed message",
    answer: (call) => {
      begun(call);
      call.data(framed("b", 1));
    },
    ends: ["INTERNAL", "a"],
    grpcJs: ["it fails without a code", undefined],
  },
  {
    name: "a message of an unknown kind",
    answer: (call) => {
      begun(call);
      call.data(framed("b", 2));
      call.headers({ "grpc-status": "0" }, true);
    },
    ends: ["INTERNAL", "a"],
    grpcJs: ["it takes it for one that is not compressed", status.OK],
  },
  ...[(64 << 20) + 1, 2 ** 32 - 1].map(
    (length): Scenario => ({
      name: `a message of ${length} bytes`,
      answer: (call) => {
        begun(call);
        call.data(framed("b", 0, length));
      },
      ends: ["RESOURCE_EXHAUSTED", "a"],
    }),
  ),
];

const noLeaks = watchLeaks();
after(noLeaks);

for (const [name, scenarios] of Object.entries({ statuses, http, resets, others })) {
  suite(`how a call ends: ${name}`, { concurrency: 4 }, () => {
    for (const scenario of scenarios) {
      test(scenario.name, async (t) => {
        const server = await frameRelay(t, scenario.answer);
        const [code, ...messages] = scenario.ends;
        const ours = await runOurs(server.port);
        assert.deepEqual([grpcCodeName(ours.code ?? -1), ...ours.messages], [code, ...messages]);
        assert.equal(ours.failure?.foreign ?? false, scenario.foreign ?? false);
        if (scenario.details !== undefined) assert.equal(ours.failure?.details ?? "", scenario.details);

        server.restart();
        const theirs = await runTheirs(server.port);
        assert.equal(theirs.code, scenario.grpcJs ? scenario.grpcJs[1] : ours.code, scenario.grpcJs?.[0]);
        if (!scenario.grpcJs) {
          const told = ({ messages, failure }: Outcome): unknown[] => [
            messages,
            failure?.answered,
            failure?.foreign,
          ];
          assert.deepEqual(told(theirs), told(ours));
        }
        const details = scenario.detailsOfGrpcJs ?? scenario.details;
        if (details !== undefined) assert.equal(theirs.failure?.details ?? "", details);
      });
    }
  });
}

test("gRPC's codes are numbered as in grpc-js", () => {
  assert.deepEqual(
    Object.entries(grpcCodes),
    codeNames.map((name) => [name, status[name]]),
  );
});

interface Outcome {
  readonly code: number | undefined;
  readonly failure: GrpcFailure | undefined;
  readonly messages: readonly string[];
}

const call: GrpcCall = {
  path: "/observer.Observer/GetFlows",
  request: Uint8Array.of(1),
  connectTimeoutMs: 5_000,
  signals: [],
};

async function runOurs(port: number): Promise<Outcome> {
  const calls = new StreamingCalls({
    createConnection: () => connect(port, "127.0.0.1"),
    authority: `127.0.0.1:${port}`,
  });
  const outcome = await outcomeOf((onMessage) => calls.run(call, onMessage));
  calls.dispose();
  return outcome;
}

async function runTheirs(port: number): Promise<Outcome> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    "grpc.max_receive_message_length": 64 << 20,
    "grpc.use_local_subchannel_pool": 1,
  });
  const outcome = await outcomeOf((onMessage) => runGrpcCall(client, call, onMessage));
  client.close();
  return outcome;
}

async function outcomeOf(
  run: (onMessage: (raw: Uint8Array) => void) => Promise<GrpcFailure | undefined>,
): Promise<Outcome> {
  const messages: string[] = [];
  const failure = await run((raw) => messages.push(Buffer.from(raw).toString()));
  return { code: failure ? failure.code : grpcCodes.OK, failure, messages };
}

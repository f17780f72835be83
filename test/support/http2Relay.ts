import { once } from "node:events";
import {
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { type AddressInfo, connect } from "node:net";
import type { TestContext } from "node:test";
import type { GrpcSessionOptions } from "../../src/hubble/grpcSession.ts";
import { grpcCodeName } from "../../src/hubble/grpcStatus.ts";
import { type StreamingCall, StreamingCalls } from "../../src/hubble/streamingCalls.ts";
import { framed } from "./frameRelay.ts";

/** A server of HTTP/2 for one test, and what it has seen. */
export interface Http2Relay {
  readonly port: number;
  readonly sessions: ServerHttp2Session[];
  readonly requests: IncomingHttpHeaders[];
}

type Answer = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

/** Starts a server on loopback that is gone after the test and answers each call as told. */
export async function serveHttp2(
  t: TestContext,
  answer: Answer,
  server: Http2Server | Http2SecureServer = createServer(),
): Promise<Http2Relay> {
  const sessions: ServerHttp2Session[] = [];
  const requests: IncomingHttpHeaders[] = [];
  server.on("session", (session: ServerHttp2Session) => {
    sessions.push(session);
    session.on("error", () => undefined);
  });
  server.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    requests.push(headers);
    stream.on("error", () => undefined);
    answer(stream, headers);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    for (const session of sessions) session.destroy();
  });
  return { port: (server.address() as AddressInfo).port, sessions, requests };
}

/** A client of ours that is disposed after the test; connects to the port unless the options say otherwise. */
export function callsTo(
  t: TestContext,
  port: number,
  options: Partial<GrpcSessionOptions> = {},
): StreamingCalls {
  const calls = new StreamingCalls({
    createConnection: () => connect(port, "127.0.0.1"),
    authority: `127.0.0.1:${port}`,
    ...options,
  });
  t.after(() => {
    calls.dispose();
  });
  return calls;
}

/** A call like that for flows, which a signal may end. */
export function callWith(signal?: AbortSignal, more: Partial<StreamingCall> = {}): StreamingCall {
  return {
    path: "/observer.Observer/GetFlows",
    request: Buffer.from("which flows"),
    connectTimeoutMs: 5_000,
    signals: signal ? [signal] : [],
    ...more,
  };
}

/** Runs a call to its end; says how it ended and what came; `messages` is filled as they come. */
export async function runCall(
  calls: StreamingCalls,
  call = callWith(),
  messages: string[] = [],
): Promise<[code: string, ...messages: string[]]> {
  const failure = await calls.run(call, (raw) => messages.push(Buffer.from(raw).toString()));
  return [failure ? grpcCodeName(failure.code) : "OK", ...messages];
}

/** The headers of an answer in gRPC. */
export const grpcHeaders = { ":status": 200, "content-type": "application/grpc" };

/** Answers with these messages, and goes on; ends well when the stream is ended. */
export function begin(stream: ServerHttp2Stream, ...messages: string[]): void {
  stream.respond(grpcHeaders, { waitForTrailers: true });
  stream.on("wantTrailers", () => {
    stream.sendTrailers({ "grpc-status": "0" });
  });
  for (const message of messages) stream.write(framed(message));
}

/** Answers with these messages, and well. */
export function finish(stream: ServerHttp2Stream, ...messages: string[]): void {
  begin(stream, ...messages);
  stream.end();
}

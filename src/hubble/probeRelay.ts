import { connect } from "node:net";
import type { Duplex } from "node:stream";
import type { RelayAddress } from "./relayAddress.ts";

/** What answers at an address, found out by saying hello in HTTP/2. */
export type Probe =
  | { readonly kind: "http2" }
  /** Something answered, but not in HTTP/2. */
  | { readonly kind: "other-protocol"; readonly answer: string }
  | { readonly kind: "unreachable"; readonly cause: unknown }
  /** The connection was made and closed again without a byte: so does a server that expects TLS. */
  | { readonly kind: "closed" }
  /** The connection was made, and nothing came. */
  | { readonly kind: "silent" };

/** HTTP/2's connection preface and an empty SETTINGS frame (RFC 9113, 3.4 and 6.5). */
const hello = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1"),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);
const frameHeaderBytes = 9;
const settingsType = 4;

/** Opens a connection, says hello, and closes it again. Never rejects; an abort ends it as `silent`. */
export function probeRelay(open: () => Duplex | Promise<Duplex>, signal: AbortSignal): Promise<Probe> {
  return new Promise((resolve) => {
    const finish = (probe: Probe): void => {
      signal.removeEventListener("abort", onAbort);
      resolve(probe);
    };
    const onAbort = (): void => {
      finish({ kind: "silent" });
    };
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
    Promise.resolve()
      .then(open)
      .then((stream) => sayHello(stream, signal))
      .then(finish, (cause: unknown) => {
        finish({ kind: "unreachable", cause });
      });
  });
}

/** Resolves when the answer, or the lack of one, is plain; closes the stream then, and when the signal says so. */
function sayHello(stream: Duplex, signal: AbortSignal): Promise<Probe> {
  return new Promise((resolve) => {
    let received = Buffer.alloc(0);
    const finish = (probe: Probe): void => {
      signal.removeEventListener("abort", onAbort);
      stream.destroy();
      resolve(received.length > 0 ? judge(received) : probe);
    };
    const onAbort = (): void => {
      finish({ kind: "silent" });
    };
    signal.addEventListener("abort", onAbort);
    stream.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length >= frameHeaderBytes) finish({ kind: "silent" });
    });
    stream.on("error", (cause) => {
      finish({ kind: "unreachable", cause });
    });
    stream.on("end", () => {
      finish({ kind: "closed" });
    });
    stream.on("close", () => {
      finish({ kind: "closed" });
    });
    if (signal.aborted) onAbort();
    else stream.write(hello);
  });
}

/** A TCP connection to an address, connected or failing; ends with the signal. */
export function connectTcp(address: RelayAddress, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address.host, port: address.port, signal });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}

/** A server's first frame is a SETTINGS frame of stream 0. */
function judge(received: Buffer): Probe {
  const isSettings =
    received.length >= frameHeaderBytes && received[3] === settingsType && received.readUInt32BE(5) === 0;
  if (isSettings) return { kind: "http2" };
  const line = received.toString("latin1").split(/[\r\n]/, 1)[0] ?? "";
  return { kind: "other-protocol", answer: line.replaceAll(/[^\x20-\x7e]/g, ".").slice(0, 60) };
}

import type { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import { SpdyConnection, type SpdyStream } from "./spdyConnection.ts";

/** Which pod and ports a port-forward asks for. */
export interface ForwardRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly ports: readonly number[];
}

/** Where a pod's port really is. */
type PodPorts = ReadonlyMap<number, number>;

/**
 * The node's side of port-forwards: from a WebSocket (`v4.channel.k8s.io`: a byte for the channel, data 2i and error 2i+1, each
 * beginning with the port in two bytes) or from SPDY (kubectl's own), to TCP servers on loopback.
 */
export class FakeKubelet {
  readonly #pods = new Map<string, PodPorts>();
  /** What is open, with what breaks it. */
  readonly #open = new Map<object, () => void>();
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => (offered.has("v4.channel.k8s.io") ? "v4.channel.k8s.io" : false),
  });
  readonly #podExists: (namespace: string, pod: string) => boolean;
  /** How forwards have been asked for: "websocket", "spdy". */
  readonly forwards: string[] = [];
  /** What the node does to a forward: nothing, never answer, or send what is not of the protocol. */
  fault: "none" | "silent" | "text-message" | "unknown-channel" | "other-port" = "none";

  constructor(podExists: (namespace: string, pod: string) => boolean) {
    this.#podExists = podExists;
  }

  /** Lets a pod's port lead to a TCP server on loopback. */
  serve(pod: string, podPort: number, localPort: number): void {
    this.#pods.set(pod, new Map([[podPort, localPort]]));
  }

  forward(request: IncomingMessage, socket: Duplex, head: Buffer, asked: ForwardRequest): void {
    if (this.fault === "silent") return;
    const upgrade = request.headers.upgrade?.toLowerCase();
    const offered = request.headers["sec-websocket-protocol"] ?? "";
    if (upgrade === "spdy/3.1") this.#overSpdy(socket, asked);
    else if (upgrade === "websocket" && offered.includes("v4.channel.k8s.io")) {
      this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        this.#overWebSocket(webSocket, asked);
      });
    } else {
      socket.end("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
  }

  /** Ends every forward as a kubelet does that is restarted. */
  cutForwards(): void {
    for (const end of this.#open.values()) end();
  }

  stop(): void {
    this.cutForwards();
    this.#webSockets.close();
  }

  #overWebSocket(webSocket: WebSocket, asked: ForwardRequest): void {
    this.forwards.push("websocket");
    this.#keep(webSocket, () => {
      webSocket.terminate();
    });
    webSocket.on("error", () => {
      webSocket.terminate();
    });
    const [port = 0] = asked.ports;
    const greeting = Buffer.alloc(3);
    greeting.writeUInt16LE(this.fault === "other-port" ? port + 1 : port, 1);
    for (const channel of [0, 1]) {
      greeting[0] = channel;
      webSocket.send(Buffer.from(greeting));
    }
    if (this.fault === "text-message") webSocket.send("hello");
    if (this.fault === "unknown-channel") webSocket.send(Buffer.from([7, 1, 2, 3]));
    const pod = this.#connectToPod(asked, port);
    pod.on("data", (chunk: Buffer) => {
      pod.pause();
      webSocket.send(Buffer.concat([Buffer.from([0]), chunk]), () => pod.resume());
    });
    pod.on("end", () => {
      webSocket.close(1000);
    });
    pod.on("error", (error) => {
      webSocket.send(Buffer.concat([Buffer.from([1]), Buffer.from(dialError(asked, port, error))]));
      webSocket.close(1000);
    });
    webSocket.on("message", (message: RawData) => {
      const bytes = message as Buffer;
      // What comes after the pod's end is lost, and must not hold up the end of the forward.
      if (bytes[0] !== 0 || pod.destroyed || pod.write(bytes.subarray(1))) return;
      webSocket.pause();
      pod.once("drain", () => {
        webSocket.resume();
      });
    });
    pod.on("close", () => {
      webSocket.resume();
    });
    webSocket.on("close", () => pod.destroy());
  }

  #overSpdy(socket: Duplex, asked: ForwardRequest): void {
    this.forwards.push("spdy");
    this.#keep(socket, () => socket.destroy());
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: portforward.k8s.io\r\n\r\n",
    );
    // Of the two streams of a request, the error stream comes first.
    const errorStreams = new Map<string, SpdyStream>();
    const connection = new SpdyConnection(socket, (stream, headers) => {
      const request = headers.get("requestid") ?? "";
      if (headers.get("streamtype") === "error") {
        errorStreams.set(request, stream);
        return;
      }
      const port = Number(headers.get("port"));
      const pod = this.#connectToPod(asked, port);
      stream.pipe(pod).pipe(stream);
      pod.on("error", (error) => {
        errorStreams.get(request)?.end(dialError(asked, port, error));
        stream.end();
      });
      pod.on("end", () => errorStreams.get(request)?.end());
      socket.once("close", () => pod.destroy());
    });
    connection.run().catch(() => socket.destroy());
  }

  #connectToPod({ namespace, pod }: ForwardRequest, port: number): Socket {
    const local = this.#podExists(namespace, pod) ? this.#pods.get(pod)?.get(port) : undefined;
    // Port 1 of loopback: where nobody listens, as in a pod without that port.
    const socket = connect({ host: "127.0.0.1", port: local ?? 1, noDelay: true });
    this.#keep(socket, () => socket.destroy());
    return socket;
  }

  #keep(opened: EventEmitter, end: () => void): void {
    this.#open.set(opened, end);
    opened.once("close", () => this.#open.delete(opened));
  }
}

function dialError({ pod }: ForwardRequest, port: number, error: Error): string {
  return `error forwarding port ${port} to pod ${pod}: failed to connect to localhost:${port}: ${error.message}`;
}

import { createServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Disposable } from "../base/disposable.ts";
import type { Logger } from "../base/logger.ts";

/** A listener on loopback that leads to streams made on demand: grpc-js only takes addresses. */
export interface LoopbackBridge extends Disposable {
  readonly port: number;
}

/** Listens on 127.0.0.1 on a free port; each connection gets a stream of its own and ends with it. */
export function openLoopbackBridge(
  createConnection: () => Duplex | Promise<Duplex>,
  logger: Logger,
): Promise<LoopbackBridge> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    join(socket, createConnection).catch((error: unknown) => {
      logger.debug("relay", `connection ended: ${error instanceof Error ? error.message : String(error)}`);
      socket.destroy();
    });
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const bound = server.address();
      if (bound === null || typeof bound === "string") {
        reject(new Error("the listener has no port"));
        return;
      }
      resolve({
        port: bound.port,
        dispose: () => {
          server.close();
          for (const socket of open) socket.destroy();
        },
      });
    });
  });
}

async function join(socket: Socket, createConnection: () => Duplex | Promise<Duplex>): Promise<void> {
  // Until the pipes hold it, an error only means that the socket closes.
  socket.on("error", () => socket.destroy());
  const stream = await createConnection();
  if (socket.destroyed) {
    stream.destroy();
    return;
  }
  try {
    await Promise.all([pipeline(socket, stream), pipeline(stream, socket)]);
  } finally {
    stream.destroy();
    socket.destroy();
  }
}

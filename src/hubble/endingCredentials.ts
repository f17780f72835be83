import type { ChannelCredentials } from "@grpc/grpc-js";
import type { Socket } from "node:net";

/** Credentials whose sockets can be ended, whatever state their connection is in. */
export interface EndingCredentials {
  readonly credentials: ChannelCredentials;
  /** Destroys every socket made with them, now and from now on. */
  end(): void;
}

/**
 * Watches the sockets of one client: grpc-js forgets one whose server has not said anything yet, even when the client is
 * closed, and it would stay open for as long as that server likes. `credentials` must be used by nobody else.
 */
export function endingCredentials(credentials: ChannelCredentials): EndingCredentials {
  const sockets = new Set<Socket>();
  let ended = false;
  const create = credentials._createSecureConnector.bind(credentials);
  credentials._createSecureConnector = (target, options, callCredentials) => {
    const connector = create(target, options, callCredentials);
    return {
      connect: (socket) => {
        sockets.add(socket);
        socket.once("close", () => sockets.delete(socket));
        if (ended) socket.destroy();
        return connector.connect(socket);
      },
      waitForReady: () => connector.waitForReady(),
      getCallCredentials: () => connector.getCallCredentials(),
      destroy: () => {
        // The client is closed. What has answered is closed by HTTP/2 when its last call ends.
        for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
        connector.destroy();
      },
    };
  };
  return {
    credentials,
    end: () => {
      ended = true;
      for (const socket of sockets) socket.destroy();
    },
  };
}

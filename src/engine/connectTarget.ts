import { DisposableStore, type Disposable } from "../base/disposable.ts";
import type { Logger } from "../base/logger.ts";
import { parseRelayAddress } from "../hubble/relayAddress.ts";
import { openRelayClient, type RelayClient } from "../hubble/relayClient.ts";
import { RelayError } from "../hubble/relayError.ts";
import type { ConnectStep, Target } from "../protocol/session.ts";

/** A relay that can be asked, with everything that the way to it holds open. */
export interface RelayConnection extends Disposable {
  readonly client: RelayClient;
}

export interface ConnectOptions {
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** For each answer of the relay that is not a stream. */
  readonly answerMs: number;
  readonly onStep: (step: ConnectStep) => void;
}

/** Opens the way to a target's relay; throws a `RelayError`, a `ClusterError`, or the signal's reason. */
export async function connectTarget(target: Target, options: ConnectOptions): Promise<RelayConnection> {
  const held = new DisposableStore();
  try {
    const client = await openClient(target, held, options);
    return {
      client,
      dispose: () => {
        held.dispose();
      },
    };
  } catch (error) {
    held.dispose();
    throw error;
  }
}

async function openClient(
  target: Target,
  held: DisposableStore,
  options: ConnectOptions,
): Promise<RelayClient> {
  const { logger, answerMs } = options;
  const timeouts = { logger, connectTimeoutMs: answerMs, answerTimeoutMs: answerMs };
  switch (target.kind) {
    case "address":
    case "demo": {
      const address = checkAddress(target.address);
      return held.add(openRelayClient({ address, ...timeouts }));
    }
    case "kubernetes": {
      // Heavy, and only needed here.
      const { openRelayPath } = await import("../cluster/openRelayPath.ts");
      const path = held.add(await openRelayPath(target, options));
      const createConnection = () => path.createConnection();
      return held.add(openRelayClient({ address: path.description, createConnection, ...timeouts }));
    }
  }
}

/** A port is asked for: whoever types only a name more likely meant something else. */
function checkAddress(text: string): string {
  const address = text.trim();
  if (parseRelayAddress(address) && /:\d+$/.test(address)) return address;
  throw new RelayError(
    "bad-address",
    `“${address}” is not the address of a relay. Write host:port, for example localhost:4245 or [::1]:4245.`,
  );
}

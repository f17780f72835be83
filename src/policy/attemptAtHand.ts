import { layer4Protocols, trafficDirections } from "../flows/flow.ts";
import type { FlowStore } from "../flows/flowStore.ts";
import type { ConnectionCache } from "./connectionCache.ts";
import type { Connection } from "./connection.ts";
import { connectionAt } from "./connectionAt.ts";
import type { Mismatch } from "./mismatch.ts";
import { nearestMiss } from "./nearestMiss.ts";
import { peerNameOf, portNameOf } from "./peerName.ts";
import type { PolicySpec } from "./policy.ts";
import type { PolicySet } from "./policySet.ts";
import type { CountedAttempt, KeptAttempt } from "./tallyCounters.ts";

const ingress = trafficDirections.indexOf("INGRESS");

/** The attempt of the row that is being counted: one object for all of them, which works out only what it is asked. */
export class AttemptAtHand implements CountedAttempt {
  slot = 0;
  readonly #set: PolicySet;
  readonly #store: FlowStore;
  readonly #connections: ConnectionCache;

  constructor(set: PolicySet, store: FlowStore, connections: ConnectionCache) {
    this.#set = set;
    this.#store = store;
    this.#connections = connections;
  }

  get peerName(): string {
    const { columns } = this.#store;
    const isIngress = columns.trafficDirection[this.slot] === ingress;
    const peer = (isIngress ? columns.source[this.slot] : columns.destination[this.slot]) ?? 0;
    const pod = this.#connections.endpoints.podName(peer);
    if (pod !== undefined) return pod;
    const { source, sourceIp, destination, destinationIp } = connectionAt(this.#store, this.slot);
    return isIngress ? peerNameOf(source, sourceIp) : peerNameOf(destination, destinationIp);
  }

  get portName(): string {
    const { columns } = this.#store;
    const protocol = layer4Protocols[columns.protocol[this.slot] ?? 0] ?? "";
    const port = columns.destinationPort[this.slot] ?? 0;
    return portNameOf(protocol === "" ? undefined : { protocol, port });
  }

  get named(): readonly string[] {
    return this.#connections.namesAt(this.slot);
  }

  kept(): KeptAttempt {
    return new MissedAttempt(this.#set, connectionAt(this.#store, this.slot));
  }
}

/** An attempt as it was, whatever the store holds by now. */
class MissedAttempt implements KeptAttempt {
  readonly #set: PolicySet;
  readonly #connection: Connection;
  readonly #misses = new Map<PolicySpec, Mismatch | undefined>();

  constructor(set: PolicySet, connection: Connection) {
    this.#set = set;
    this.#connection = connection;
  }

  /** Asked again for every snapshot, it answers once per spec. */
  missOf(spec: PolicySpec): Mismatch | undefined {
    if (!this.#misses.has(spec)) this.#misses.set(spec, nearestMiss(this.#set, spec, this.#connection));
    return this.#misses.get(spec);
  }
}

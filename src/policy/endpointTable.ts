import type { FlowStore } from "../flows/flowStore.ts";
import { unknownEndpoint } from "../flows/unknownFlow.ts";
import { type Connection, peerFactsOf } from "./connection.ts";
import type { CounterTree } from "./counterTree.ts";
import { knownEndpointsOf } from "./knownEndpoints.ts";
import { clusterKey } from "./labelSet.ts";
import { NumberTupleMap } from "./numberTupleMap.ts";
import { peerNameOf } from "./peerName.ts";
import type { PolicySet, Subjection } from "./policySet.ts";
import type { RuleSet } from "./ruleSet.ts";

/** Endpoints outside have many addresses: more are worked out anew. */
const maxAddresses = 1 << 16;

/** What is known of an endpoint that was met, as bits. */
const met = 1;
/** It is a pod, whose address does not matter. */
const pod = 2;
/** As a peer, it is told apart by its address. */
const byAddress = 4;
const host = 8;

/** The rules of a direction that endpoints are peers of, by the endpoints' numbers. */
interface PeerTable {
  /** One more than the number of the set; 0 is not known yet. */
  sets: Uint32Array;
  /** For a subject of which cluster. */
  clusters: Uint32Array;
}

/** A peer of a subject of some cluster; the address is 0 where it does not matter. */
interface AddressedPeer {
  readonly direction: Connection["direction"];
  readonly peer: number;
  readonly address: number;
  readonly cluster: number;
}

/**
 * What a set of policies makes of the endpoints of a store, by their numbers: worked out when an endpoint is first met, so
 * that a row of known endpoints costs a few look-ups in arrays.
 */
export class EndpointTable {
  readonly #set: PolicySet;
  readonly #tree: CounterTree;
  readonly #store: FlowStore;
  readonly #known: ReturnType<typeof knownEndpointsOf>;
  #flags = new Uint8Array(256);
  #subjections = new Uint32Array(256);
  /** Which cluster an endpoint is of, as a subject that says what is local. */
  #clusters = new Uint32Array(256);
  readonly #peers: Readonly<Record<Connection["direction"], PeerTable>> = {
    ingress: { sets: new Uint32Array(256), clusters: new Uint32Array(256) },
    egress: { sets: new Uint32Array(256), clusters: new Uint32Array(256) },
  };
  readonly #addressTuple = new Uint32Array(3);
  readonly #addresses = new NumberTupleMap(3);
  #addressSets: number[] = [];
  readonly #subjectionNumbers = new Map<Subjection, number>();
  readonly #setNumbers = new Map<RuleSet, number>();
  readonly #clusterNumbers = new Map<string, number>();
  /** By number; 0 is none. */
  readonly #clusterTexts: (string | undefined)[] = [undefined];

  constructor(set: PolicySet, tree: CounterTree, store: FlowStore) {
    this.#set = set;
    this.#tree = tree;
    this.#store = store;
    this.#known = knownEndpointsOf(store);
  }

  /** Forgets everything: the store's numbers have changed their meaning. */
  clear(): void {
    this.#flags.fill(0);
    this.#peers.ingress.sets.fill(0);
    this.#peers.egress.sets.fill(0);
    this.#addresses.clear();
    this.#addressSets = [];
    this.#subjectionNumbers.clear();
    this.#setNumbers.clear();
    this.#clusterNumbers.clear();
  }

  /** Meets an endpoint: the first time, tells the policies that select it. */
  meet(number: number): void {
    if (number >= this.#flags.length || this.#flags[number] === 0) this.#learn(number);
  }

  /** A byte for each of the store's endpoints, 0 for those that were not met; good until one is. */
  flags(): Uint8Array {
    if (this.#store.endpoints.size > this.#flags.length) this.#widen(this.#store.endpoints.size);
    return this.#flags;
  }

  isPod(number: number): boolean {
    return ((this.#flags[number] ?? 0) & pod) !== 0;
  }

  isHost(number: number): boolean {
    return ((this.#flags[number] ?? 0) & host) !== 0;
  }

  /** Equal for endpoints that the same specs select. */
  subjection(number: number): number {
    return this.#subjections[number] ?? 0;
  }

  /** What its pod is called; `undefined`: its name depends on its address. */
  podName(number: number): string | undefined {
    return this.#known.podName(number);
  }

  /** A number for the rules that the peer of a row is, or may be: of the rules for the row's direction. */
  peers(slot: number, direction: Connection["direction"]): number {
    const { columns } = this.#store;
    const isIngress = direction === "ingress";
    const peer = (isIngress ? columns.source[slot] : columns.destination[slot]) ?? 0;
    const subject = (isIngress ? columns.destination[slot] : columns.source[slot]) ?? 0;
    const cluster = this.#clusters[subject] ?? 0;
    if (((this.#flags[peer] ?? 0) & byAddress) !== 0) {
      const address = (isIngress ? columns.sourceIp[slot] : columns.destinationIp[slot]) ?? 0;
      return this.#peersByAddress({ direction, peer, address, cluster });
    }
    const { sets, clusters } = this.#peers[direction];
    const known = sets[peer] ?? 0;
    if (known !== 0 && clusters[peer] === cluster) return known;
    const found = this.#findPeers({ direction, peer, address: 0, cluster });
    sets[peer] = found;
    clusters[peer] = cluster;
    return found;
  }

  #peersByAddress(row: AddressedPeer): number {
    const tuple = this.#addressTuple;
    tuple[0] = row.peer;
    tuple[1] = row.address;
    tuple[2] = row.cluster * 2 + (row.direction === "ingress" ? 1 : 0);
    const known = this.#addresses.find(tuple);
    if (known !== -1) return this.#addressSets[known] ?? 0;
    if (this.#addresses.size >= maxAddresses) {
      this.#addresses.clear();
      this.#addressSets = [];
    }
    const found = this.#findPeers(row);
    this.#addressSets[this.#addresses.add(tuple)] = found;
    return found;
  }

  #findPeers(row: AddressedPeer): number {
    const address = this.#store.strings.get(row.address) ?? "";
    const facts = peerFactsOf(this.#known.labels(row.peer), address, this.#clusterTexts[row.cluster]);
    return numberOf(this.#setNumbers, this.#set.index(row.direction).ofPeer(facts));
  }

  #learn(number: number): void {
    if (number >= this.#flags.length) this.#widen(number);
    const labels = this.#known.labels(number);
    const subjection = this.#set.subjectOf(labels);
    this.#flags[number] =
      met |
      (labels.isPod ? pod : 0) |
      (labels.isExternal || labels.isRemoteNode ? byAddress : 0) |
      (labels.isHost ? host : 0);
    this.#subjections[number] = numberOf(this.#subjectionNumbers, subjection);
    const cluster = this.#set.context.clusterName ?? labels.get("k8s", clusterKey);
    this.#clusters[number] = cluster === undefined ? 0 : numberOf(this.#clusterNumbers, cluster);
    this.#clusterTexts[this.#clusters[number]] = cluster;
    if (!labels.known) return;
    for (const { compiled, selects } of subjection.selected) {
      const counter = this.#tree.policies.get(compiled.policy);
      if (!counter || selects !== "yes") continue;
      counter.meet(this.podName(number) ?? this.#nameByIdentity(number));
      counter.isTold = false;
    }
  }

  #nameByIdentity(number: number): string {
    const endpoint = this.#store.endpoints.get(number) ?? unknownEndpoint;
    return peerNameOf(endpoint, String(endpoint.identity));
  }

  #widen(number: number): void {
    const length = Math.max(number + 1, this.#flags.length * 2);
    const flags = new Uint8Array(length);
    flags.set(this.#flags);
    this.#flags = flags;
    this.#subjections = longer(this.#subjections, length);
    this.#clusters = longer(this.#clusters, length);
    for (const table of [this.#peers.ingress, this.#peers.egress]) {
      table.sets = longer(table.sets, length);
      table.clusters = longer(table.clusters, length);
    }
  }
}

function longer(numbers: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const made = new Uint32Array(length);
  made.set(numbers);
  return made;
}

/** From 1 upwards. */
function numberOf<Key>(numbers: Map<Key, number>, key: Key): number {
  const known = numbers.get(key);
  if (known !== undefined) return known;
  numbers.set(key, numbers.size + 1);
  return numbers.size;
}

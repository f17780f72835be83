import { layer4Protocols, trafficDirections } from "../flows/flow.ts";
import type { FlowStore } from "../flows/flowStore.ts";
import { unknownEndpoint } from "../flows/unknownFlow.ts";
import { AttributedPolicies } from "./attributedPolicies.ts";
import type { Connection } from "./connection.ts";
import type { CounterTree } from "./counterTree.ts";
import { decideRequestWithin } from "./decideRequest.ts";
import { type DecisionGroup, DecisionGroups } from "./decisionGroups.ts";
import { labelsOf } from "./labelSet.ts";
import type { Mismatch } from "./mismatch.ts";
import { nearestMiss } from "./nearestMiss.ts";
import { NumberTupleMap } from "./numberTupleMap.ts";
import { peerNameOf, portNameOf } from "./peerName.ts";
import type { PolicySpec } from "./policy.ts";
import type { PolicySet } from "./policySet.ts";
import type { CountedAttempt } from "./tallyCounters.ts";
import { type Move, type Report, requestEffectOf } from "./tallyEffect.ts";

const ingress = trafficDirections.indexOf("INGRESS");
const maxConnections = 1 << 17;
const maxRequests = 1 << 16;
const unknown = 0;
const isNoPod = 1;
const isPod = 2;

/** One distinct connection, decided once; counters keep some of them, to say later why they were denied. */
class ConnectionCase implements CountedAttempt {
  readonly connection: Connection;
  readonly group: DecisionGroup;
  readonly #set: PolicySet;
  #peerName: string | undefined;
  #misses: Map<PolicySpec, Mismatch | undefined> | undefined;

  constructor(connection: Connection, group: DecisionGroup, set: PolicySet) {
    this.connection = connection;
    this.group = group;
    this.#set = set;
  }

  get peerName(): string {
    return (this.#peerName ??= this.#makePeerName());
  }

  get portName(): string {
    return portNameOf(this.connection.l4);
  }

  /** Asked again for every snapshot, it answers once per spec. */
  missOf(spec: PolicySpec): Mismatch | undefined {
    const known = (this.#misses ??= new Map<PolicySpec, Mismatch | undefined>());
    if (!known.has(spec)) known.set(spec, nearestMiss(this.#set, spec, this.connection));
    return known.get(spec);
  }

  #makePeerName(): string {
    const { direction, source, sourceIp, destination, destinationIp } = this.connection;
    return direction === "ingress" ? peerNameOf(source, sourceIp) : peerNameOf(destination, destinationIp);
  }
}

/**
 * Remembers, for the rows of a store, the decision about each distinct connection: direction, both endpoints, the
 * address of a side that is no pod, protocol and port. A row whose connection is known costs a look-up.
 */
export class ConnectionCache {
  readonly #set: PolicySet;
  readonly #tree: CounterTree;
  readonly #store: FlowStore;
  readonly #tuple = new Uint32Array(6);
  readonly #requestTuple = new Uint32Array(2);
  readonly #numbers = new NumberTupleMap(6);
  readonly #requestNumbers = new NumberTupleMap(2);
  #cases: ConnectionCase[] = [];
  #requests: (readonly Move[])[] = [];
  /** By endpoint: not met yet, or is it a pod, whose address does not matter? */
  #endpoints = new Uint8Array(256);
  readonly #attributed: AttributedPolicies;
  readonly #groups: DecisionGroups;

  constructor(set: PolicySet, tree: CounterTree, store: FlowStore) {
    this.#set = set;
    this.#tree = tree;
    this.#store = store;
    this.#attributed = new AttributedPolicies(set.policies, store);
    this.#groups = new DecisionGroups(set, tree, this.#attributed);
  }

  /** Forgets everything: the store's numbers have changed their meaning. */
  clear(): void {
    this.#forgetCases();
    this.#endpoints.fill(unknown);
    this.#attributed.clear();
    this.#groups.clear();
  }

  /** The connection of a row whose endpoints were noted. */
  at(slot: number): ConnectionCase | undefined {
    return this.#cases[this.#numberAt(slot)];
  }

  /** What a row moves that reports so of its connection. */
  effect(connection: ConnectionCase, report: Report, slot: number): readonly Move[] {
    return connection.group.effect(report, this.#store.columns.attribution[slot] ?? 0);
  }

  /** What the request of a row moves. */
  requestEffect(slot: number, forwarded: boolean): readonly Move[] | undefined {
    const number = this.#numberAt(slot);
    const held = this.#cases[number];
    if (!held) return undefined;
    const record = this.#store.columns.l7Record[slot] ?? 0;
    this.#requestTuple[0] = number * 2 + (forwarded ? 1 : 0);
    this.#requestTuple[1] = record;
    const known = this.#requestNumbers.find(this.#requestTuple);
    if (known !== -1) return this.#requests[known];
    if (this.#requests.length >= maxRequests) {
      this.#requests = [];
      this.#requestNumbers.clear();
    }
    const effect = this.#decideRequest(held, this.#store.l7Records.get(record), forwarded);
    this.#requests[this.#requestNumbers.add(this.#requestTuple)] = effect;
    return effect;
  }

  #decideRequest(
    { connection, group: { decision } }: ConnectionCase,
    record: Parameters<typeof decideRequestWithin>[2]["record"],
    forwarded: boolean,
  ): readonly Move[] {
    const answer = decideRequestWithin(decision, connection, { set: this.#set, record });
    return requestEffectOf(decision, answer, {
      tree: this.#tree,
      direction: connection.direction,
      forwarded,
    });
  }

  /** The policies that the row's event names, as people call them. */
  namesAt(slot: number): readonly string[] {
    return this.#attributed.names(this.#store.columns.attribution[slot] ?? 0);
  }

  /** Meets the endpoints with these numbers: the first time, tells the policies that select them. */
  noteEndpoints(source: number, destination: number): void {
    if (this.#endpoints[source] === unknown || source >= this.#endpoints.length) this.#note(source);
    if (this.#endpoints[destination] === unknown || destination >= this.#endpoints.length)
      this.#note(destination);
  }

  #note(number: number): void {
    if (number >= this.#endpoints.length) this.#endpoints = widen(this.#endpoints, number);
    const endpoint = this.#store.endpoints.get(number);
    const labels = endpoint && labelsOf(endpoint);
    this.#endpoints[number] = labels?.isPod ? isPod : isNoPod;
    if (!endpoint || !labels?.known) return;
    for (const { compiled, selects } of this.#set.subject(endpoint).selected) {
      const counter = this.#tree.policies.get(compiled.policy);
      if (!counter || selects !== "yes") continue;
      counter.endpoints.add(peerNameOf(endpoint, String(endpoint.identity)));
      counter.isTold = false;
    }
  }

  #numberAt(slot: number): number {
    const { columns } = this.#store;
    const tuple = this.#tuple;
    const source = columns.source[slot] ?? 0;
    const destination = columns.destination[slot] ?? 0;
    this.noteEndpoints(source, destination);
    tuple[0] = source;
    tuple[1] = destination;
    tuple[2] = this.#endpoints[source] === isPod ? 0 : (columns.sourceIp[slot] ?? 0);
    tuple[3] = this.#endpoints[destination] === isPod ? 0 : (columns.destinationIp[slot] ?? 0);
    tuple[4] = ((columns.trafficDirection[slot] ?? 0) << 8) | (columns.protocol[slot] ?? 0);
    tuple[5] = columns.destinationPort[slot] ?? 0;
    const known = this.#numbers.find(tuple);
    if (known !== -1) return known;
    if (this.#cases.length >= maxConnections) this.#forgetCases();
    const number = this.#numbers.add(tuple);
    const connection = this.#connectionAt(slot);
    this.#cases[number] = new ConnectionCase(connection, this.#groups.of(connection), this.#set);
    return number;
  }

  #connectionAt(slot: number): Connection {
    const { columns, endpoints, strings } = this.#store;
    const protocol = layer4Protocols[columns.protocol[slot] ?? 0] ?? "";
    const port = columns.destinationPort[slot] ?? 0;
    return {
      direction: columns.trafficDirection[slot] === ingress ? "ingress" : "egress",
      source: endpoints.get(columns.source[slot] ?? 0) ?? unknownEndpoint,
      destination: endpoints.get(columns.destination[slot] ?? 0) ?? unknownEndpoint,
      sourceIp: strings.get(columns.sourceIp[slot] ?? 0) ?? "",
      destinationIp: strings.get(columns.destinationIp[slot] ?? 0) ?? "",
      ...(protocol === "" ? {} : { l4: { protocol, port } }),
    };
  }

  #forgetCases(): void {
    this.#cases = [];
    this.#numbers.clear();
    this.#requests = [];
    this.#requestNumbers.clear();
  }
}

function widen(flags: Uint8Array<ArrayBuffer>, number: number): Uint8Array<ArrayBuffer> {
  const wider = new Uint8Array(Math.max(number + 1, flags.length * 2));
  wider.set(flags);
  return wider;
}

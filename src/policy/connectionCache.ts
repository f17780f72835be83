import { layer4Protocols, trafficDirections } from "../flows/flow.ts";
import type { FlowStore } from "../flows/flowStore.ts";
import { AttributedPolicies } from "./attributedPolicies.ts";
import type { Connection } from "./connection.ts";
import { connectionAt } from "./connectionAt.ts";
import type { CounterTree } from "./counterTree.ts";
import { groundsOf } from "./decide.ts";
import { DecisionGroup, type GroupParts } from "./decisionGroup.ts";
import { EndpointTable } from "./endpointTable.ts";
import { NumberTupleMap } from "./numberTupleMap.ts";
import type { PolicySet } from "./policySet.ts";
import type { RuleSet } from "./ruleSet.ts";
import type { Move } from "./tallyEffect.ts";

const ingress = trafficDirections.indexOf("INGRESS");
/** Of connections that are decided one by one, and of requests: more are worked out anew. */
const maxConnections = 1 << 16;
const maxRequests = 1 << 16;
/** More than policies and ports make of any cluster. */
const maxGroups = 1 << 14;
const ports = 1 << 16;

/**
 * Remembers, for the rows of a store, the decision about each connection that policies can tell from others: by whom the
 * specs select, whom rules name as peers, and the ports that they name. A row whose endpoints are known costs a look-up.
 */
export class ConnectionCache {
  readonly endpoints: EndpointTable;
  readonly #parts: GroupParts;
  readonly #store: FlowStore;
  readonly #tuple = new Uint32Array(3);
  readonly #numbers = new NumberTupleMap(3);
  /** `null`: of these connections each is decided by itself. */
  #groups: (DecisionGroup | null)[] = [];
  readonly #ownTuple = new Uint32Array(6);
  readonly #ownNumbers = new NumberTupleMap(6);
  #ownGroups: DecisionGroup[] = [];
  readonly #requestTuple = new Uint32Array(2);
  readonly #requestNumbers = new NumberTupleMap(2);
  #requests: (readonly Move[])[] = [];
  /** By direction and protocol, then by port: one more than the number of a set of rules; 0 is not known yet. */
  #ports: (Uint32Array | undefined)[] = [];
  readonly #portSets = new Map<RuleSet, number>();
  #nextGroup = 0;

  constructor(set: PolicySet, tree: CounterTree, store: FlowStore) {
    this.#store = store;
    this.#parts = { set, tree, attributed: new AttributedPolicies(set.policies, store) };
    this.endpoints = new EndpointTable(set, tree, store);
  }

  /** Forgets everything: the store's numbers have changed their meaning. */
  clear(): void {
    this.#forgetGroups();
    this.endpoints.clear();
    this.#parts.attributed.clear();
  }

  /** The group of a row's connection, whose endpoints were met. */
  at(slot: number): DecisionGroup {
    const { columns } = this.#store;
    const isIngress = columns.trafficDirection[slot] === ingress;
    const source = columns.source[slot] ?? 0;
    const destination = columns.destination[slot] ?? 0;
    const isLocal = isIngress && this.endpoints.isHost(source);
    const subjection = this.endpoints.subjection(isIngress ? destination : source);
    const tuple = this.#tuple;
    tuple[0] = subjection * 4 + (isIngress ? 2 : 0) + (isLocal ? 1 : 0);
    tuple[1] = this.endpoints.peers(slot, isIngress ? "ingress" : "egress");
    tuple[2] = this.#portsAt(slot, isIngress);
    const known = this.#numbers.find(tuple);
    if (known !== -1) return this.#groups[known] ?? this.#ownAt(slot);
    if (this.#groups.length >= maxGroups) this.#forgetGroups();
    const connection = connectionAt(this.#store, slot);
    const group = groundsOf(this.#parts.set, connection).told ? this.#make(connection) : null;
    this.#groups[this.#numbers.add(tuple)] = group;
    return group ?? this.#ownAt(slot);
  }

  /** What the request of a row moves. */
  requestEffect(slot: number, forwarded: boolean): readonly Move[] {
    const group = this.at(slot);
    const record = group.readsRequests ? (this.#store.columns.l7Record[slot] ?? 0) : 0;
    this.#requestTuple[0] = group.number * 2 + (forwarded ? 1 : 0);
    this.#requestTuple[1] = record;
    const known = this.#requestNumbers.find(this.#requestTuple);
    if (known !== -1) return this.#requests[known] ?? [];
    if (this.#requests.length >= maxRequests) {
      this.#requests = [];
      this.#requestNumbers.clear();
    }
    const effect = group.requestEffect(this.#store.l7Records.get(record), forwarded);
    this.#requests[this.#requestNumbers.add(this.#requestTuple)] = effect;
    return effect;
  }

  /** A number for those of the policies that the row's event names which are loaded: see {@link AttributedPolicies}. */
  loadedAt(slot: number): number {
    return this.#parts.attributed.loadedNumber(this.#store.columns.attribution[slot] ?? 0);
  }

  /** The policies that the row's event names, as people call them. */
  namesAt(slot: number): readonly string[] {
    return this.#parts.attributed.names(this.#store.columns.attribution[slot] ?? 0);
  }

  #make(connection: Connection): DecisionGroup {
    return new DecisionGroup(this.#nextGroup++, connection, this.#parts);
  }

  /** A group of this connection alone: direction, both endpoints, the address of a side that is no pod, and port. */
  #ownAt(slot: number): DecisionGroup {
    const { columns } = this.#store;
    const tuple = this.#ownTuple;
    const source = columns.source[slot] ?? 0;
    const destination = columns.destination[slot] ?? 0;
    tuple[0] = source;
    tuple[1] = destination;
    tuple[2] = this.endpoints.isPod(source) ? 0 : (columns.sourceIp[slot] ?? 0);
    tuple[3] = this.endpoints.isPod(destination) ? 0 : (columns.destinationIp[slot] ?? 0);
    tuple[4] = ((columns.trafficDirection[slot] ?? 0) << 8) | (columns.protocol[slot] ?? 0);
    tuple[5] = columns.destinationPort[slot] ?? 0;
    const known = this.#ownNumbers.find(tuple);
    const held = known === -1 ? undefined : this.#ownGroups[known];
    if (held) return held;
    if (this.#ownGroups.length >= maxConnections) this.#forgetOwn();
    const group = this.#make(connectionAt(this.#store, slot));
    this.#ownGroups[this.#ownNumbers.add(tuple)] = group;
    return group;
  }

  /** A number for the rules whose ports the row's is, or may be. */
  #portsAt(slot: number, isIngress: boolean): number {
    const { columns } = this.#store;
    const protocol = columns.protocol[slot] ?? 0;
    const port = columns.destinationPort[slot] ?? 0;
    const table = (this.#ports[protocol * 2 + (isIngress ? 1 : 0)] ??= new Uint32Array(ports));
    const known = table[port] ?? 0;
    if (known !== 0) return known;
    const name = layer4Protocols[protocol] ?? "";
    const found = this.#parts.set
      .index(isIngress ? "ingress" : "egress")
      .ofPort(name === "" ? undefined : { protocol: name, port });
    const number = this.#portSets.get(found) ?? this.#portSets.size + 1;
    this.#portSets.set(found, number);
    table[port] = number;
    return number;
  }

  #forgetGroups(): void {
    this.#groups = [];
    this.#numbers.clear();
    this.#forgetOwn();
  }

  #forgetOwn(): void {
    this.#ownGroups = [];
    this.#ownNumbers.clear();
    // Their numbers are never given out again; a group's number takes part in 32 bits.
    this.#requests = [];
    this.#requestNumbers.clear();
    if (this.#nextGroup > 2 ** 30) this.#nextGroup = 0;
  }
}

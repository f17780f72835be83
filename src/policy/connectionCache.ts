import { layer4Protocols, trafficDirections } from "../flows/flow.ts";
import type { FlowStore } from "../flows/flowStore.ts";
import { unknownEndpoint } from "../flows/unknownFlow.ts";
import { AttributedPolicies, type LoadedPolicies } from "./attributedPolicies.ts";
import type { CounterTree } from "./counterTree.ts";
import type { Connection } from "./connection.ts";
import { decide, nearMisses } from "./decide.ts";
import { decideRequestWithin } from "./decideRequest.ts";
import type { Decision } from "./decision.ts";
import { labelsOf } from "./labelSet.ts";
import { NumberTupleMap } from "./numberTupleMap.ts";
import { peerNameOf, portNameOf } from "./peerName.ts";
import { nearestMiss } from "./nearestMiss.ts";
import type { Direction } from "./policy.ts";
import type { PolicySet } from "./policySet.ts";
import type { CountedAttempt } from "./tallyCounters.ts";
import {
  effectOf,
  type Move,
  type Naming,
  namings,
  type Report,
  reports,
  requestEffectOf,
} from "./tallyEffect.ts";

const ingress = trafficDirections.indexOf("INGRESS");
const maxConnections = 1 << 17;
const maxRequests = 1 << 16;
const flagUnknown = 0;
const flagNo = 1;
const flagYes = 2;

/** One distinct connection, decided once, with what each report about it moves. */
export interface ConnectionCase extends CountedAttempt {
  effect(report: Report, naming: Naming): readonly Move[];
}

interface HeldCase extends ConnectionCase {
  readonly connection: Connection;
  readonly decision: Decision;
  /** By attribution; made when an event first names policies. */
  namings?: Map<number, Naming>;
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
  #cases: HeldCase[] = [];
  #requests: (readonly Move[])[] = [];
  /** By endpoint: is it a pod, whose address does not matter? */
  #pods = new Uint8Array(256);
  #noted = new Uint8Array(256);
  readonly #attributed: AttributedPolicies;

  constructor(set: PolicySet, tree: CounterTree, store: FlowStore) {
    this.#set = set;
    this.#tree = tree;
    this.#store = store;
    this.#attributed = new AttributedPolicies(set.policies, store);
  }

  /** Forgets everything: the store's numbers have changed their meaning. */
  clear(): void {
    this.#forgetCases();
    this.#pods.fill(flagUnknown);
    this.#noted.fill(flagUnknown);
    this.#attributed.clear();
  }

  /** The connection of a row. */
  at(slot: number): ConnectionCase | undefined {
    return this.#cases[this.#numberAt(slot)];
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
    { decision, connection }: HeldCase,
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

  /** How the policies that the row's event names go with the decision about its connection. */
  naming(slot: number): Naming {
    const attribution = this.#store.columns.attribution[slot] ?? 0;
    if (attribution === 0) return "fits";
    const held = this.#cases[this.#numberAt(slot)];
    if (!held) return "fits";
    const namings = (held.namings ??= new Map<number, Naming>());
    const known = namings.get(attribution);
    if (known) return known;
    const naming = namingOf(this.#attributed.loaded(attribution), held.decision);
    namings.set(attribution, naming);
    return naming;
  }

  /** The policies that the row's event names, as people call them. */
  namesAt(slot: number): readonly string[] {
    return this.#attributed.names(this.#store.columns.attribution[slot] ?? 0);
  }

  /** Tells the policies which endpoints they select. */
  noteEndpoints(slot: number): void {
    this.#note(this.#store.columns.source[slot] ?? 0);
    this.#note(this.#store.columns.destination[slot] ?? 0);
  }

  #note(number: number): void {
    if (number >= this.#noted.length) this.#noted = widen(this.#noted, number);
    if (this.#noted[number] !== flagUnknown) return;
    this.#noted[number] = flagYes;
    const endpoint = this.#store.endpoints.get(number);
    if (!endpoint || !labelsOf(endpoint).known) return;
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
    const direction = columns.trafficDirection[slot] ?? 0;
    tuple[0] = source;
    tuple[1] = destination;
    tuple[2] = this.#isPod(source) ? 0 : (columns.sourceIp[slot] ?? 0);
    tuple[3] = this.#isPod(destination) ? 0 : (columns.destinationIp[slot] ?? 0);
    tuple[4] = (direction << 8) | (columns.protocol[slot] ?? 0);
    tuple[5] = columns.destinationPort[slot] ?? 0;
    const known = this.#numbers.find(tuple);
    if (known !== -1) return known;
    if (this.#cases.length >= maxConnections) this.#forgetCases();
    const number = this.#numbers.add(tuple);
    this.#cases[number] = this.#makeCase(slot);
    return number;
  }

  #isPod(number: number): boolean {
    if (number >= this.#pods.length) this.#pods = widen(this.#pods, number);
    if (this.#pods[number] === flagUnknown) {
      const endpoint = this.#store.endpoints.get(number);
      this.#pods[number] = endpoint && labelsOf(endpoint).isPod ? flagYes : flagNo;
    }
    return this.#pods[number] === flagYes;
  }

  #makeCase(slot: number): HeldCase {
    const { columns, endpoints, strings } = this.#store;
    const direction: Direction = columns.trafficDirection[slot] === ingress ? "ingress" : "egress";
    const protocol = layer4Protocols[columns.protocol[slot] ?? 0] ?? "";
    const port = columns.destinationPort[slot] ?? 0;
    const connection: Connection = {
      direction,
      source: endpoints.get(columns.source[slot] ?? 0) ?? unknownEndpoint,
      destination: endpoints.get(columns.destination[slot] ?? 0) ?? unknownEndpoint,
      sourceIp: strings.get(columns.sourceIp[slot] ?? 0) ?? "",
      destinationIp: strings.get(columns.destinationIp[slot] ?? 0) ?? "",
      ...(protocol === "" ? {} : { l4: { protocol, port } }),
    };
    const decision = decide(this.#set, connection);
    const effects: (readonly Move[])[] = [];
    const place = { tree: this.#tree, direction, nearMisses: () => nearMisses(this.#set, connection) };
    const peerIsSource = direction === "ingress";
    return {
      connection,
      decision,
      peerName: peerNameOf(
        peerIsSource ? connection.source : connection.destination,
        peerIsSource ? connection.sourceIp : connection.destinationIp,
      ),
      portName: portNameOf(connection.l4),
      missOf: memoized((spec) => nearestMiss(this.#set, spec, connection)),
      effect: (report, naming) => {
        const number = reports.indexOf(report) * namings.length + namings.indexOf(naming);
        return (effects[number] ??= effectOf(decision, report, { ...place, naming }));
      },
    };
  }

  #forgetCases(): void {
    this.#cases = [];
    this.#numbers.clear();
    this.#requests = [];
    this.#requestNumbers.clear();
  }
}

/** Asked again for every snapshot, it answers once per spec; most are never asked, and keep no room for answers. */
function memoized<Key extends object, T>(ask: (key: Key) => T): (key: Key) => T {
  let answers: Map<Key, T> | undefined;
  return (key) => {
    const known = (answers ??= new Map<Key, T>());
    const found = known.get(key);
    if (found !== undefined || known.has(key)) return found as T;
    const made = ask(key);
    known.set(key, made);
    return made;
  };
}

/** Do the named policies hold a rule that may have decided so? */
function namingOf(named: LoadedPolicies, decision: Decision): Naming {
  if (named === undefined) return "fits";
  if (named === "none") return "foreign";
  return decision.rules.some(({ policy, decides }) => decides !== "no" && named.has(policy))
    ? "fits"
    : "contradicts";
}

function widen(flags: Uint8Array<ArrayBuffer>, number: number): Uint8Array<ArrayBuffer> {
  const wider = new Uint8Array(Math.max(number + 1, flags.length * 2));
  wider.set(flags);
  return wider;
}

import type { TcpFlag } from "../flows/flow.ts";
import { type DemoConnection, policyConnection } from "./connection.ts";
import { dropFlow, type Packet, requestFlow, socketFlow, traceFlow, verdictFlow } from "./eventFlows.ts";
import type { Exchange, RequestExchange } from "./exchange.ts";
import type { DemoNode, Peer } from "./peer.ts";
import { type Hop, type Route, routeBetween } from "./route.ts";
import { nsPerMicrosecond, nsPerMillisecond, nsPerSecond, type Stage } from "./stage.ts";

type Side = "client" | "server";

/** A client sends its first packet again after one second, then after two more, and then gives up. */
const retryAfterNs: readonly number[] = [1 * nsPerSecond, 2 * nsPerSecond];

/** A port number for each direction's proxy, as an agent gives one to each of its redirects. */
const proxyPorts: Readonly<Record<Side, number>> = { client: 11_053, server: 10_742 };

/** Plays one connection from the client's first packet to the end, with every event that the nodes see of it. */
export class ConnectionRun {
  readonly #stage: Stage;
  readonly #connection: DemoConnection;
  readonly #exchange: Exchange;
  readonly #route: Route;
  /** The time of the last event. */
  #atNs: number;
  /** Which sides have let the connection in: their policies are asked once. */
  readonly #settled = new Set<Side>();
  readonly #proxied = new Set<Side>();

  constructor(stage: Stage, connection: DemoConnection, exchange: Exchange) {
    this.#stage = stage;
    this.#connection = connection;
    this.#exchange = exchange;
    this.#route = routeBetween(connection.client, connection.server);
    this.#atNs = stage.nowNs;
  }

  start(): void {
    const { client, service } = this.#connection;
    if (service && client.node) {
      this.#socket(client.node, "PRE_DIRECTION_FWD");
      this.#socket(client.node, "POST_DIRECTION_FWD");
    }
    this.#knock(0);
  }

  #knock(attempt: number): void {
    const packet = this.#packet(false, ["SYN"]);
    this.#pass(packet, this.#route.start);
    if (!this.#admitted("client", packet)) {
      this.#knockAgain(attempt);
      return;
    }
    if (this.#proxied.has("client")) {
      this.#proxy("client", packet);
      if (!this.#isTcp && !this.#datagramAdmitted()) return;
    }
    this.#pass(packet, this.#route.way);
    if (!this.#admitted("server", packet)) {
      this.#knockAgain(attempt);
      return;
    }
    if (this.#proxied.has("server")) this.#proxy("server", packet);
    this.#pass(packet, this.#route.arrival);
    this.#answer(attempt);
  }

  #knockAgain(attempt: number): void {
    const waitNs = retryAfterNs[attempt];
    if (waitNs === undefined || !this.#isTcp) return;
    const atNs = this.#atNs + waitNs + this.#stage.random.between(15, 65) * nsPerMillisecond;
    this.#stage.later(Math.floor(atNs), () => {
      this.#atNs = this.#stage.nowNs;
      this.#knock(attempt + 1);
    });
  }

  #answer(attempt: number): void {
    const exchange = this.#exchange;
    switch (exchange.kind) {
      case "silence":
        this.#knockAgain(attempt);
        return;
      case "refusal":
        this.#pass(this.#packet(true, ["ACK", "RST"]), this.#route.back);
        return;
      case "datagram":
        this.#answerDatagram(exchange.latencyNs);
        return;
      case "requests":
      case "data":
        this.#pass(this.#packet(true, ["ACK", "SYN"]), this.#wayBack(true));
        if (exchange.kind === "data") this.#talk(exchange.latencyNs);
        else for (const request of exchange.requests) this.#request(request);
        this.#pass(this.#packet(false, ["ACK", "FIN"]), this.#wayOn());
        this.#pass(this.#packet(true, ["ACK", "FIN"]), this.#wayBack(false));
    }
  }

  #talk(latencyNs: number): void {
    this.#pass(this.#packet(false, ["ACK", "PSH"]), this.#wayOn());
    this.#atNs += latencyNs;
    this.#pass(this.#packet(true, ["ACK", "PSH"]), this.#wayBack(false));
  }

  #request(request: RequestExchange): void {
    const data = this.#packet(false, ["ACK", "PSH"]);
    for (const side of this.#proxiedSides()) {
      this.#trace(data, { node: this.#nodeOf(side), point: "TO_PROXY", side });
      if (!this.#requestAdmitted(side, request)) {
        // The proxy answers in the server's place.
        this.#pass(this.#packet(true, ["ACK", "PSH"]), this.#wayBack(false));
        return;
      }
    }
    this.#pass(data, this.#wayOn());
    this.#atNs += request.latencyNs;
    for (const side of this.#proxiedSides().reverse()) this.#response(side, request);
    this.#pass(this.#packet(true, ["ACK", "PSH"]), this.#wayBack(false));
  }

  /** Lets the proxy of one side look at a request, and says whether it goes on. */
  #requestAdmitted(side: Side, { request }: Pick<RequestExchange, "request">): boolean {
    const node = this.#nodeOf(side);
    const direction = side === "client" ? "egress" : "ingress";
    const admitted = this.#stage.enforcer.admits(
      policyConnection(this.#connection, direction, node),
      request,
    );
    const verdict = admitted ? "FORWARDED" : "DROPPED";
    this.#emit(node, (sighting) =>
      requestFlow(sighting, this.#connection, { side, record: request, verdict }),
    );
    return admitted;
  }

  #response(side: Side, { response, latencyNs }: RequestExchange): void {
    this.#emit(this.#nodeOf(side), (sighting) =>
      requestFlow(sighting, this.#connection, { side, record: response, verdict: "FORWARDED", latencyNs }),
    );
  }

  #datagramAdmitted(): boolean {
    const exchange = this.#exchange;
    if (exchange.kind !== "datagram" || !exchange.l7) return true;
    return this.#requestAdmitted("client", exchange.l7);
  }

  #answerDatagram(latencyNs: number): void {
    const exchange = this.#exchange;
    this.#atNs += latencyNs;
    const reply = this.#packet(true);
    const back = this.#wayBack(true);
    const last = back.at(-1);
    this.#pass(reply, back.slice(0, -1));
    if (exchange.kind === "datagram" && exchange.l7 && this.#proxied.has("client")) {
      this.#trace(reply, { node: this.#nodeOf("client"), point: "TO_PROXY", side: "client" });
      this.#response("client", { ...exchange.l7, latencyNs });
    }
    if (last) this.#trace(reply, last);
    const { node } = this.#connection.client;
    if (this.#connection.protocol === "UDP" && node) this.#socket(node, "PRE_DIRECTION_REV");
  }

  /** Asks the policies of one side about the first packet, and reports what they say. */
  #admitted(side: Side, packet: Packet): boolean {
    const subject = this.#peerOf(side);
    if (subject.kind !== "pod" || this.#settled.has(side)) return true;
    const node = this.#nodeOf(side);
    const direction = side === "client" ? "egress" : "ingress";
    const verdict = this.#stage.enforcer.decide(policyConnection(this.#connection, direction, node));
    if (verdict.outcome === "none") return true;
    const seen = { direction: side === "client" ? "EGRESS" : "INGRESS", verdict } as const;
    this.#emit(node, (sighting) => verdictFlow(sighting, packet, seen));
    if (verdict.outcome === "denied") {
      const reason = verdict.dropReason;
      this.#emit(node, (sighting) => dropFlow(sighting, packet, { direction: seen.direction, reason }));
      return false;
    }
    this.#settled.add(side);
    if (verdict.outcome === "redirected") this.#proxied.add(side);
    return true;
  }

  #proxy(side: Side, packet: Packet): void {
    const node = this.#nodeOf(side);
    this.#trace(packet, { node, point: "TO_PROXY", side });
    this.#trace(packet, { node, point: "FROM_PROXY", side: undefined });
  }

  /** Where a packet of an open connection is seen on its way to the server. */
  #wayOn(): readonly Hop[] {
    return this.#route.arrival.length > 0 ? this.#route.arrival : this.#route.way.slice(0, 1);
  }

  /** Where a packet is seen on its way back: at every point when it opens the connection, else where it arrives. */
  #wayBack(opens: boolean): readonly Hop[] {
    return opens ? this.#route.back : this.#route.back.slice(-1);
  }

  #pass(packet: Packet, hops: readonly Hop[]): void {
    for (const hop of hops) this.#trace(packet, hop);
  }

  #trace(packet: Packet, { node, point, side }: Hop): void {
    if (point === "FROM_OVERLAY" || (point === "TO_ENDPOINT" && packet.reply && this.#route.far)) {
      this.#atNs += this.#stage.random.between(150, 420) * nsPerMicrosecond;
    }
    const port = point === "TO_PROXY" && side ? { proxyPort: proxyPorts[side] } : {};
    this.#emit(node, (sighting) => traceFlow(sighting, packet, { point, side, ...port }));
  }

  #socket(node: DemoNode, step: Parameters<typeof socketFlow>[2]): void {
    this.#emit(node, (sighting) => socketFlow(sighting, this.#connection, step));
  }

  #emit(node: DemoNode, make: Parameters<Stage["emit"]>[2]): void {
    this.#atNs = Math.floor(this.#atNs + this.#stage.random.between(8, 60) * nsPerMicrosecond);
    this.#stage.emit(this.#atNs, node, make);
  }

  #packet(reply: boolean, flags?: readonly TcpFlag[]): Packet {
    return { connection: this.#connection, reply, ...(flags && this.#isTcp && { flags }) };
  }

  get #isTcp(): boolean {
    return this.#connection.protocol === "TCP";
  }

  #proxiedSides(): Side[] {
    return (["client", "server"] as const).filter((side) => this.#proxied.has(side));
  }

  #peerOf(side: Side): Peer {
    return this.#connection[side];
  }

  #nodeOf(side: Side): DemoNode {
    const { node } = this.#peerOf(side);
    if (!node) throw new Error(`${this.#peerOf(side).ip} lives on no node`);
    return node;
  }
}

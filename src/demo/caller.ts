import type { DemoConnection } from "./connection.ts";
import { ConnectionRun } from "./connectionRun.ts";
import { dnsLookup, type Exchange, httpExchange, type RequestExchange } from "./exchange.ts";
import { services } from "./demoCluster.ts";
import type { DemoService, Peer } from "./peer.ts";
import { nsPerMillisecond, type Stage } from "./stage.ts";

/** Connects to a Service, which chooses one of its backends. */
export function callService(stage: Stage, client: Peer, service: DemoService, exchange: Exchange): void {
  const server = stage.random.pick(service.backends);
  open(
    stage,
    { client, server, service, protocol: "TCP", ...ports(stage, client, service.targetPort) },
    exchange,
  );
}

/** Connects to an address. */
export function callPeer(
  stage: Stage,
  to: { readonly client: Peer; readonly server: Peer; readonly port: number },
  exchange: Exchange,
): void {
  const { client, server, port } = to;
  open(stage, { client, server, protocol: "TCP", ...ports(stage, client, port) }, exchange);
}

/** Sends an echo request (a ping). */
export function ping(stage: Stage, client: Peer, server: Peer): void {
  const exchange: Exchange = {
    kind: "datagram",
    latencyNs: stage.random.between(0.2, 0.9) * nsPerMillisecond,
  };
  open(stage, { client, server, protocol: "ICMPv4", clientPort: 0, serverPort: 0 }, exchange);
}

/** Looks a name up through the cluster's DNS; answers with addresses, or with the response code of a failure. */
export function lookUp(stage: Stage, client: Peer, name: string, answer: readonly string[] | number): void {
  const [ips, rcode] = typeof answer === "number" ? [[], answer] : [answer, 0];
  const exchange: Exchange = {
    kind: "datagram",
    latencyNs: Math.floor(stage.random.duration(0.6 * nsPerMillisecond, 0.7)),
    l7: dnsLookup({ query: `${name}.`, ips, rcode }),
  };
  const service = services.kubeDns;
  const server = stage.random.pick(service.backends);
  open(
    stage,
    { client, server, service, protocol: "UDP", ...ports(stage, client, service.targetPort) },
    exchange,
  );
}

/** Response codes of DNS. */
export const dnsFailures = { serverFailure: 2, nameError: 3 } as const;

/** An HTTP request whose server answers with such codes and in such a time. */
export interface HttpService {
  readonly host: string;
  readonly userAgent: string;
  readonly medianMs: number;
  /** See `SeededRandom.duration`. */
  readonly spread: number;
  /** Codes of failures and how many in a hundred requests get each. */
  readonly failures: readonly { readonly code: number; readonly percent: number }[];
}

/** One request to such a service. A server that fails is often slow about it. */
export function httpRequest(
  stage: Stage,
  service: HttpService,
  line: { readonly method: string; readonly path: string; readonly code?: number },
): RequestExchange {
  const { random } = stage;
  const { method, path } = line;
  const failure = service.failures.find(({ percent }) => random.percent(percent));
  const code = failure?.code ?? line.code ?? 200;
  const factor = code >= 500 ? 4 : 1;
  const latencyNs = random.duration(service.medianMs * nsPerMillisecond, service.spread) * factor;
  const url = `http://${service.host}${path}`;
  return httpExchange({ method, url, userAgent: service.userAgent, code, latencyNs });
}

function ports(stage: Stage, client: Peer, serverPort: number) {
  return { clientPort: stage.ephemeralPort(client), serverPort };
}

function open(stage: Stage, connection: DemoConnection, exchange: Exchange): void {
  new ConnectionRun(stage, connection, exchange).start();
}

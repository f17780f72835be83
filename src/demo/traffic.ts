import { type HttpService, callPeer, callService, dnsFailures, httpRequest, lookUp, ping } from "./caller.ts";
import { apiServer, hosts, kubeSystem, nodePeers, services, shop, starWars, world } from "./demoCluster.ts";
import type { Exchange, RequestExchange } from "./exchange.ts";
import { kafkaExchange } from "./exchange.ts";
import type { Peer } from "./peer.ts";
import { nsPerMillisecond, type Stage } from "./stage.ts";

/** Something that happens again and again in the demo cluster. */
export interface Habit {
  readonly name: string;
  /** How often, compared with the others. */
  readonly weight: number;
  /** Has it happen once. */
  readonly act: (stage: Stage) => void;
}

const deathstarHttp: HttpService = {
  host: "deathstar.default.svc.cluster.local",
  userAgent: "curl/7.88.1",
  medianMs: 14,
  spread: 0.6,
  failures: [],
};

const frontendHttp: HttpService = {
  host: "shop.example.com",
  userAgent: "Mozilla/5.0",
  medianMs: 18,
  spread: 0.9,
  failures: [
    { code: 404, percent: 4 },
    { code: 503, percent: 1 },
  ],
};

const cartHttp: HttpService = {
  host: "cart.shop.svc.cluster.local:8080",
  userAgent: "shop-frontend/2.3",
  medianMs: 6,
  spread: 0.7,
  failures: [{ code: 404, percent: 3 }],
};

const checkoutHttp: HttpService = {
  host: "checkout.shop.svc.cluster.local:8080",
  userAgent: "shop-frontend/2.3",
  medianMs: 60,
  spread: 0.9,
  failures: [
    { code: 402, percent: 5 },
    { code: 500, percent: 3 },
    { code: 504, percent: 1 },
  ],
};

/** All that happens in the demo cluster. */
export const habits: readonly Habit[] = [
  { name: "tiefighter asks to land", weight: 20, act: landTiefighter },
  { name: "xwing asks to land", weight: 14, act: landXwing },
  { name: "shopper visits", weight: 14, act: visitShop },
  { name: "frontend calls cart", weight: 9, act: callCart },
  { name: "frontend calls checkout", weight: 5, act: callCheckout },
  { name: "checkout produces an order", weight: 4, act: produceOrder },
  { name: "cart fetches orders", weight: 4, act: fetchOrders },
  { name: "frontend tries the queue", weight: 1, act: tryQueue },
  { name: "checkout is paid", weight: 2, act: payOrder },
  { name: "names are looked up", weight: 8, act: lookUpName },
  { name: "the resolver is asked", weight: 2, act: askResolver },
  { name: "kubelets probe", weight: 8, act: probeHealth },
  { name: "hubble-ui asks the relay", weight: 4, act: askRelay },
  { name: "the relay asks the agents", weight: 3, act: askAgents },
  { name: "nodes ask the API server", weight: 4, act: askApiServer },
  { name: "a node pings", weight: 2, act: pingPod },
];

function landTiefighter(stage: Stage): void {
  const { random } = stage;
  if (random.percent(5)) {
    // Nobody listens there: a policy for port 80 alone has a near miss to show.
    const server = random.pick(services.deathstar.backends);
    callPeer(stage, { client: starWars.tiefighter, server, port: 8080 }, { kind: "refusal" });
    return;
  }
  const line = random.percent(14)
    ? { method: "PUT", path: "/v1/exhaust-port", code: 503 }
    : { method: "POST", path: "/v1/request-landing" };
  callService(
    stage,
    starWars.tiefighter,
    services.deathstar,
    requests(httpRequest(stage, deathstarHttp, line)),
  );
}

function landXwing(stage: Stage): void {
  const request = httpRequest(stage, deathstarHttp, { method: "POST", path: "/v1/request-landing" });
  callService(stage, starWars.xwing, services.deathstar, requests(request));
}

function visitShop(stage: Stage): void {
  const { random } = stage;
  const server = random.pick([shop.frontend1, shop.frontend2]);
  if (random.percent(6)) {
    const http = { ...frontendHttp, userAgent: "crawler/0.4" };
    const request = httpRequest(stage, http, { method: "GET", path: "/admin/login", code: 401 });
    callPeer(stage, { client: world.crawler, server, port: 8080 }, requests(request));
    return;
  }
  const visits = [...Array<undefined>(random.integer(1, 3))].map(() =>
    httpRequest(stage, frontendHttp, random.pick(pagesOf(stage))),
  );
  callPeer(stage, { client: random.pick(world.shoppers), server, port: 8080 }, requests(...visits));
}

function pagesOf({ random }: Stage) {
  return [
    { method: "GET", path: "/" },
    { method: "GET", path: `/products/${random.integer(1, 400)}` },
    { method: "GET", path: `/products/${random.integer(1, 400)}` },
    { method: "GET", path: "/cart" },
    { method: "POST", path: "/cart", code: 201 },
    { method: "POST", path: "/checkout", code: 303 },
  ];
}

function callCart(stage: Stage): void {
  const { random } = stage;
  const cart = `/carts/${random.integer(1, 900)}`;
  const lines = [
    { method: "GET", path: cart },
    { method: "POST", path: `${cart}/items`, code: 201 },
    { method: "DELETE", path: `${cart}/items/${random.integer(1, 9)}`, code: 204 },
  ];
  callService(
    stage,
    frontend(stage),
    services.cart,
    requests(httpRequest(stage, cartHttp, random.pick(lines))),
  );
}

function callCheckout(stage: Stage): void {
  const request = httpRequest(stage, checkoutHttp, { method: "POST", path: "/orders", code: 201 });
  callService(stage, frontend(stage), services.checkout, requests(request));
}

function produceOrder(stage: Stage): void {
  // Now and then somebody writes to a topic that is not theirs.
  const topic = stage.random.percent(5) ? "payments" : "orders";
  callService(stage, checkout(stage), services.kafka, requests(queueRequest(stage, "produce", topic)));
}

function fetchOrders(stage: Stage): void {
  callService(stage, shop.cart, services.kafka, requests(queueRequest(stage, "fetch", "orders")));
}

function tryQueue(stage: Stage): void {
  callService(stage, frontend(stage), services.kafka, requests(queueRequest(stage, "fetch", "orders")));
}

function payOrder(stage: Stage): void {
  const { random } = stage;
  const answered: Exchange = { kind: "data", latencyNs: random.duration(90 * nsPerMillisecond, 0.5) };
  const exchange: Exchange = random.percent(6) ? { kind: "silence" } : answered;
  callPeer(stage, { client: checkout(stage), server: world.payments, port: 443 }, exchange);
}

/** Names that pods look up, each with its answer. */
function lookUpName(stage: Stage): void {
  const { random } = stage;
  const payments = "api.payments.example.com";
  const lookUps: readonly (() => void)[] = [
    () => {
      const ips = [services.deathstar.address.ip];
      const client = random.pick([starWars.tiefighter, starWars.xwing]);
      lookUp(stage, client, "deathstar.default.svc.cluster.local", ips);
    },
    () => {
      lookUp(stage, frontend(stage), "cart.shop.svc.cluster.local", [services.cart.address.ip]);
    },
    () => {
      lookUp(stage, frontend(stage), "checkout.shop.svc.cluster.local", [services.checkout.address.ip]);
    },
    () => {
      const answer = random.percent(20) ? dnsFailures.serverFailure : [services.kafka.address.ip];
      lookUp(stage, checkout(stage), "kafka.shop.svc.cluster.local", answer);
    },
    () => {
      // A name with few dots is first looked for inside the cluster.
      const client = checkout(stage);
      lookUp(stage, client, `${payments}.shop.svc.cluster.local`, dnsFailures.nameError);
      lookUp(stage, client, payments, [world.payments.ip]);
    },
    () => {
      lookUp(stage, shop.cart, "inventory.shop.svc.cluster.local", dnsFailures.nameError);
    },
  ];
  random.pick(lookUps)();
}

function askResolver(stage: Stage): void {
  const client = stage.random.pick(services.kubeDns.backends);
  const exchange: Exchange = { kind: "data", latencyNs: stage.random.duration(9 * nsPerMillisecond, 0.4) };
  callPeer(stage, { client, server: world.resolver, port: 853 }, exchange);
}

/** Where each pod answers its kubelet. */
const probes: readonly { readonly pod: Peer; readonly port: number }[] = [
  { pod: kubeSystem.coredns1, port: 8080 },
  { pod: kubeSystem.coredns2, port: 8080 },
  { pod: kubeSystem.hubbleRelay, port: 4222 },
  { pod: kubeSystem.hubbleUi, port: 8081 },
  { pod: shop.frontend1, port: 8080 },
  { pod: shop.frontend2, port: 8080 },
  { pod: shop.kafka, port: 9092 },
];

function probeHealth(stage: Stage): void {
  const { pod, port } = stage.random.pick(probes);
  const client = hosts[pod.node?.index ?? 0] ?? hosts[0];
  const exchange: Exchange = { kind: "data", latencyNs: stage.random.between(0.3, 1.4) * nsPerMillisecond };
  callPeer(stage, { client, server: pod, port }, exchange);
}

function askRelay(stage: Stage): void {
  const exchange: Exchange = { kind: "data", latencyNs: stage.random.between(0.6, 2) * nsPerMillisecond };
  callService(stage, kubeSystem.hubbleUi, services.hubbleRelay, exchange);
}

function askAgents(stage: Stage): void {
  const exchange: Exchange = { kind: "data", latencyNs: stage.random.between(0.6, 2) * nsPerMillisecond };
  const server = stage.random.pick(nodePeers);
  callPeer(stage, { client: kubeSystem.hubbleRelay, server, port: 4244 }, exchange);
}

function askApiServer(stage: Stage): void {
  const client = stage.random.pick(nodePeers.slice(1));
  const exchange: Exchange = { kind: "data", latencyNs: stage.random.between(1, 5) * nsPerMillisecond };
  callPeer(stage, { client, server: apiServer, port: 6443 }, exchange);
}

function pingPod(stage: Stage): void {
  ping(stage, nodePeers[2], stage.random.pick([starWars.xwing, shop.frontend1, kubeSystem.hubbleRelay]));
}

function queueRequest(stage: Stage, apiKey: "produce" | "fetch", topic: string): RequestExchange {
  const { random } = stage;
  const latencyNs = random.duration(3 * nsPerMillisecond, 0.5);
  return kafkaExchange({ apiKey, topic, correlationId: random.integer(1, 999), latencyNs });
}

function requests(...made: readonly RequestExchange[]): Exchange {
  return { kind: "requests", requests: made };
}

function frontend({ random }: Stage): Peer {
  return random.pick([shop.frontend1, shop.frontend2]);
}

function checkout({ random }: Stage): Peer {
  return random.pick([shop.checkout1, shop.checkout2]);
}

import { ByteSink } from "../../src/demo/byteSink.ts";
import { SeededRandom } from "../../src/demo/seededRandom.ts";
import {
  CiliumEventTypeSchema,
  EthernetSchema,
  FlowSchema,
  HTTPHeaderSchema,
  HTTPSchema,
  DNSSchema,
  IPSchema,
  Layer4Schema,
  Layer7Schema,
  PolicySchema,
  ServiceSchema,
  TCPFlagsSchema,
  TCPSchema,
} from "../../src/hubble/gen/flow/flow_pb.js";
import { GetFlowsResponseSchema } from "../../src/hubble/gen/observer/observer_pb.js";
import { type RealisticPod, realisticPods } from "./realisticPods.ts";

export interface RealisticFlowsOptions {
  readonly seed: number;
  /** How many distinct endpoints there are among them, where there are flows enough; 11,000 when not told. */
  readonly endpoints?: number;
  /** Every flow brings an endpoint that no other has. */
  readonly churn?: boolean;
}

const response = GetFlowsResponseSchema.field;
const flow = FlowSchema.field;
const startSeconds = Date.UTC(2026, 0, 2, 3, 4, 5) / 1000;
const flowsPerSecond = 20_000;
const tcpFlagSets = [["ACK"], ["ACK", "PSH"], ["SYN"], ["SYN", "ACK"], ["ACK", "FIN"], ["RST"]] as const;
/** In the order in which Hubble names them in summaries. */
const summaryFlags = ["FIN", "SYN", "RST", "PSH", "ACK"] as const;

/**
 * Encoded `GetFlowsResponse` messages, shaped as those of a large cluster with Cilium 1.17: fields in the order in which
 * Go writes them, 12 to 25 labels on pods, about 1.6 KB each; mostly traces, with policy verdicts, drops, HTTP and DNS
 * between them. The same options make the same bytes.
 */
export function realisticFlows(count: number, options: RealisticFlowsOptions): Uint8Array[] {
  const random = new SeededRandom(options.seed);
  const pods = realisticPods(options.endpoints ?? 11_000, random);
  const maker = new FlowMaker(random);
  const messages: Uint8Array[] = [];
  for (let index = 0; index < count; index++) {
    const pod = podFor(index, pods, random);
    const local = options.churn ? pods.newcomer(pod, index) : pod;
    messages.push(maker.make(index, local, pods.peerOf(pod)));
  }
  return messages;
}

/** The first flows show each pod once; then some pods talk far more than others. */
function podFor(index: number, pods: ReturnType<typeof realisticPods>, random: SeededRandom): RealisticPod {
  if (index < pods.length) return pods.at(index);
  const busy = random.percent(50) ? Math.ceil(pods.length / 10) : pods.length;
  return pods.at(random.integer(0, busy - 1));
}

/** Writes one message after the other into one buffer. */
class FlowMaker {
  readonly #sink = new ByteSink();
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  make(index: number, local: RealisticPod, peer: RealisticPod): Uint8Array {
    const random = this.#random;
    const sink = this.#sink;
    const seconds = startSeconds + Math.floor(index / flowsPerSecond);
    const nanos = (index % flowsPerSecond) * (1e9 / flowsPerSecond) + random.integer(0, 40_000);
    const ingress = random.percent(50);
    const [source, destination] = ingress ? [peer, local] : [local, peer];
    sink.clear();
    sink.message(response.flow.number, () => {
      this.#time(flow.time.number, seconds, nanos);
      this.#body(source, destination, { ingress, node: local.node, nodeLabels: local.nodeLabels });
    });
    sink.text(response.nodeName.number, local.node);
    this.#time(response.time.number, seconds, nanos);
    return sink.take();
  }

  #body(source: RealisticPod, destination: RealisticPod, seen: Seen): void {
    const chance = this.#random.fraction() * 100;
    if (chance < 62) this.#trace(source, destination, seen);
    else if (chance < 80) this.#policyVerdict(source, destination, seen);
    else if (chance < 85) this.#drop(source, destination, seen);
    else if (chance < 95) this.#http(source, destination, seen);
    else this.#dns(source, destination, seen);
  }

  #trace(source: RealisticPod, destination: RealisticPod, seen: Seen): void {
    const random = this.#random;
    const reply = random.percent(45);
    const flags = random.pick(tcpFlagSets);
    const udp = random.percent(12);
    this.#start(1, 0);
    this.#layers(source, destination, { udp, flags });
    this.#sides(source, destination, 1, seen);
    this.#events(seen, {
      reply,
      eventType: 4,
      subType: random.pick([0, 0, 3, 4, 11]),
      point: random.pick([101, 3, 4, 11]),
    });
    this.#end(seen, reply ? 3 : random.pick([1, 2]));
    this.#sink.text(flow.Summary.number, udp ? "UDP" : flagsSummary(flags));
  }

  #policyVerdict(source: RealisticPod, destination: RealisticPod, seen: Seen): void {
    const denied = this.#random.percent(10);
    this.#start(denied ? 2 : this.#random.percent(10) ? 5 : 1, denied ? 133 : 0);
    this.#layers(source, destination, { udp: false, flags: ["SYN"] });
    this.#sides(source, destination, 1, seen);
    this.#events(seen, { reply: false, eventType: 5, subType: 0, matchType: this.#random.integer(1, 4) });
    if (denied) this.#sink.integer(flow.dropReasonDesc.number, 133);
    this.#end(seen, 0);
    const by = denied
      ? seen.ingress
        ? flow.ingressDeniedBy
        : flow.egressDeniedBy
      : seen.ingress
        ? flow.ingressAllowedBy
        : flow.egressAllowedBy;
    const owner = seen.ingress ? destination : source;
    if (!denied || this.#random.percent(30)) {
      for (const policy of owner.policies) this.#policy(by.number, policy, owner.namespace);
    }
    this.#sink.text(flow.Summary.number, "TCP Flags: SYN");
  }

  #drop(source: RealisticPod, destination: RealisticPod, seen: Seen): void {
    const reason = this.#random.pick([133, 133, 133, 181, 151, 166]);
    this.#start(2, reason);
    this.#layers(source, destination, { udp: false, flags: ["SYN"] });
    this.#sides(source, destination, 1, seen);
    this.#events(seen, { eventType: 1, subType: reason });
    this.#sink.integer(flow.dropReasonDesc.number, reason);
    this.#end(seen, 0);
    this.#sink.text(flow.Summary.number, "TCP Flags: SYN");
  }

  #http(source: RealisticPod, destination: RealisticPod, seen: Seen): void {
    const random = this.#random;
    const sink = this.#sink;
    const reply = random.percent(50);
    const method = random.pick(["GET", "GET", "POST", "PUT"]);
    const url = `http://${destination.workload}.${destination.namespace}:8080/api/v1/${random.pick(["orders", "carts", "users", "items"])}/${random.integer(1, 300)}`;
    const code = reply ? random.pick([200, 200, 201, 404, 503]) : 0;
    const latencyNs = reply ? Math.round(random.duration(8e6, 1)) : 0;
    this.#start(1, 0);
    this.#layers(source, destination, { udp: false, flags: [] });
    this.#sides(source, destination, 2, seen);
    sink.message(flow.l7.number, () => {
      sink.integer(Layer7Schema.field.type.number, reply ? 2 : 1);
      sink.integer(Layer7Schema.field.latencyNs.number, latencyNs);
      sink.message(Layer7Schema.field.http.number, () => {
        sink.integer(HTTPSchema.field.code.number, code);
        sink.text(HTTPSchema.field.method.number, method);
        sink.text(HTTPSchema.field.url.number, url);
        sink.text(HTTPSchema.field.protocol.number, "HTTP/1.1");
        this.#header(":scheme", "http");
        this.#header("User-Agent", "Go-http-client/1.1");
        this.#header("X-Envoy-Internal", "true");
      });
    });
    this.#events(seen, { reply, eventType: 129, subType: 0 });
    this.#end(seen, 0);
    const text = reply
      ? `HTTP/1.1 ${code} ${Math.trunc(latencyNs / 1e6)}ms (${method} ${url})`
      : `HTTP/1.1 ${method} ${url}`;
    sink.text(flow.Summary.number, text);
  }

  #dns(source: RealisticPod, destination: RealisticPod, seen: Seen): void {
    const sink = this.#sink;
    const reply = this.#random.percent(50);
    const query = `${destination.workload}.${destination.namespace}.svc.cluster.local.`;
    this.#start(1, 0);
    this.#layers(source, destination, { udp: true, flags: [], port: 53 });
    this.#sides(source, destination, 2, seen);
    sink.message(flow.l7.number, () => {
      sink.integer(Layer7Schema.field.type.number, reply ? 2 : 1);
      sink.message(Layer7Schema.field.dns.number, () => {
        sink.text(DNSSchema.field.query.number, query);
        if (reply) sink.element(DNSSchema.field.ips.number, destination.ip);
        if (reply) sink.integer(DNSSchema.field.ttl.number, 30);
        sink.text(DNSSchema.field.observationSource.number, "proxy");
        sink.element(DNSSchema.field.qtypes.number, "A");
        if (reply) sink.element(DNSSchema.field.rrtypes.number, "A");
      });
    });
    this.#events(seen, { reply, eventType: 129, subType: 0 });
    this.#end(seen, 0);
    const answer = `DNS Answer "${destination.ip}" TTL: 30 (Proxy ${query} A)`;
    sink.text(flow.Summary.number, reply ? answer : `DNS Query ${query} A`);
  }

  #time(field: number, seconds: number, nanos: number): void {
    this.#sink.message(field, () => {
      this.#sink.integer(1, seconds);
      this.#sink.integer(2, nanos);
    });
  }

  #start(verdict: number, dropReason: number): void {
    this.#sink.integer(flow.verdict.number, verdict);
    this.#sink.integer(flow.dropReason.number, dropReason);
  }

  #layers(source: RealisticPod, destination: RealisticPod, l4: Layer4Choice): void {
    const sink = this.#sink;
    const random = this.#random;
    if (source.mac && random.percent(80)) {
      sink.message(flow.ethernet.number, () => {
        sink.text(EthernetSchema.field.source.number, source.mac);
        sink.text(EthernetSchema.field.destination.number, destination.mac || "ee:ee:ee:ee:ee:ee");
      });
    }
    sink.message(flow.IP.number, () => {
      sink.text(IPSchema.field.source.number, source.ip);
      sink.text(IPSchema.field.destination.number, destination.ip);
      sink.integer(IPSchema.field.ipVersion.number, 1);
    });
    sink.message(flow.l4.number, () => {
      sink.message(l4.udp ? Layer4Schema.field.UDP.number : Layer4Schema.field.TCP.number, () => {
        sink.integer(TCPSchema.field.sourcePort.number, random.integer(32_768, 60_999));
        sink.integer(TCPSchema.field.destinationPort.number, l4.port ?? destination.port);
        if (l4.flags.length > 0 && !l4.udp) {
          sink.message(TCPSchema.field.flags.number, () => {
            for (const name of summaryFlags) {
              if (l4.flags.includes(name)) sink.integer(TCPFlagsSchema.field[name].number, 1);
            }
          });
        }
      });
    });
  }

  #sides(source: RealisticPod, destination: RealisticPod, type: number, seen: Seen): void {
    const sink = this.#sink;
    sink.encoded(flow.source.number, source.encoded);
    sink.encoded(flow.destination.number, destination.encoded);
    sink.integer(flow.Type.number, type);
    sink.text(flow.nodeName.number, seen.node);
    for (const name of source.names) sink.element(flow.sourceNames.number, name);
    for (const name of destination.names) sink.element(flow.destinationNames.number, name);
    this.#service(destination, seen);
  }

  #service(destination: RealisticPod, { ingress }: Seen): void {
    const sink = this.#sink;
    if (ingress || !destination.workload || this.#random.percent(60)) return;
    sink.message(flow.destinationService.number, () => {
      sink.text(ServiceSchema.field.name.number, destination.workload);
      sink.text(ServiceSchema.field.namespace.number, destination.namespace);
    });
  }

  #events({ ingress }: Seen, event: EventChoice): void {
    const sink = this.#sink;
    if (event.reply === true) sink.integer(flow.reply.number, 1);
    sink.message(flow.eventType.number, () => {
      sink.integer(CiliumEventTypeSchema.field.type.number, event.eventType);
      sink.integer(CiliumEventTypeSchema.field.subType.number, event.subType);
    });
    sink.integer(flow.trafficDirection.number, ingress ? 1 : 2);
    sink.integer(flow.policyMatchType.number, event.matchType ?? 0);
    sink.integer(flow.traceObservationPoint.number, event.point ?? 0);
    if (event.reply !== undefined) {
      sink.message(flow.isReply.number, () => {
        sink.integer(1, event.reply ? 1 : 0);
      });
    }
  }

  #end(seen: Seen, traceReason: number): void {
    const sink = this.#sink;
    sink.text(flow.uuid.number, this.#random.uuid());
    sink.integer(flow.traceReason.number, traceReason);
    for (const label of seen.nodeLabels) sink.element(flow.nodeLabels.number, label);
  }

  #header(key: string, value: string): void {
    const sink = this.#sink;
    sink.message(HTTPSchema.field.headers.number, () => {
      sink.text(HTTPHeaderSchema.field.key.number, key);
      sink.text(HTTPHeaderSchema.field.value.number, value);
    });
  }

  #policy(field: number, name: string, namespace: string): void {
    const sink = this.#sink;
    sink.message(field, () => {
      sink.text(PolicySchema.field.name.number, name);
      sink.text(PolicySchema.field.namespace.number, namespace);
      sink.element(
        PolicySchema.field.labels.number,
        "k8s:io.cilium.k8s.policy.derived-from=CiliumNetworkPolicy",
      );
      sink.element(PolicySchema.field.labels.number, `k8s:io.cilium.k8s.policy.name=${name}`);
      sink.element(PolicySchema.field.labels.number, `k8s:io.cilium.k8s.policy.namespace=${namespace}`);
      sink.integer(PolicySchema.field.revision.number, 7);
      sink.text(PolicySchema.field.kind.number, "CiliumNetworkPolicy");
    });
  }
}

interface Seen {
  readonly ingress: boolean;
  readonly node: string;
  readonly nodeLabels: readonly string[];
}

interface Layer4Choice {
  readonly udp: boolean;
  readonly flags: readonly string[];
  readonly port?: number;
}

interface EventChoice {
  readonly reply?: boolean;
  readonly eventType: number;
  readonly subType: number;
  readonly matchType?: number;
  readonly point?: number;
}

function flagsSummary(flags: readonly string[]): string {
  return `TCP Flags: ${summaryFlags.filter((name) => flags.includes(name)).join(", ")}`;
}

import { type DescField, type DescMessage, toBinary } from "@bufbuild/protobuf";
import { type GetFlowsResponse, GetFlowsResponseSchema } from "./gen/observer/observer_pb.js";
import { decodeResponse, writeJson } from "./jsonpb.ts";
import { NameCipher } from "./nameCipher.ts";
import { redactHostName, redactLabel, redactNodeName, redactPodName, redactUrl } from "./redactText.ts";

/** What becomes of a text. */
type Rule =
  | "name"
  | "keep"
  | "remove"
  | "label"
  | "address"
  | "hardware"
  | "host"
  | "node"
  | "pod"
  | "url"
  | "summary";

/**
 * The fields whose texts do not become the hash of a name, by message and field. What is not here, and what a newer relay
 * adds, is hashed; numbers, enumerations and times stay; fields and extensions that we do not know are removed.
 */
const rules: Readonly<Record<string, Rule>> = {
  "flow.Flow.uuid": "keep",
  "flow.Flow.node_name": "node",
  "flow.Flow.node_labels": "label",
  "flow.Flow.source_names": "host",
  "flow.Flow.destination_names": "host",
  "flow.Flow.Summary": "summary",
  "flow.Emitter.name": "keep",
  "flow.Emitter.version": "keep",
  "flow.FileInfo.name": "keep",
  "flow.Endpoint.labels": "label",
  "flow.Endpoint.pod_name": "pod",
  "flow.Workload.kind": "keep",
  "flow.Policy.kind": "keep",
  "flow.Policy.labels": "label",
  "flow.IP.source": "address",
  "flow.IP.source_xlated": "address",
  "flow.IP.destination": "address",
  "flow.IGMP.group_address": "address",
  "flow.Ethernet.source": "hardware",
  "flow.Ethernet.destination": "hardware",
  "flow.DNS.query": "host",
  "flow.DNS.cnames": "host",
  "flow.DNS.ips": "address",
  "flow.DNS.observation_source": "keep",
  "flow.DNS.qtypes": "keep",
  "flow.DNS.rrtypes": "keep",
  "flow.HTTP.method": "keep",
  "flow.HTTP.protocol": "keep",
  "flow.HTTP.url": "url",
  "flow.HTTPHeader.key": "keep",
  "flow.HTTPHeader.value": "remove",
  "flow.Kafka.api_key": "keep",
  "observer.GetFlowsResponse.node_name": "node",
  "relay.NodeStatusEvent.node_names": "node",
  "relay.NodeStatusEvent.message": "remove",
};

/** Summaries that hold nothing but what the flow's own fields say without a name. */
const harmlessSummary = /^(?:TCP Flags: [A-Z, ]*|UDP|SCTP|VRRP|IGMP|ICMPv[46](?: [A-Za-z]+)*)$/;

function isEarly(field: DescField): boolean {
  return !field.oneof && !isLate(field);
}

/** Which words of a URL's path are names is known from the other fields. */
function isLate(field: DescField): boolean {
  return field.parent.typeName === "flow.Flow" && field.name === "l7";
}

/**
 * Takes out of events what a stranger must not read: values of HTTP headers, query strings and user names in URLs and
 * messages of nodes are removed; what in a URL's path is no plain word, names (of pods, namespaces, clusters, nodes, workloads, services, policies, DNS), values
 * of labels, addresses and topics are replaced, equal by equal for the life of this object.
 */
export class Redaction {
  readonly #cipher: NameCipher;

  constructor(cipher = new NameCipher()) {
    this.#cipher = cipher;
  }

  /** The line of JSON for an event, redacted; throws when it is none. */
  json(raw: Uint8Array): string {
    return writeJson(this.#redacted(raw));
  }

  /** The bytes of the event, redacted; throws when it is none. */
  bytes(raw: Uint8Array): Uint8Array {
    return toBinary(GetFlowsResponseSchema, this.#redacted(raw));
  }

  #redacted(raw: Uint8Array): GetFlowsResponse {
    const response = decodeResponse(raw);
    if (response.responseTypes.case === "flow") delete response.responseTypes.value.extensions;
    this.#redactMessage(GetFlowsResponseSchema, response);
    return response;
  }

  #redactMessage(schema: DescMessage, message: object): void {
    const fields = message as Record<string, unknown>;
    delete fields["$unknown"];
    for (const field of [...schema.fields.filter(isEarly), ...schema.fields.filter(isLate)]) {
      fields[field.localName] = this.#redactValue(field, fields[field.localName]);
    }
    for (const oneof of schema.oneofs) {
      const chosen = fields[oneof.localName] as { case?: string; value?: unknown };
      const field = oneof.fields.find(({ localName }) => localName === chosen.case);
      if (field) chosen.value = this.#redactValue(field, chosen.value);
    }
  }

  #redactValue(field: DescField, value: unknown): unknown {
    if (value === undefined) return value;
    if (Array.isArray(value)) return value.map((each: unknown) => this.#redactValue(field, each));
    if (field.message) {
      const { typeName } = field.message;
      if (!typeName.startsWith("google.protobuf.")) this.#redactMessage(field.message, value as object);
      return value;
    }
    if (value instanceof Uint8Array) return new Uint8Array();
    return typeof value === "string"
      ? this.#redactText(`${field.parent.typeName}.${field.name}`, value)
      : value;
  }

  #redactText(field: string, text: string): string {
    const cipher = this.#cipher;
    const rule: Rule = rules[field] ?? "name";
    switch (rule) {
      case "keep":
        return text;
      case "remove":
        return text === "" ? "" : "redacted";
      case "label":
        return redactLabel(text, cipher);
      case "address":
        return cipher.address(text);
      case "hardware":
        return cipher.hardwareAddress(text);
      case "host":
        return redactHostName(text, cipher);
      case "node":
        return redactNodeName(text, cipher);
      case "pod":
        return redactPodName(text, cipher);
      case "url":
        return redactUrl(text, cipher);
      case "summary":
        return harmlessSummary.test(text) ? text : "";
      case "name":
        return cipher.name(text);
    }
  }
}

import assert from "node:assert/strict";
import { isIPv4, isIPv6 } from "node:net";
import { describe, test } from "node:test";
import { responseToJson } from "../../src/hubble/jsonpb.ts";
import { NameCipher } from "../../src/hubble/nameCipher.ts";
import { readResponse } from "../../src/hubble/readResponse.ts";
import { Redaction } from "../../src/hubble/redaction.ts";
import { redactHostName, redactLabel, redactPodName, redactUrl } from "../../src/hubble/redactText.ts";
import { hubbleMessages } from "../support/hubbleFixture.ts";

/** Fields whose texts say nothing of whom: of kinds, times, protocols. */
const harmless =
  /^(?:time|first|last|uuid|verdict|Type|type|ipVersion|method|protocol|kind|revision|latency_ns|socket_cookie|cgroup_id|num_events_lost|trace_observation_point|trace_reason|drop_reason_desc|debug_capture_point|sock_xlate_point|traffic_direction|auth_type|state_change|qtypes|rrtypes|observation_source|api_key|key|Summary)$/;

/** Every text of an event with the field that it is in. */
function texts(json: string): readonly { readonly field: string; readonly text: string }[] {
  const found: { field: string; text: string }[] = [];
  const walk = (value: unknown, field: string): void => {
    if (typeof value === "string") found.push({ field, text: value });
    else if (Array.isArray(value)) for (const each of value) walk(each, field);
    else if (typeof value === "object" && value !== null) {
      for (const [key, each] of Object.entries(value)) walk(each, key);
    }
  };
  walk(JSON.parse(json), "");
  return found;
}

describe("redaction of flows of every kind", () => {
  const before = hubbleMessages.map(responseToJson);
  const redaction = new Redaction();
  const after = before.map((line) => redaction.json(Buffer.from(line)));

  test("no text of what goes in comes out, but for kinds and protocols", () => {
    const secrets = new Set<string>();
    for (const line of before) {
      for (const { field, text } of texts(line)) {
        if (harmless.test(field) || text.startsWith("reserved:")) continue;
        if (field !== "labels" && field !== "node_labels" && field !== "url") secrets.add(text);
        else if (field === "url") secrets.add(new URL(text).host).add(new URL(text).search || text);
        else secrets.add(text.slice(text.indexOf("=") + 1));
      }
    }
    // What the agent is, and which of its files and buffers speaks.
    for (const word of ["", "Hubble", "1.19.4", "bpf_lxc.c", "HUBBLE_RING_BUFFER"]) secrets.delete(word);
    for (const secret of secrets) if (/^\d+$/.test(secret)) secrets.delete(secret);
    assert.ok(secrets.size > 200, String(secrets.size));
    const words = new Set<string>();
    for (const line of after) {
      for (const { field, text } of texts(line)) {
        // Whole, and by its parts: `cluster/node`, `key=value`, `a.b`.
        if (!harmless.test(field)) for (const word of [text, ...text.split(/[/=:?]/)]) words.add(word);
      }
    }
    assert.deepEqual(
      [...secrets].filter((secret) => words.has(secret)),
      [],
    );
    const whole = after.join("\n");
    const long = [...secrets].filter(
      (secret) => secret.length > 9 && !secret.endsWith("NetworkPolicy") && whole.includes(secret),
    );
    assert.deepEqual(long, []);
  });

  test("what comes out is read, and is the same event but for its names", () => {
    for (const [index, line] of after.entries()) {
      const [from, to] = [before[index] ?? "", line].map((each) => readResponse(Buffer.from(each)));
      assert.equal(to?.kind, from?.kind);
      if (from?.kind !== "flow" || to?.kind !== "flow") continue;
      const facts = ({ flow }: typeof from) => {
        const { time, uuid, verdict, type, eventType, eventSubType, trafficDirection, isReply, l4 } = flow;
        const { identity, labels, workloads } = flow.source;
        const sides = [identity, labels.length, workloads.map(({ kind }) => kind), flow.ip?.version];
        return [time, uuid, verdict, type, eventType, eventSubType, trafficDirection, isReply, l4, sides];
      };
      assert.deepEqual(facts(to), facts(from));
      const isFamily = to.flow.ip?.version === "IPv6" ? isIPv6 : isIPv4;
      for (const address of [to.flow.ip?.source, to.flow.ip?.destination]) {
        if (address) assert.ok(isFamily(address), address);
      }
    }
  });

  test("what was equal is equal, what was not is not, and another recording has other names", () => {
    const pairs = new Map<string, string>();
    for (const [index, line] of after.entries()) {
      const [from, to] = [texts(before[index] ?? ""), texts(line)];
      const names = (all: typeof from) =>
        all.filter(({ field }) => /^(?:namespace|source|destination|cluster_name)$/.test(field));
      const [olds, news] = [names(from), names(to)];
      assert.equal(news.length, olds.length);
      for (const [place, { text }] of olds.entries()) {
        const made = news[place]?.text ?? "";
        assert.equal(pairs.get(text) ?? made, made);
        pairs.set(text, made);
      }
    }
    assert.equal(new Set(pairs.values()).size, pairs.size);
    const other = new Redaction().json(Buffer.from(before[0] ?? ""));
    assert.notEqual(other, after[0]);
  });

  test("a name in a URL is replaced, be it told before or after", () => {
    const line =
      '{"flow":{"l7":{"http":{"url":"/svc/checkout/users/bob"}},"destination_service":{"name":"checkout"}}}';
    const { flow } = JSON.parse(new Redaction().json(Buffer.from(line))) as {
      flow: { l7: { http: { url: string } }; destination_service: { name: string } };
    };
    assert.equal(flow.l7.http.url, `/svc/${flow.destination_service.name}/users/bob`);
  });

  test("what we do not know of is taken out", () => {
    const line =
      '{"flow":{"uuid":"u","brand_new":{"a":"secret"},"extensions":{"@type":"a/b","value":"c2VjcmV0"},"Summary":"GET http://secret/"}}';
    assert.equal(redaction.json(Buffer.from(line)), '{"flow":{"uuid":"u"}}');
  });
});

describe("redaction of texts", () => {
  const cipher = new NameCipher(new Uint8Array(32));
  const x = (name: string) => cipher.name(name);
  const cases: readonly (readonly [string, string, string])[] = [
    [
      "a URL",
      redactUrl("http://me:pw@api.shop.svc.cluster.local:8080/v1/items?token=1#top", cipher),
      `http://${x("api")}.${x("shop")}.svc.cluster.local:8080/v1/items`,
    ],
    [
      "a URL by address",
      redactUrl("http://10.0.0.7/a/10.0.0.8", cipher),
      `http://${cipher.address("10.0.0.7")}/a/${cipher.address("10.0.0.8")}`,
    ],
    [
      "a URL by IPv6 address",
      redactUrl("http://[fd01::1]:80/", cipher),
      `http://[${cipher.address("fd01::1")}]:80/`,
    ],
    ["a host and a port alone", redactUrl("shop:443", cipher), `${x("shop")}:443`],
    ["a host and a path", redactUrl("shop/v1?q", cipher), `${x("shop")}/v1`],
    ["no scheme", redactUrl("//shop/v1", cipher), `//${x("shop")}/v1`],
    ["a path alone", redactUrl("/v1/x?y=z", cipher), "/v1/x"],
    ["a name in a path", redactUrl(`/ns/shop`, cipher), `/ns/${x("shop")}`],
    [
      "numbers, e-mail addresses, tokens and hosts in a path",
      redactUrl(
        "/users/1234/alice@example.com/al%69ce/api.example.com/eyJhbGciOi.eyJzdWI.c2ln/orders;sid=1",
        cipher,
      ),
      `/users/${[
        "1234",
        "alice@example.com",
        "al%69ce",
        "api.example.com",
        "eyJhbGciOi.eyJzdWI.c2ln",
        "orders;sid=1",
      ]
        .map(x)
        .join("/")}`,
    ],
    [
      "words, versions and files in a path",
      redactUrl("/api/v1beta1/request-landing/index.html", new NameCipher()),
      "/api/v1beta1/request-landing/index.html",
    ],
    [
      "pods in a path, as they are called elsewhere",
      redactUrl("/pods/web-6fb5694d48-5hmds/web-bcdfg/", cipher),
      `/pods/${redactPodName("web-6fb5694d48-5hmds", cipher)}/${redactPodName("web-bcdfg", cipher)}/`,
    ],
    ["a slash in a password", redactUrl("http://a:b/c@host/d", cipher), `http://${x("a")}:/${x("c@host")}/d`],
    [
      "a user name with an @ in its password",
      redactUrl("http://a:b@c@host/", cipher),
      `http://${x("host")}/`,
    ],
    ["a host name", redactHostName("API.GitHub.com.", cipher), `${x("api")}.${x("github")}.${x("com")}.`],
    [
      "a reverse question",
      redactHostName("7.0.0.10.in-addr.arpa.", cipher),
      `${x("7")}.${x("0")}.${x("0")}.${x("10")}.in-addr.arpa.`,
    ],
    [
      "a pod of a deployment",
      redactPodName("web-6fb5694d48-5hmds", cipher),
      `${x("web")}-${x("6fb5694d48-5hmds")}`,
    ],
    ["a pod of a set", redactPodName("db-0", cipher), `${x("db")}-${x("0")}`],
    ["a pod alone", redactPodName("xwing", cipher), x("xwing")],
    ["a label", redactLabel("k8s:app=web", cipher), `k8s:app=${x("web")}`],
    [
      "a label of Kubernetes",
      redactLabel("k8s:io.kubernetes.pod.namespace=shop", cipher),
      `k8s:io.kubernetes.pod.namespace=${x("shop")}`,
    ],
    [
      "a namespace's label",
      redactLabel("k8s:io.cilium.k8s.namespace.labels.acme.com/team=a", cipher),
      `k8s:io.cilium.k8s.namespace.labels.${x("acme")}.${x("com")}/team=${x("a")}`,
    ],
    ["a label of somebody's", redactLabel("k8s:acme.com/team", cipher), `k8s:${x("acme")}.${x("com")}/team`],
    [
      "a key written backwards",
      redactLabel("k8s:com.acme=1", cipher),
      `k8s:${x("com")}.${x("acme")}=${x("1")}`,
    ],
    [
      "a group of CIDRs",
      redactLabel("cidrgroup:io.cilium.policy.cidrgroupname/vpn", cipher),
      `cidrgroup:io.cilium.policy.cidrgroupname/${x("vpn")}`,
    ],
    ["a node's label", redactLabel("kubernetes.io/hostname=n1", cipher), `kubernetes.io/hostname=${x("n1")}`],
    ["a reserved label", redactLabel("reserved:world", cipher), "reserved:world"],
    ["a CIDR label", redactLabel("cidr:10.1.0.0/16", cipher), `cidr:${cipher.address("10.1.0.0")}/16`],
    [
      "an IPv6 CIDR label",
      redactLabel("cidr:fd01--1/128", cipher),
      `cidr:${cipher.address("fd01::1").replaceAll(":", "-")}/128`,
    ],
    ["the label of all addresses", redactLabel("cidr:0.0.0.0/0", cipher), "cidr:0.0.0.0/0"],
    [
      "an FQDN label",
      redactLabel("fqdn:*.example.com", cipher),
      `fqdn:${x("*")}.${x("example")}.${x("com")}`,
    ],
  ];
  for (const [what, redacted, expected] of cases) {
    test(what, () => {
      assert.equal(redacted, expected);
    });
  }

  test("addresses stay addresses of their family, no two become one", () => {
    const fours = Array.from({ length: 20_000 }, (_, index) => `10.${index >> 8}.${index & 255}.1`);
    const made = fours.map((address) => cipher.address(address));
    assert.ok(made.every(isIPv4));
    assert.equal(new Set(made).size, fours.length);
    assert.ok(isIPv6(cipher.address("fe80::1")));
    assert.match(cipher.hardwareAddress("b4:2d:a6:f7:24:e9"), /^[0-9a-f][26ae](?::[0-9a-f]{2}){5}$/);
    assert.deepEqual([cipher.address(""), cipher.name(""), cipher.hardwareAddress("")], ["", "", ""]);
  });
});

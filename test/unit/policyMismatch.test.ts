import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Layer7 } from "../../src/flows/flow.ts";
import { decide } from "../../src/policy/decide.ts";
import { decideRequest } from "../../src/policy/decideRequest.ts";
import { compileDnsName } from "../../src/policy/dnsPattern.ts";
import { everyRule } from "../../src/policy/everyRule.ts";
import type { Mismatch } from "../../src/policy/mismatch.ts";
import { createPolicySet } from "../../src/policy/policySet.ts";
import { readPolicies } from "../../src/policy/readPolicies.ts";
import { requestMismatch } from "../../src/policy/requestMismatch.ts";
import { askOf, connectionOf, rowsOf, setOf, since } from "../support/policyAsk.ts";

/** Reads `http METHOD URL NAME=VALUE…` or `kafka KEY TOPIC`. */
function recordOf(text: string): NonNullable<Layer7["record"]> {
  const [protocol, first = "", second = "", ...rest] = text.split(" ");
  if (protocol === "kafka") {
    return { protocol, errorCode: 0, apiVersion: 3, apiKey: first, correlationId: 1, topic: second };
  }
  const headers = rest.map((header) => header.split("=")).map(([key = "", value = ""]) => ({ key, value }));
  return { protocol: "http", code: 0, method: first, url: second, version: "HTTP/1.1", headers };
}

/** Statement | L7 rules | request | the verdict, with what is missing or the first field that fails | what else is known. */
const requests = `
a path with its query | http: [{ path: /a }] | http GET http://h/a?b=c | denied path | 
the host has a port | http: [{ host: 'h:8080' }] | http GET http://h:8080/ | allowed | 
the user is no part of the host | http: [{ host: h }] | http GET http://u:HUBBLE_REDACTED@h/ | allowed | 
no authority in the event | http: [{ host: h }] | http GET / | undecidable the request's authority | 
a header that is hidden | http: [{ headers: ['x-token abc'] }] | http GET http://h/ X-Token=HUBBLE_REDACTED | undecidable the value of the header x-token, which Hubble hides | 
another header | http: [{ headers: ['x-token abc'] }] | http GET http://h/ X-Token=abd | denied header | 
no headers in the event | http: [{ headers: ['x-token abc'] }] | http GET http://h/ | denied header | 
a name and blanks | http: [{ headers: ['X-Token: abc'] }] | http GET http://h/ x-token=abc | allowed | 
a value is exact | http: [{ headers: ['X-Token: abc'] }] | http GET http://h/ x-token=ABC | denied header | 
no blank is presence | http: [{ headers: ['X-Token'] }] | http GET http://h/ x-token=ABC | allowed | 
a colon without blank is a name | http: [{ headers: ['X-Token:abc'] }] | http GET http://h/ x-token=abc | denied header | 
an empty mismatch is none | http: [{ headerMatches: [{ name: a, value: b, mismatch: '' }] }] | http GET http://h/ a=c | denied header | 
presence of a header | http: [{ headerMatches: [{ name: A }] }] | http GET http://h/ a=c | allowed | 
both fields at once | http: [{ method: GET, path: /a }] | http GET http://h/b | denied path | 
either entry | http: [{ path: /a }, { path: /b }] | http GET http://h/b | allowed | 
case counts | http: [{ method: get }] | http GET http://h/ | denied method | 
a pattern in full | http: [{ path: '/a.?' }] | http GET http://h/abc | denied path | 
no path is a slash | http: [{ path: / }] | http GET http://h | allowed | 
a query without path | http: [{ path: '/\\?x=1' }] | http GET http://h?x=1 | allowed | 
a secret | http: [{ headerMatches: [{ name: a, secret: { name: s, namespace: n } }] }] | http GET http://h/ A=x | undecidable Secret n/s | 
a mismatch that is only logged | http: [{ headerMatches: [{ name: a, value: b, mismatch: LOG }] }] | http GET http://h/ | allowed | 
a query that is hidden | http: [{ path: /a }] | http GET http://h/a | undecidable the query, which Hubble hides | queries hidden
a method in full | http: [{ method: GE }] | http GET http://h/ | denied method | 
an entry that asks for nothing | http: [{}] | http PUT http://h/ | allowed | 
no entry is no L7 part | http: [] | http PUT http://h/ | allowed | 
a role | kafka: [{ role: produce, topic: t }] | kafka produce t | allowed | 
not in the role | kafka: [{ role: produce, topic: t }] | kafka fetch t | denied api-key | 
another topic | kafka: [{ role: produce, topic: t }] | kafka produce u | denied topic | 
a request without a topic | kafka: [{ role: produce, topic: t }] | kafka apiversions | allowed | 
a key in any case | kafka: [{ apiKey: Fetch }] | kafka fetch t | allowed | 
another version | kafka: [{ apiVersion: '4' }] | kafka fetch t | denied api-version | 
a hidden key | kafka: [{ role: produce }] | kafka HUBBLE_REDACTED t | undecidable the request's API key, which Hubble hides | 
a hidden key of any | kafka: [{ topic: t }] | kafka HUBBLE_REDACTED t | allowed | 
a hidden key of another topic | kafka: [{ topic: u }] | kafka HUBBLE_REDACTED t | undecidable the request's API key, which Hubble hides | 
no parser from 1.20 on | kafka: [{ role: produce }] | kafka fetch t | allowed | 1.20
nor one of one's own | l7proto: r2d2, l7: [{ cmd: READ }] | http GET http://h/ | allowed | 1.20
a client's id | kafka: [{ clientID: me }] | kafka fetch t | undecidable the client's id, which no Hubble event carries | 
another protocol | kafka: [{ role: consume }] | http GET http://h/ | denied protocol | 
a protocol without records | l7proto: r2d2, l7: [{ cmd: READ }] | http GET http://h/ | undecidable what the proxy's l7proto parser saw | 
`;

describe("every statement about a request", () => {
  for (const [name = "", l7 = "", request = "", expected, option] of rowsOf(requests)) {
    test(`${name}: ${l7} and ${request}`, () => {
      const ask = askOf(option);
      const item = `{ ports: [{ port: '80', protocol: TCP }], rules: { ${l7} } }`;
      const set = setOf(`{ endpointSelector: {}, ingress: [{ toPorts: [${item}] }] }`, ask);
      const connection = connectionOf("ingress", "client");
      const { verdict, undecidable } = decideRequest(set, connection, recordOf(request));
      const items = decide(set, connection).rules.flatMap(({ rule }) =>
        rule.ports === "any" ? [] : rule.ports,
      );
      const entry = items.flatMap((one) => one.l7?.entries ?? [])[0];
      const mismatch = entry && requestMismatch(entry, recordOf(request), ask.context);
      const why = verdict === "denied" ? mismatch?.field : undecidable[0]?.missing.needs;
      assert.equal(why === undefined ? verdict : `${verdict} ${why}`, expected);
    });
  }
});

/** What stands beside `ports` in the items of one rule each | what a GET of / comes to. */
const besides = `
rules: { http: [{ method: PUT }] } ; | allowed
rules: { http: [{ method: PUT }] } ; rules: {} | allowed
rules: { http: [{ method: PUT }] } ; rules: { http: [] } | allowed
rules: { http: [{ method: PUT }] } ; rules: { http: [{ method: GET }] } | allowed
rules: { http: [{ method: PUT }] } ; rules: { http: [{ method: POST }] } | denied
rules: { http: [{ method: PUT }] } ; serverNames: [h] | undecidable
rules: { http: [{ method: PUT }] } ; serverNames: [] | allowed
rules: { http: [{ method: GET }] } ; serverNames: [h] | allowed
rules: { http: [{ method: PUT }] } ; terminatingTLS: { secret: { name: s } } | undecidable
rules: { http: [{ method: PUT }] }, serverNames: [h], terminatingTLS: { secret: { name: s } } | denied
`;

describe("what stands beside the requests that a rule lets pass", () => {
  for (const [items = "", expected] of rowsOf(besides)) {
    test(items, () => {
      const rules = items
        .split(";")
        .map((item) => `{ toPorts: [{ ports: [{ port: '80', protocol: TCP }], ${item} }] }`);
      const set = setOf(`{ endpointSelector: {}, ingress: [${rules.join()}] }`);
      const connection = connectionOf("ingress", "client");
      assert.equal(decideRequest(set, connection, recordOf("http GET http://h/")).verdict, expected);
    });
  }
});

/** Pattern | names that fit in every version | only from 1.19 on | only before | in none. */
const patterns = `
* | a.io io . | | | 
** | a. . | a.b.io | | 
*. | io | a.io | | 
*.a.io | b.a.io B.A.IO b.a.io. _x.a.io .a.io | | | a.io c.b.a.io
**.a.io | b.a.io | c.b.a.io | .a.io | a.io
***.a.io | b.a.io | c.b.a.io | .a.io | a.io
x.**.a.io | x.y.a.io | | | x.y.z.a.io
A*.io | a.io abc.io | | | b.a.io
a_b*.io | a_b.io a_bc.io | | | a.io
a.io. | a.io A.io. | | | b.a.io
`;

describe("patterns of DNS names, by version", () => {
  for (const [text = "", always = "", recent = "", old = "", never = ""] of rowsOf(patterns)) {
    test(text, () => {
      const words = (list: string): readonly string[] => list.split(" ").filter((word) => word !== "");
      const matchers = [18, 19, undefined].map((minor) =>
        compileDnsName({ type: "matchPattern", text }, minor === undefined ? undefined : { major: 1, minor }),
      );
      for (const [names, answers] of [
        [always, [true, true, true]],
        [recent, [false, true, undefined]],
        [old, [true, false, undefined]],
        [never, [false, false, false]],
      ] as const) {
        for (const name of words(names)) {
          assert.deepEqual(
            matchers.map((matches) => matches(name)),
            answers,
            name,
          );
        }
      }
    });
  }
});

/** Rule | peer and port | the first fact that fails, with the text that it speaks of. */
const mismatches = `
{} | client TCP/80 | nobody: {}
{ fromEndpoints: [] } | client TCP/80 | nobody: { fromEndpoints: [] }
{ fromEndpoints: [{ matchLabels: { app: x } }] } | client TCP/80 | label app=x not client: { matchLabels: { app: x } }
{ fromEndpoints: [{ matchLabels: { tier: x } }] } | client TCP/80 | label tier=x: { matchLabels: { tier: x } }
{ fromEndpoints: [{ matchLabels: { app: client } }] } | elsewhere TCP/80 | implied-namespace default not other: { matchLabels: { app: client } }
{ fromEndpoints: [{ matchLabels: { app: x } }, { matchLabels: { app: client } }] } | elsewhere TCP/80 | implied-namespace default not other: { matchLabels: { app: client } }
{ fromEndpoints: [{ matchLabels: { app: client } }] } | abroad TCP/80 | implied-cluster here not there: { matchLabels: { app: client } }
{ fromEntities: [host] } | world TCP/80 | entity host not world: host
{ fromCIDR: [10.0.0.0/8] } | world TCP/80 | address not 203.0.113.7: 10.0.0.0/8
{ fromCIDR: [10.0.0.0/8] } | client TCP/80 | inside-cluster: 10.0.0.0/8
{ fromEndpoints: [{}], toPorts: [{ ports: [{ port: '81', protocol: TCP }] }] } | client TCP/80 | port not 80: { port: '81', protocol: TCP }
{ toPorts: [{ ports: [{ port: '80', protocol: UDP }, { port: '81' }] }] } | client TCP/80 | port not 80: { port: '81' }
{ toPorts: [{ ports: [{ port: '80', protocol: UDP }] }] } | client TCP/80 | protocol not TCP: { port: '80', protocol: UDP }
{ icmps: [{ fields: [{ type: 8 }] }] } | client ICMPv4/3 | icmp-type not 3: { type: 8 }
{ fromEntities: [all] } | host TCP/80 | localhost: { fromEntities: [all] }
`;

function shown(mismatch: Mismatch, text: string): string {
  const place = text.slice(mismatch.range.start, mismatch.range.end).trim().replace(/^- /, "");
  const wanted =
    mismatch.fact === "label"
      ? ` ${mismatch.wanted.key}=${mismatch.wanted.values.join()}`
      : "wanted" in mismatch
        ? ` ${mismatch.wanted}`
        : "";
  const found = "found" in mismatch ? ` not ${String(mismatch.found)}` : "";
  return `${mismatch.fact}${wanted}${found}: ${place}`;
}

describe("the first fact that fails", () => {
  for (const [rule = "", who = "", expected] of rowsOf(mismatches)) {
    test(`${rule} and ${who}`, () => {
      const head = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: { name: p }\nspec:\n";
      const text = `${head}  endpointSelector: {}\n  ingress:\n  - ${rule}\n`;
      const set = createPolicySet(readPolicies(text).policies, since(19));
      const [peer = "", port = ""] = who.split(/ (?=\S+$)/);
      const [judged] = everyRule(set, connectionOf("ingress", peer, port));
      assert.equal(judged?.mismatch && shown(judged.mismatch, text), expected);
    });
  }
});

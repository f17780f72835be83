import { Dictionary } from "./dictionary.ts";
import type { DnsRecord, Endpoint, HttpRecord, KafkaRecord, PolicyName } from "./flow.ts";
import { unknownEndpoint } from "./unknownFlow.ts";
import { readUtf8 } from "./utf8.ts";

/** The policies that Hubble named on one event. */
export interface Attribution {
  readonly allowedBy: readonly PolicyName[];
  readonly deniedBy: readonly PolicyName[];
}

/** What flows have in common, by number: columns hold the numbers. Strings' keys are their UTF-8. */
export interface FlowDictionaries {
  readonly strings: Dictionary<string>;
  readonly endpoints: Dictionary<Endpoint>;
  readonly l7Records: Dictionary<HttpRecord | DnsRecord | KafkaRecord>;
  readonly attributions: Dictionary<Attribution>;
}

/** Makes values of the bytes that are their keys: known to whoever reads the wire. They must not throw. */
export interface DictionaryReaders {
  endpoint(bytes: Uint8Array): Endpoint;
  l7Record(bytes: Uint8Array): HttpRecord | DnsRecord | KafkaRecord;
  attribution(bytes: Uint8Array): Attribution;
}

const noReaders: DictionaryReaders = {
  endpoint: () => unknownEndpoint,
  l7Record: () => ({ protocol: "http", code: 0, method: "", url: "", version: "", headers: [] }),
  attribution: () => ({ allowedBy: [], deniedBy: [] }),
};

/** Empty dictionaries. Without readers only those values are known that come as values. */
export function createFlowDictionaries(readers: DictionaryReaders = noReaders): FlowDictionaries {
  return {
    strings: new Dictionary(readUtf8),
    endpoints: new Dictionary((bytes) => readers.endpoint(bytes)),
    l7Records: new Dictionary((bytes) => readers.l7Record(bytes)),
    attributions: new Dictionary((bytes) => readers.attribution(bytes)),
  };
}

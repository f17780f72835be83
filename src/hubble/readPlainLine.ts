import { Dictionary } from "../flows/dictionary.ts";
import type { Endpoint, Flow } from "../flows/flow.ts";
import { unknownEndpoint } from "../flows/unknownFlow.ts";
import { lineText } from "./jsonpb.ts";
import { plainObject, unusual } from "./plainJson.ts";
import { readPlainEndpoint } from "./readPlainEndpoint.ts";
import { readPlainFlow } from "./readPlainFlow.ts";

/** What stands for an endpoint that was cut out of a line: a number that no line has but by chance. */
const mark = Math.random();
const marks = `${mark},"destination":${mark}`;
/** No text within JSON holds one of these: each has a quote that no `\` precedes, and what follows would be no JSON. */
const sourceStart = Buffer.from(',"source":{"');
const between = Buffer.from('},"destination":{"');
const destinationEnd = Buffer.from('},"');
const destinationKey = ',"destination":'.length;
/** Bytes of endpoints, about those of a large cluster, after which all are forgotten. */
const knownBytes = 32 << 20;
/** Stands for what is no endpoint in its usual form. */
const noEndpoint: Endpoint = { ...unknownEndpoint };

let known = newEndpoints();

/**
 * Makes a flow of a line of JSON, as `readPlainFlow` does of what is parsed. The endpoints, which are the most of a line,
 * are not parsed again: they are cut out, and known by their bytes. `undefined` for everything that is not a flow in the
 * very form in which Hubble writes it.
 */
export function readPlainLine(line: Uint8Array): Flow | undefined {
  const bytes = Buffer.from(line.buffer, line.byteOffset, line.length);
  return readWithoutEndpoints(bytes) ?? readPlainFlow(parsed(bytes.toString("utf8")));
}

function readWithoutEndpoints(bytes: Buffer): Flow | undefined {
  const source = bytes.indexOf(sourceStart) + sourceStart.length - 2;
  const sourceEnd = bytes.indexOf(between, source) + 1;
  const destination = sourceEnd + destinationKey;
  const end = bytes.indexOf(destinationEnd, destination) + 1;
  if (source < sourceStart.length || sourceEnd === 0 || end === 0) return undefined;
  if (known.bytes > knownBytes) known = newEndpoints();
  const endpoints = {
    mark,
    source: known.get(known.intern(bytes, source, sourceEnd)) ?? noEndpoint,
    destination: known.get(known.intern(bytes, destination, end)) ?? noEndpoint,
  };
  if (endpoints.source === noEndpoint || endpoints.destination === noEndpoint) return undefined;
  const text = bytes.toString("utf8", 0, source) + marks + bytes.toString("utf8", end);
  return readPlainFlow(parsed(text), endpoints);
}

function newEndpoints(): Dictionary<Endpoint> {
  return new Dictionary((bytes) => {
    const json = parsed(lineText(bytes));
    try {
      return readPlainEndpoint(plainObject(json));
    } catch (error) {
      if (error === unusual) return noEndpoint;
      throw error;
    }
  });
}

/** `undefined` for what is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

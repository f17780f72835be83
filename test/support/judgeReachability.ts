import type { Connection } from "../../src/policy/connection.ts";
import { decide } from "../../src/policy/decide.ts";
import type { Comparison } from "./judgePolicyCase.ts";
import { makeEndpoint } from "./makeFlow.ts";
import { type OracleConnection, type OracleGroup, setOf } from "./policyOracle.ts";

/** Judges which connections of a group work from end to end: egress of the one side and ingress of the other. */
export function compareReachability(comparison: Comparison, group: OracleGroup): void {
  const { set } = setOf(group);
  for (const wanted of group.reachability ?? []) {
    const isConnected = (["egress", "ingress"] as const).every(
      (direction) => decide(set, connectionOf(group, wanted, direction)).verdict === "allowed",
    );
    const { src, dst, protocol, port } = wanted;
    comparison.check(`${src} reaches ${dst} ${protocol}/${port}`, wanted.connected, isConnected);
  }
}

function connectionOf(
  { endpoints = {} }: OracleGroup,
  { src, dst, protocol, port }: OracleConnection,
  direction: Connection["direction"],
): Connection {
  const [source, destination] = [src, dst].map((name) => {
    const { namespace = "", pod_name: podName = "", labels = [], ip = "" } = endpoints[name] ?? {};
    return { endpoint: makeEndpoint(podName === "" ? "" : `${namespace}/${podName}`, { labels }), ip };
  });
  if (!source || !destination) throw new Error(`No endpoints ${src} and ${dst}`);
  return {
    direction,
    source: source.endpoint,
    destination: destination.endpoint,
    sourceIp: source.ip,
    destinationIp: destination.ip,
    l4: { protocol, port },
  };
}

import type { Endpoint, Workload } from "../flows/flow.ts";
import {
  plainList,
  plainNumber,
  type PlainObject,
  plainObject,
  plainText,
  plainTexts,
  unusual,
} from "./plainJson.ts";

const none: readonly never[] = [];

/** Reads a `flow.Endpoint` in its usual JSON form, as `readPlainFlow` does. */
export function readPlainEndpoint(from: PlainObject): Endpoint {
  const read = { id: 0, identity: 0, clusterName: "", namespace: "", podName: "" };
  let labels: Endpoint["labels"] = none;
  let workloads: Endpoint["workloads"] = none;
  for (const key in from) {
    const value = from[key];
    if (key === "ID") read.id = plainNumber(value);
    else if (key === "identity") read.identity = plainNumber(value);
    else if (key === "cluster_name") read.clusterName = plainText(value);
    else if (key === "namespace") read.namespace = plainText(value);
    else if (key === "pod_name") read.podName = plainText(value);
    else if (key === "labels") labels = plainTexts(value);
    else if (key === "workloads") workloads = plainList(value).map(readWorkload);
    else throw unusual;
  }
  return { ...read, labels, workloads };
}

function readWorkload(value: unknown): Workload {
  const from = plainObject(value);
  const read = { kind: "", name: "" };
  for (const key in from) {
    if (key !== "kind" && key !== "name") throw unusual;
    read[key] = plainText(from[key]);
  }
  return read;
}

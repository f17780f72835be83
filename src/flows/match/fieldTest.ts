import type { DnsRecord, Endpoint, Flow, HttpRecord, KafkaRecord } from "../flow.ts";
import type { FlowNumbers } from "./flowNumbers.ts";

export type L7Record = HttpRecord | DnsRecord | KafkaRecord;

/** Texts of a flow that a store keeps in its dictionary of strings, by the name of their column. */
export type TextColumn =
  | "sourceIp"
  | "destinationIp"
  | "sourceNames"
  | "destinationNames"
  | "sourceService"
  | "destinationService"
  | "nodeName"
  | "dropReason";

/**
 * A question about a flow, with what it has to be asked of: the less of a flow, the cheaper. An absent text is empty;
 * names of a side are joined with commas, services are `namespace/name`, as a store has them.
 */
export type FieldTest =
  /** Is one of a flow's small numbers among these? What can be asked so is cheapest over many rows. */
  | { readonly of: "number"; readonly column: keyof FlowNumbers; readonly values: readonly number[] }
  /** What several of the small numbers answer together. */
  | { readonly of: "numbers"; readonly holds: (numbers: FlowNumbers) => boolean }
  | {
      readonly of: "source" | "destination";
      /** Names the question: one with the same name asks the same, be it of the other side. */
      readonly asks: string;
      readonly holds: (endpoint: Endpoint) => boolean;
    }
  | { readonly of: "text"; readonly column: TextColumn; readonly holds: (text: string) => boolean }
  | { readonly of: "l7Record"; readonly holds: (record: L7Record | undefined) => boolean }
  | { readonly of: "uuid"; readonly holds: (uuid: string) => boolean }
  | { readonly of: "flow"; readonly holds: (flow: Flow, raw: Uint8Array | undefined) => FieldAnswer };

/** `failed`: there is no answer, and other values of the field are not asked. */
export type FieldAnswer = boolean | "failed";

/** What the whole of a field asks is asked in this order: what is cheap first. */
export function costOf({ of }: FieldTest): number {
  switch (of) {
    case "number":
    case "numbers":
      return 0;
    case "source":
    case "destination":
    case "text":
    case "l7Record":
      return 1;
    case "uuid":
      return 2;
    case "flow":
      return 3;
  }
}

/** The text of a single flow, formed as a store does. */
export function textOf(flow: Flow, column: TextColumn): string {
  switch (column) {
    case "sourceIp":
      return flow.ip?.source ?? "";
    case "destinationIp":
      return flow.ip?.destination ?? "";
    case "sourceNames":
      return flow.sourceNames.join(",");
    case "destinationNames":
      return flow.destinationNames.join(",");
    case "sourceService":
      return serviceText(flow.sourceService);
    case "destinationService":
      return serviceText(flow.destinationService);
    case "nodeName":
      return flow.nodeName ?? "";
    case "dropReason":
      return flow.dropReasonDesc ?? "";
  }
}

function serviceText(service: Flow["sourceService"]): string {
  return service ? `${service.namespace}/${service.name}` : "";
}

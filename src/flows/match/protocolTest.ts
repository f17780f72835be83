import { layer4Protocols } from "../flow.ts";
import type { FieldTest } from "./fieldTest.ts";
import type { Refusal } from "./filterProblem.ts";

const layer4 = ["icmp", "icmpv4", "icmpv6", "tcp", "udp", "sctp", "vrrp", "igmp"];
const layer7 = ["dns", "http", "kafka"];

/** Is this the flow's protocol on layer 4 or 7, in whatever case? `icmp` is that of either version. */
export function protocolTest(wanted: string): FieldTest | Refusal {
  const name = wanted.toLowerCase();
  if (layer7.includes(name)) return { of: "l7Record", holds: (record) => record?.protocol === name };
  if (!layer4.includes(name)) {
    return { error: `"${wanted}" is not a protocol: ${[...layer4, ...layer7].join(", ")}.` };
  }
  const values = layer4Protocols.flatMap((protocol, number) => {
    const lower = protocol.toLowerCase();
    return lower === name || (name === "icmp" && lower.startsWith("icmp")) ? [number] : [];
  });
  return { of: "number", column: "protocol", values };
}

export type IcmpFamily = "IPv4" | "IPv6";

/** The ICMP messages that a policy may name instead of numbering them. */
export const icmpTypes: Readonly<Record<IcmpFamily, Readonly<Record<string, number>>>> = {
  IPv4: {
    EchoReply: 0,
    DestinationUnreachable: 3,
    Redirect: 5,
    Echo: 8,
    EchoRequest: 8,
    RouterAdvertisement: 9,
    RouterSelection: 10,
    TimeExceeded: 11,
    ParameterProblem: 12,
    Timestamp: 13,
    TimestampReply: 14,
    Photuris: 40,
    ExtendedEchoRequest: 42,
    ExtendedEchoReply: 43,
  },
  IPv6: {
    DestinationUnreachable: 1,
    PacketTooBig: 2,
    TimeExceeded: 3,
    ParameterProblem: 4,
    EchoRequest: 128,
    EchoReply: 129,
    MulticastListenerQuery: 130,
    MulticastListenerReport: 131,
    MulticastListenerDone: 132,
    RouterSolicitation: 133,
    RouterAdvertisement: 134,
    NeighborSolicitation: 135,
    NeighborAdvertisement: 136,
    RedirectMessage: 137,
    RouterRenumbering: 138,
    ICMPNodeInformationQuery: 139,
    ICMPNodeInformationResponse: 140,
    InverseNeighborDiscoverySolicitation: 141,
    InverseNeighborDiscoveryAdvertisement: 142,
    HomeAgentAddressDiscoveryRequest: 144,
    HomeAgentAddressDiscoveryReply: 145,
    MobilePrefixSolicitation: 146,
    MobilePrefixAdvertisement: 147,
    DuplicateAddressRequestCodeSuffix: 157,
    DuplicateAddressConfirmationCodeSuffix: 158,
    ExtendedEchoRequest: 160,
    ExtendedEchoReply: 161,
  },
};

/** The names that agents know and the schema does not. */
const notInSchema = ["ExtendedEchoReply"];

/** Why the API server takes a text for no ICMP type; `undefined`: it does, in either family. */
export function icmpTypeFault(written: string): string | undefined {
  if (/^([1-9]?\d|1\d\d|2[0-4]\d|25[0-5])$/.test(written)) return undefined;
  const isName = Object.hasOwn(icmpTypes.IPv4, written) || Object.hasOwn(icmpTypes.IPv6, written);
  if (isName && !notInSchema.includes(written)) return undefined;
  return `“${written}” is no ICMP type: write a number from 0 to 255, or a name that Cilium knows.`;
}

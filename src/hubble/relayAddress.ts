/** Where a relay listens. */
export interface RelayAddress {
  /** A name or an IP address, without the brackets of IPv6. */
  readonly host: string;
  readonly port: number;
}

/** Port of hubble-relay behind `cilium hubble port-forward`, and of the `hubble` CLI's default server. */
const defaultRelayPort = 4245;

/** Reads `host:port`, `host` or `[ipv6]:port`, with or without the CLI's `tcp://` before it; else `undefined`. */
export function parseRelayAddress(text: string): RelayAddress | undefined {
  const match = /^(?:tcp:\/\/)?(?:\[([\da-f:.]+)\]|([^\s:/[\]@?#]+))(?::(\d{1,5}))?$/i.exec(text.trim());
  const host = match?.[1] ?? match?.[2];
  if (!match || host === undefined) return undefined;
  const port = match[3] === undefined ? defaultRelayPort : Number(match[3]);
  return port >= 1 && port <= 65535 ? { host, port } : undefined;
}

/** The address as people write it. */
export function formatRelayAddress(address: RelayAddress): string {
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}

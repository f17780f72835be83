const defaultPort = 4245;

/**
 * Reads what a person typed for a relay: `host`, `host:port`, `[::1]:port`, with or without a scheme.
 * Answers `host:port`, or `undefined` when it cannot be one.
 */
export function relayAddress(input: string): string | undefined {
  const text = input
    .trim()
    .replace(/^(?:tcp|grpc|http):\/\//, "")
    .replace(/\/+$/, "");
  const match = /^(\[[0-9a-fA-F:.]+\]|[^\s:/[\]]+)(?::(\d{1,5}))?$/.exec(text);
  if (!match) return undefined;
  const port = match[2] === undefined ? defaultPort : Number(match[2]);
  return port >= 1 && port <= 65_535 ? `${match[1] ?? ""}:${port}` : undefined;
}

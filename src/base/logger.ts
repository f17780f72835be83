/** Where the program says what it does. `area` is one word (`"session"`); secrets, HTTP headers and query strings never go in. */
export interface Logger {
  debug(area: string, message: string): void;
  info(area: string, message: string): void;
  warn(area: string, message: string): void;
  error(area: string, message: string): void;
}

/** Says nothing: for callers that show their errors themselves. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {
  // Nothing to say.
}

/** Is it an IANA service name (RFC 6335): at most 15 letters, digits and single hyphens within, at least one letter? */
export function isServiceName(written: string): boolean {
  return /^(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$/i.test(written);
}

/**
 * The number that an agent reads from a port, by the rules of Go's integers: `010` is 8, and digits may be grouped
 * by underscores then. `undefined`: none, or one above 65535.
 */
export function portNumber(written: string): number | undefined {
  const octal = /^0_?[0-7]+(_[0-7]+)*$/.test(written);
  if (!octal && !/^(0|[1-9]\d*)$|^[1-9]\d*(_\d+)+$/.test(written)) return undefined;
  const number = Number.parseInt(written.replaceAll("_", ""), octal ? 8 : 10);
  return number <= 65535 ? number : undefined;
}

/**
 * Why the API server takes a text for no port. Its pattern looks at the beginning for a number, or at the end for a
 * name: it lets a good deal pass that the agent refuses.
 */
export function portTextFault(written: string): string | undefined {
  const passes = /^\d/.test(written) || endsAsName(written);
  return passes ? undefined : `“${written}” is neither a port number nor a port name.`;
}

function endsAsName(written: string): boolean {
  const end = /(?:[a-zA-Z0-9]|(?<=[a-zA-Z0-9])-(?=[a-zA-Z0-9]))*$/.exec(written.slice(-64));
  return end !== null && /[a-zA-Z]/.test(end[0]);
}

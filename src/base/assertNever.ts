/** Ends a `switch` over a union: stops compiling when a member is not handled, throws when data lied about its type. */
export function assertNever(value: never): never {
  throw new Error(`Unexpected value: ${JSON.stringify(value)}`);
}

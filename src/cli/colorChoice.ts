/** What `--color` takes. */
export type ColorChoice = "auto" | "always" | "never";

/**
 * Shall what is printed have colours? `auto` has them on a terminal that can show them, unless `NO_COLOR` is set.
 */
export function wantsColor(
  choice: ColorChoice,
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  switch (choice) {
    case "always":
      return true;
    case "never":
      return false;
    case "auto":
      return stream.isTTY === true && !environment["NO_COLOR"] && environment["TERM"] !== "dumb";
  }
}

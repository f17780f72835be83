/** What `--color` takes. */
export const colorChoices = ["auto", "always", "never"] as const;
export type ColorChoice = (typeof colorChoices)[number];

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

/** Where a key moves in a table of `count` rows, from the row it is on (`undefined`: none); `undefined`: not a key that moves. */
export function gridKeyMove(
  key: string,
  current: number | undefined,
  { count, page }: { readonly count: number; readonly page: number },
): number | undefined {
  const target = keyTarget(key, current, { count, page });
  return target === undefined ? undefined : Math.max(0, Math.min(count - 1, target));
}

function keyTarget(
  key: string,
  current: number | undefined,
  { count, page }: { readonly count: number; readonly page: number },
): number | undefined {
  switch (key) {
    case "ArrowDown":
      return current === undefined ? 0 : current + 1;
    case "ArrowUp":
      return current === undefined ? 0 : current - 1;
    case "PageDown":
      return (current ?? 0) + page;
    case "PageUp":
      return (current ?? 0) - page;
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return undefined;
  }
}

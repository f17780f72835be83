/**
 * The highest element that we ask of a browser. Chromium lays out up to 33.5 million pixels, Firefox 17.8;
 * above this a pixel of the scroll bar stands for more than one of the table.
 */
export const maxHeightPx = 16_000_000;

/** A table of equally high rows seen through a window. */
export interface Geometry {
  readonly rowCount: number;
  readonly rowHeight: number;
  /** The height in which rows show, in pixels. */
  readonly viewHeight: number;
}

/** How high the element behind the scroll bar is. */
export function scrollHeight({ rowCount, rowHeight }: Geometry): number {
  return Math.min(rowCount * rowHeight, maxHeightPx);
}

/** Which row stands at the upper edge at a place of the scroll bar: a whole row and a part of it. */
export function rowAtTop(scrollTop: number, geometry: Geometry): number {
  return (clamp(scrollTop, 0, scrollRange(geometry)) * scale(geometry)) / geometry.rowHeight;
}

/** Where the scroll bar must stand for a row to be at the upper edge. */
export function scrollTopOf(row: number, geometry: Geometry): number {
  return clamp((row * geometry.rowHeight) / scale(geometry), 0, scrollRange(geometry));
}

/** Where the scroll bar must stand for a row to be seen whole, moving as little as can be. */
export function scrollTopToShow(row: number, scrollTop: number, geometry: Geometry): number {
  const top = rowAtTop(scrollTop, geometry);
  const rowsShown = geometry.viewHeight / geometry.rowHeight;
  if (row < top) return scrollTopOf(row, geometry);
  if (row + 1 > top + rowsShown) return scrollTopOf(row + 1 - rowsShown, geometry);
  return scrollTop;
}

function scrollRange(geometry: Geometry): number {
  return Math.max(0, scrollHeight(geometry) - geometry.viewHeight);
}

/** How many pixels of the table one pixel of the scroll bar stands for. */
function scale(geometry: Geometry): number {
  const range = scrollRange(geometry);
  const full = geometry.rowCount * geometry.rowHeight - geometry.viewHeight;
  return range === 0 ? 1 : full / range;
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(value, high));
}

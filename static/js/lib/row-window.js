/** Which rows of a long list are on the screen, and where they lie. Browsers end at some 16 million pixels. */

export const MAX_HEIGHT_PX = 14_000_000;
/** So many rows above and below the screen are kept ready. */
export const SPARE_ROWS = 8;

/**
 * @param {{count: number, rowPx: number, viewPx: number, scrolledPx: number}} list `viewPx` is the height of what is
 *   seen of the list, `scrolledPx` how far its top lies above that
 * @returns {{heightPx: number, shiftPx: number, first: number, last: number}} the list's height in the page; what is
 *   taken from the position `row × rowPx` of each row; the half-open range of rows on the screen
 */
export function placeRows({count, rowPx, viewPx, scrolledPx}) {
  const wholePx = count * rowPx;
  const heightPx = Math.min(wholePx, MAX_HEIGHT_PX);
  const at = Math.max(0, Math.min(scrolledPx, heightPx));
  // Its end is where the end of the rows is, however far what follows it can be scrolled into view.
  const shiftPx = Math.min(Math.round(at * (slope(wholePx, heightPx, viewPx) - 1)), wholePx - heightPx);
  const top = at + shiftPx;
  const first = Math.max(0, Math.min(count, Math.floor(top / rowPx)));
  return {heightPx, shiftPx, first, last: Math.min(count, Math.ceil((top + viewPx) / rowPx))};
}

/** How far a list must be scrolled for `topPx` of its rows' positions to be at the top of the view. */
export function scrollFor(topPx, {count, rowPx, viewPx}) {
  const wholePx = count * rowPx;
  const heightPx = Math.min(wholePx, MAX_HEIGHT_PX);
  return topPx > wholePx - viewPx ? topPx - wholePx + heightPx : topPx / slope(wholePx, heightPx, viewPx);
}

/** The top to scroll to so that a row is seen, `null` where it is already. `align` is "nearest" or "center". */
export function topToShow(row, align, topPx, {rowPx, viewPx}) {
  const isAbove = row * rowPx < topPx;
  const isBelow = (row + 1) * rowPx > topPx + viewPx;
  if (!isAbove && !isBelow) return null;
  if (align === "center") return Math.max(0, (row + 0.5) * rowPx - viewPx / 2);
  return isAbove ? row * rowPx : (row + 1) * rowPx - viewPx;
}

/** Pixels of rows that go by for each pixel that is scrolled: 1 but for lists that are too long for a page. */
function slope(wholePx, heightPx, viewPx) {
  return wholePx > heightPx ? (wholePx - viewPx) / (heightPx - viewPx) : 1;
}

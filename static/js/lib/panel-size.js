// How large the panel may be: in pixels, its width beside the rows or its height below them.

const LEAST_PX = 240;
/** What is left of the rows at least. */
const LEAST_REST_PX = 200;
const STEP_PX = 24;

/** @param {number} roomPx what the panel and the rows have together */
export function clampSize(sizePx, roomPx) {
  return Math.round(Math.max(LEAST_PX, Math.min(sizePx, largestSize(roomPx))));
}

export const leastSize = LEAST_PX;
export const largestSize = (roomPx) => Math.max(LEAST_PX, roomPx - LEAST_REST_PX);

/**
 * The size after a key on the handle, as the ARIA pattern of a window splitter has it; null for other keys.
 * The handle is at the left or upper edge: away from the panel is larger.
 */
export function sizeAfterKey(key, sizePx, roomPx) {
  if (key === "Home") return LEAST_PX;
  if (key === "End") return largestSize(roomPx);
  const step = {ArrowLeft: STEP_PX, ArrowUp: STEP_PX, ArrowRight: -STEP_PX, ArrowDown: -STEP_PX}[key];
  return step ? clampSize(sizePx + step, roomPx) : null;
}

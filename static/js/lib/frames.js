/**
 * Frames of a flame graph: boxes from `left` to `right` (ns) in levels, of which none overlaps another of its level.
 * Pure.
 *
 * @typedef {object} Frames
 * @property {Float64Array} left
 * @property {Float64Array} right
 * @property {Int32Array} level    from 0, the topmost
 * @property {Int32Array} parent   −1: nothing is above
 * @property {Int32Array} child    the first below it; −1: none
 * @property {Int32Array} order    by level and in each from the left: only frames that are drawn
 * @property {Int32Array} first    where each level begins in `order`, and the end of the last
 */

/** @param {(frame: number) => boolean} isDrawn @returns {Frames} */
export function arrangeFrames({left, right, level}, parent, isDrawn = () => true) {
  const levelCount = level.reduce((most, each) => Math.max(most, each + 1), 0);
  const first = new Int32Array(levelCount + 1);
  level.forEach((each, frame) => isDrawn(frame) && first[each + 1]++);
  for (let at = 0; at < levelCount; at++) first[at + 1] += first[at];
  const order = new Int32Array(first[levelCount]);
  const free = Int32Array.from(first);
  level.forEach((each, frame) => isDrawn(frame) && (order[free[each]++] = frame));
  for (let at = 0; at < levelCount; at++) {
    order.subarray(first[at], first[at + 1]).sort((one, other) => left[one] - left[other] || one - other);
  }
  const child = new Int32Array(level.length).fill(-1);
  for (const frame of order) if (parent[frame] >= 0 && child[parent[frame]] < 0) child[parent[frame]] = frame;
  return {left, right, level, parent, child, order, first};
}

/** The place in `order` of the first frame of a level that ends after a point; the end of the level if none does. */
function findAfter({right, order, first}, level, point) {
  let [low, high] = [first[level], first[level + 1]];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (right[order[middle]] > point) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Calls `draw(frame, x, after)` for what is seen of a level in so many pixels. Of frames that begin and end in one pixel
 * the first is drawn, however many there are. It costs no more than the pixels do.
 * @param {Frames} frames
 * @param {{from: number, to: number}} window
 */
export function drawLevel(frames, level, {from, to}, width, draw) {
  const {left, right, order, first} = frames;
  const perNs = width / (to - from);
  let at = findAfter(frames, level, from);
  while (at < first[level + 1]) {
    const frame = order[at];
    if (left[frame] >= to) return;
    const x = Math.max(0, (left[frame] - from) * perNs);
    const after = Math.min(width, (right[frame] - from) * perNs);
    draw(frame, x, Math.max(x + 1, after));
    const pixel = Math.floor(x) + 1;
    at = after < pixel ? Math.max(at + 1, findAfter(frames, level, from + pixel / perNs)) : at + 1;
  }
}

/** The frame of a level at a point, or within `slack` of it; −1: none. @param {Frames} frames */
export function frameAt(frames, level, point, slack) {
  if (!(level >= 0 && level + 1 < frames.first.length)) return -1;
  for (const reach of [0, slack]) {
    const at = findAfter(frames, level, point - reach);
    if (at < frames.first[level + 1] && frames.left[frames.order[at]] <= point + reach) return frames.order[at];
  }
  return -1;
}

/** The frame beside one in its level, to the right (1) or the left (−1); −1: none. @param {Frames} frames */
export function besideOf(frames, frame, by) {
  const {order, first, level} = frames;
  const [start, end] = [first[level[frame]], first[level[frame] + 1]];
  const at = order.subarray(start, end).indexOf(frame);
  return order.subarray(start, end)[at + by] ?? -1;
}

/** From the topmost above a frame to the frame itself; nothing of −1. @param {Frames} frames @returns {number[]} */
export function trailOf({parent}, frame) {
  const trail = [];
  for (let at = frame; at >= 0; at = parent[at]) trail.push(at);
  return trail.reverse();
}

/** Which parts of a span's time none of its children covers: its self time, and where it lies. */

/**
 * The segments of self time of a row within a window, in order; those closer than `least` are joined, so that no bar has
 * more of them than it has pixels.
 * @param {{start: Float64Array, duration: Float64Array}} block
 * @param {Int32Array} end rows after the subtrees
 * @param {number} row
 * @param {{from: number, to: number}} window ns
 * @param {number} least ns
 * @returns {number[]} start, end, start, end … in ns
 */
export function selfSegments({start, duration}, end, row, {from, to}, least) {
  const segments = [];
  const stop = Math.min(to, start[row] + duration[row]);
  let free = Math.max(from, start[row]);
  for (let child = row + 1; child < end[row] && start[child] < stop; child = end[child]) {
    if (start[child] > free) addSegment(segments, free, start[child], least);
    free = Math.max(free, start[child] + duration[child]);
  }
  if (free < stop) addSegment(segments, free, stop, least);
  return segments;
}

function addSegment(segments, from, to, least) {
  if (segments.length && from - segments.at(-1) < least) segments[segments.length - 1] = to;
  else segments.push(from, to);
}

/** How long a row ran while none of its children did, in ns. */
export function selfTime(block, end, row) {
  const segments = selfSegments(block, end, row, {from: -Infinity, to: Infinity}, 0);
  let sum = 0;
  for (let at = 0; at < segments.length; at += 2) sum += segments[at + 1] - segments[at];
  return sum;
}

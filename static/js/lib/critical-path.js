/** The critical path of a trace, by row: which pieces of it are a row's. */

/** Where each piece begins, in ns: the first of a root with it, every other where the one before it ends. */
export function startPieces({critical_row: row, critical_length: length, depth, start}) {
  const starts = new Float64Array(row.length);
  let at = 0;
  let next = 0;
  for (let piece = 0; piece < row.length; piece++) {
    for (; next <= row[piece]; next++) if (!depth[next]) at = start[next];
    starts[piece] = at;
    at += length[piece];
  }
  return starts;
}

/**
 * @param {object} block its columns `critical_…`; a block without them has no path
 * @param {number} count of rows
 * @returns {{time: Float64Array, first: Int32Array, pieces: Uint32Array}} `time` is ns on the path by row; the pieces of
 *   row r are block entries `pieces[first[r]]` to `pieces[first[r + 1] - 1]`
 */
export function indexPath({critical_row: row = [], critical_length: length = []}, count) {
  const time = new Float64Array(count);
  const first = new Int32Array(count + 1);
  const pieces = new Uint32Array(row.length);
  for (let piece = 0; piece < row.length; piece++) {
    time[row[piece]] += length[piece];
    first[row[piece] + 1]++;
  }
  for (let at = 0; at < count; at++) first[at + 1] += first[at];
  const next = first.slice();
  for (let piece = 0; piece < row.length; piece++) pieces[next[row[piece]]++] = piece;
  return {time, first, pieces};
}

/**
 * Where the path is in some rows within a window: no segment is shorter than `least`, and closer ones are one. Of a row
 * with all that is below it the path is one piece.
 * @param {{critical_start: Float64Array, critical_length: Float64Array}} block
 * @param {[number, number][]} ranges ascending; a row, and the row after the last that counts: the next, or the end of
 *   its subtree
 * @param {{from: number, to: number}} window ns
 * @returns {number[]} start, end, start, end … in ns
 */
export function pathSegments(block, {first, pieces}, ranges, {from, to}, least) {
  const segments = [];
  const add = (start, end) => {
    if (end < from || start > to) return;
    if (segments.length && start - segments.at(-1) < least) segments[segments.length - 1] = Math.max(end, segments.at(-1));
    else segments.push(start, end);
  };
  for (const [row, after] of ranges) {
    let [low, high] = [Infinity, -Infinity];
    for (let at = first[row]; at < first[after]; at++) {
      const start = block.critical_start[pieces[at]];
      const end = start + block.critical_length[pieces[at]];
      if (after === row + 1) add(start, end);
      low = Math.min(low, start);
      high = Math.max(high, end);
    }
    if (after > row + 1) add(low, high);
  }
  return segments.map((at, place) => (place % 2 ? Math.max(at, segments[place - 1] + least) : at));
}

/** A strip that stands for a whole list of rows: where in it some rows lie, and which is near a point. */

import {rowOf} from "./entries.js";
import {countBefore} from "./matches.js";

/**
 * Where ascending rows lie in a strip that stands for the whole list: each, or what hides it, in one of `size` steps.
 * @param {ArrayLike<number>} codes the list's entries, of which there are `count`
 * @returns {Int32Array} a step for each row
 */
export function layInStrip(codes, count, rows, size) {
  let at = 0;
  return rows.map((row) => {
    while (at + 1 < count && rowOf(codes[at + 1]) <= row) at++;
    return Math.floor((at / count) * size);
  });
}

/** The place of the step that is nearest to a point, −1 where none is at most `reach` away. Steps ascend. */
export function nearest(steps, point, reach) {
  const after = countBefore(steps, point);
  const [index, distance] = [after - 1, after]
    .filter((each) => each >= 0 && each < steps.length)
    .map((each) => [each, Math.abs(steps[each] - point)])
    .sort((one, other) => one[1] - other[1])[0] ?? [-1, Infinity];
  return distance <= reach ? index : -1;
}

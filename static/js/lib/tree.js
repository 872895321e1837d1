/** What follows from the depths of rows in pre-order: parents, ends of subtrees, numbers of children. One pass. */

/**
 * @param {ArrayLike<number>} depth depth of each row, 0 for a root
 * @returns {{parent: Int32Array, end: Int32Array, childCount: Int32Array}} `parent` is −1 for a root, `end` the row
 *   after the subtree
 */
export function deriveTree(depth) {
  const count = depth.length;
  const parent = new Int32Array(count).fill(-1);
  const end = new Int32Array(count);
  const childCount = new Int32Array(count);
  const open = new Int32Array(count);
  let height = 0;
  for (let row = 0; row < count; row++) {
    while (height > depth[row]) end[open[--height]] = row;
    if (height) {
      parent[row] = open[height - 1];
      childCount[parent[row]]++;
    }
    open[height++] = row;
  }
  while (height) end[open[--height]] = count;
  return {parent, end, childCount};
}

/**
 * Marks the rows that pass a test, and all above them.
 * @param {Int32Array} parent
 * @param {(row: number) => boolean} passes
 * @returns {Uint8Array}
 */
export function keepWithAncestors(parent, passes) {
  const keep = new Uint8Array(parent.length);
  for (let row = parent.length - 1; row >= 0; row--) {
    if (!keep[row] && passes(row)) keep[row] = 1;
    if (keep[row] && parent[row] >= 0) keep[parent[row]] = 1;
  }
  return keep;
}

/**
 * When the last span at or below each row ends.
 * @returns {Float64Array} ns from the start of the trace
 */
export function findReach({start, duration}, parent) {
  const reach = start.map((at, row) => at + duration[row]);
  for (let row = parent.length - 1; row >= 0; row--) {
    if (parent[row] >= 0 && reach[row] > reach[parent[row]]) reach[parent[row]] = reach[row];
  }
  return reach;
}

/** The depths, one more for these roots and all below them. */
export function indentBelow(roots, depth, end) {
  const indented = Uint32Array.from(depth);
  for (const root of roots) for (let row = root; row < end[root]; row++) indented[row]++;
  return indented;
}

/** All children of a row's parent; of a root all roots. */
export function* siblingsOf({parent, end}, row) {
  const above = parent[row];
  const last = above < 0 ? end.length : end[above];
  for (let each = above + 1; each < last; each = end[each]) yield each;
}

/** The next (1) or previous (−1) sibling, −1 for none. */
export function siblingOf({parent, end}, row, by) {
  const above = parent[row];
  if (by > 0) return end[row] < (above < 0 ? end.length : end[above]) ? end[row] : -1;
  let before = row - 1;
  while (before > above && parent[before] !== above) before = parent[before];
  return before > above ? before : -1;
}

/** Lists of rows, and as texts: `3,17-20`. Pure. */

/**
 * The rows of some operations; with callers, only those directly below a span of theirs.
 * @param {ArrayLike<number>} operation by row
 * @param {ArrayLike<number>} parent by row, −1 for a root
 * @param {number[]} operations
 * @param {number[]} [callers] operations
 * @returns {number[]} ascending
 */
export function rowsBetween(operation, parent, operations, callers) {
  const [wanted, above] = [new Set(operations), callers && new Set(callers)];
  const rows = [];
  for (let row = 0; row < operation.length; row++) {
    if (!wanted.has(operation[row])) continue;
    if (!above || (parent[row] >= 0 && above.has(operation[parent[row]]))) rows.push(row);
  }
  return rows;
}

/** @param {number[]} rows ascending; those that follow each other are a range */
export function spellRows(rows) {
  const runs = [];
  for (const row of rows) {
    if (runs.length && row === runs.at(-1)[1] + 1) runs.at(-1)[1] = row;
    else runs.push([row, row]);
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(",");
}

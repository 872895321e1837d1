/** The order of a table's rows. Pure; traces/domain/ordering.py says the same on the server. */

/** What a row does not have: it comes last, whichever way the others are sorted. */
export const ABSENT = -1;
/** Of these the largest are looked for first. */
const FIRST_LARGEST = ["status", "duration", "self", "critical"];

/**
 * @param {ArrayLike<number>} keys by row, larger ones come later; ABSENT ones last
 * @param {boolean} isDescending
 * @returns {Int32Array} the rows in order, those of equal keys from above
 */
export function sortRows(keys, isDescending) {
  const rows = new Int32Array(keys.length);
  let count = 0;
  for (let row = 0; row < keys.length; row++) if (keys[row] !== ABSENT) rows[count++] = row;
  let end = count;
  for (let row = 0; end < keys.length && row < keys.length; row++) if (keys[row] === ABSENT) rows[end++] = row;
  const sign = isDescending ? -1 : 1;
  rows.subarray(0, count).sort((one, other) => sign * (keys[one] - keys[other]) || one - other);
  return rows;
}

/**
 * Of each name its place among all of them, without regard to case first; equal ones have the same.
 * @param {string[]} names
 * @returns {number[]}
 */
export function rankNames(names) {
  const fold = new Map(names.map((name) => [name, name.toLowerCase()]));
  const compare = (one, other) => (one < other ? -1 : one > other ? 1 : 0);
  const ordered = [...fold.keys()].sort((one, other) => compare(fold.get(one), fold.get(other)) || compare(one, other));
  const ranks = new Map(ordered.map((name, rank) => [name, rank]));
  return names.map((name) => ranks.get(name));
}

/**
 * What a click on the head of a column makes of a sort: `-duration` is by duration, the longest first.
 * @param {string} sort @param {string} column @returns {string}
 */
export function turnSort(sort, column) {
  if (sort === column) return `-${column}`;
  return sort !== `-${column}` && FIRST_LARGEST.includes(column) ? `-${column}` : column;
}

/**
 * The places of items in a list of them.
 * @param {Int32Array} rows a permutation @returns {Int32Array}
 */
export function invert(rows) {
  const places = new Int32Array(rows.length);
  for (let place = 0; place < rows.length; place++) places[rows[place]] = place;
  return places;
}

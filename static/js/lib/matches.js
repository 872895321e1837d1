/** Which rows were found. A set of rows is bits, as the server sends them: row r is bit r & 7 of byte r >> 3. */

/**
 * What names are compared with, by operation of a block: made once, for it is looked through at every key.
 * @param {{services: {name: string}[], operations: [number, string, string][]}} header
 * @returns {string[]}
 */
export function foldNames({services, operations}) {
  const folded = services.map(({name}) => name.toLowerCase());
  return operations.map(([service, name]) => `${name.toLowerCase()}\n${folded[service]}`);
}

/**
 * The rows whose name or service has a text in it, in upper or lower case; none of an empty text.
 * @param {string[]} names as `foldNames` makes them
 * @param {ArrayLike<number>} operation by row
 * @returns {Uint8Array} bits
 */
export function findNames(names, operation, text) {
  const bits = new Uint8Array((operation.length + 7) >> 3);
  const wanted = text.toLowerCase();
  if (!wanted) return bits;
  const isHit = names.map((name) => name.includes(wanted));
  for (let row = 0; row < operation.length; row++) if (isHit[operation[row]]) bits[row >> 3] |= 1 << (row & 7);
  return bits;
}

/** The rows of both. */
export const unite = (bits, others) => bits.map((byte, at) => byte | others[at]);

/** @returns {Int32Array} the rows in bits, ascending */
export function rowsIn(bits) {
  const rows = new Int32Array(8 * bits.length);
  let count = 0;
  bits.forEach((byte, at) => {
    for (let bit = 0; byte >> bit; bit++) if ((byte >> bit) & 1) rows[count++] = 8 * at + bit;
  });
  return rows.slice(0, count);
}

/** @returns {Int32Array} the rows whose flags have this one, ascending */
export function rowsWith(flag, flags) {
  const rows = [];
  for (let row = 0; row < flags.length; row++) if (flags[row] & flag) rows.push(row);
  return Int32Array.from(rows);
}

/**
 * The place in ascending rows of the next one (`by` 1) or the one before (−1), from a row that need not be among them;
 * past the end it goes on at the other. −1 where there are none.
 * @returns {{index: number, isWrapped: boolean}}
 */
export function step(rows, row, by) {
  const index = by > 0 ? countBefore(rows, row + 1) : countBefore(rows, row) - 1;
  if (index >= 0 && index < rows.length) return {index, isWrapped: false};
  return {index: by > 0 && rows.length ? 0 : rows.length - 1, isWrapped: rows.length > 0};
}

/** The place of a row among ascending rows, −1 if it is not there. */
export function placeOf(rows, row) {
  const index = countBefore(rows, row);
  return rows[index] === row ? index : -1;
}

/** How many of ascending rows come before a row. */
export function countBefore(rows, row) {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle] < row) low = middle + 1;
    else high = middle;
  }
  return low;
}

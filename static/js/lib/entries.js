/** Which rows are shown, in what order and how far indented: what is closed, folded or filtered out is left away. */

export const SPAN = 0;
export const REPEAT = 1;
export const MISSING = 2;

const ROW_BITS = 28;
const ROW_MASK = (1 << ROW_BITS) - 1;

/** What an entry is: a span, a folded run of repeats, or a parent that never arrived. */
export const kindOf = (code) => code >>> ROW_BITS;
/** The row of the span; for a run the row of its first span, for a missing parent that of its first child. */
export const rowOf = (code) => code & ROW_MASK;
const encode = (kind, row) => (kind << ROW_BITS) | row;

/**
 * Runs of siblings that repeat one operation, as the block tells them.
 * @returns {{head: Uint32Array, end: Int32Array, slowest: Int32Array, count: Uint32Array, of: Int32Array, opened: Uint8Array}}
 *   by run, all ascending; `of` says by row to which run a member belongs, −1 for none
 */
export function readRuns(head, count, end, duration) {
  const runs = {
    head,
    count,
    end: new Int32Array(head.length),
    slowest: new Int32Array(head.length),
    of: new Int32Array(head.length ? end.length : 0).fill(-1),
    opened: new Uint8Array(head.length),
  };
  for (let run = 0; run < head.length; run++) {
    let row = head[run];
    runs.slowest[run] = row;
    for (let member = 0; member < count[run]; member++) {
      runs.of[row] = run;
      if (duration[row] > duration[runs.slowest[run]]) runs.slowest[run] = row;
      row = end[row];
    }
    runs.end[run] = row;
  }
  return runs;
}

/** The rows of a run. */
export function* membersOf(runs, run, end) {
  for (let row = runs.head[run]; row < runs.end[run]; row = end[row]) yield row;
}

/**
 * Fills `codes` and `levels` and returns how many entries there are. Codes ascend by row; of equal rows the span is last.
 * @param {object} tree `end`, and `base`: the indentation of each row when all is shown
 * @param {object} shown `first` and `last` (half-open range of rows), `outdent` levels less, `closed` (by row), and each of these or null:
 *   `keep` (by row), `folded` (by row: left out, its children are not), `runs`, `missing` (row → id of the parent)
 */
export function listEntries({end, base}, {first, last, outdent, closed, keep, folded, runs, missing}, codes, levels) {
  const leaveAt = []; // where the one member of a folded run that is shown ends,
  const goOnAt = []; // and the run itself
  const foldedEnds = [];
  let count = 0;
  let lost = "";
  let row = first;
  const add = (kind, at, level) => {
    codes[count] = encode(kind, at);
    levels[count++] = level;
  };
  while (row < last) {
    if (leaveAt.length && row >= leaveAt.at(-1)) {
      leaveAt.pop();
      row = goOnAt.pop();
      continue;
    }
    while (foldedEnds.length && row >= foldedEnds.at(-1)) foldedEnds.pop();
    if (keep && !keep[row]) {
      row = end[row];
      continue;
    }
    if (folded?.[row]) {
      foldedEnds.push(end[row]);
      row++;
      continue;
    }
    const level = base[row] - outdent - foldedEnds.length;
    const parent = missing?.get(row);
    if (parent && parent !== lost) add(MISSING, row, level - 1);
    if (base[row] < 2) lost = parent ?? (base[row] ? lost : "");
    const run = runs ? runs.of[row] : -1;
    if (run >= 0 && runs.head[run] === row && !runs.opened[run]) {
      add(REPEAT, row, level);
      leaveAt.push(end[runs.slowest[run]]);
      goOnAt.push(runs.end[run]);
      row = runs.slowest[run];
    }
    add(SPAN, row, level);
    row = closed[row] ? end[row] : row + 1;
  }
  return count;
}

/** The position of an entry, or −1. A code without a kind is that of a row's span. */
export function findEntry(codes, count, code) {
  const row = rowOf(code);
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rowOf(codes[middle]) <= row) low = middle + 1;
    else high = middle;
  }
  for (let at = low - 1; at >= 0 && rowOf(codes[at]) === row; at--) if (codes[at] === code) return at;
  return -1;
}

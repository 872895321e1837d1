/**
 * What services_map/charts/data.py wrote of a page's charts, and what is asked of it. Pure; moments are seconds since
 * 1970.
 *
 * @typedef {object} Drawn
 * @property {"lines"|"stacked"|"heatmap"} kind
 * @property {boolean} log
 * @property {[number, number]} range           values at the lower and the upper edge
 * @property {{tone: string, values: (?number)[]}[]} [series]
 * @property {number[][]} [weights]             spans by row, the lowest first, and slot
 * @property {[number, number, number][]} [failed] slot, row, spans; only where some failed
 * @property {number} [most]                    the highest weight
 * @property {number} [diamondPx]               from the middle of a diamond to its corners
 * @property {number} [firstRow]
 * @property {number} [rows]
 * @property {string[]} [texts]                 of the rows, the lowest first
 *
 * @typedef {object} Data
 * @property {number} start @property {number} step @property {number} count
 * @property {string} examples address without a window
 * @property {Object<string, Drawn>} charts
 */

export const STEPS = 7;
const LEAST_DARKEST = 12;

/** The address of the examples of a slot, of a row of the heatmap if one is given. */
export function exampleAddress({examples, start, step}, slot, row = null) {
  const from = start + slot * step;
  const window = `start=${from}&end=${from + step}${row === null ? "" : `&row=${row}`}`;
  return `${examples}${examples.includes("?") ? "&" : "?"}${window}`;
}

/** The slots that a range touches, at least one: [first, behind the last]. */
export function slotsOf({start, step, count}, from, to) {
  const clamp = (slot) => Math.min(count, Math.max(0, slot));
  const first = Math.min(count - 1, clamp(Math.floor((Math.min(from, to) - start) / step + 1e-6)));
  return [first, Math.max(first + 1, clamp(Math.ceil((Math.max(from, to) - start) / step - 1e-6)))];
}

/** The query string of the page with another window; everything else stays. */
export function zoomSearch(search, from, to) {
  const words = new URLSearchParams(search);
  for (const name of ["lookback", "zone", "cursor", "page"]) words.delete(name);
  words.set("start", iso(from));
  words.set("end", iso(to));
  return `?${words}`;
}

const iso = (seconds) => new Date(seconds * 1000).toISOString().replace(".000", "");

/** Where in a chart a point of it is: shares of its width, and of its height from above. */
export function placeAt({count}, chart, x, y) {
  const slot = Math.min(count - 1, Math.max(0, Math.floor(x * count)));
  if (chart.kind !== "heatmap") return {slot, row: null};
  const fromAbove = Math.min(chart.rows - 1, Math.max(0, Math.floor(y * chart.rows)));
  return {slot, row: chart.firstRow + chart.rows - 1 - fromAbove};
}

/** Where a key leads; null for one that leads nowhere. Without a place, the first key leads to the last slot. */
export function placeAfter(key, place, {count}, chart) {
  const moves = {ArrowLeft: -1, ArrowRight: 1, Home: -count, End: count};
  const up = {ArrowUp: 1, ArrowDown: -1}[key];
  if (!(key in moves) && !up) return null;
  const isMap = chart.kind === "heatmap";
  const top = isMap ? chart.firstRow + chart.rows - 1 : 0;
  const clamp = (low, high, value) => Math.min(high, Math.max(low, value));
  const from = place ?? {slot: key === "ArrowLeft" ? count : count - 2, row: null};
  const row = from.row ?? busiestRow(chart);
  return {
    slot: clamp(0, count - 1, from.slot + (place && up ? 0 : (moves[key] ?? 1))),
    row: isMap ? clamp(chart.firstRow, top, row + (place?.row == null ? 0 : (up ?? 0))) : null,
  };
}

function busiestRow({weights = [], firstRow, most}) {
  return firstRow + Math.max(0, weights.findIndex((row) => row.includes(most)));
}

/** How many spans there are at a place of a heatmap, and how many of them failed. */
export function cellAt({weights, failed, firstRow}, {slot, row}) {
  const bad = failed.find((cell) => cell[0] === slot && cell[1] === row);
  return {weight: weights[row - firstRow][slot], failed: bad?.[2] ?? 0};
}

/** The colour of a cell: 0 for nothing, STEPS for the most. The same as services_map/charts/heatmap.py. */
export function stepOf(weight, most) {
  return weight > 0 ? Math.ceil((STEPS * Math.log1p(weight)) / Math.log1p(Math.max(most, LEAST_DARKEST)) - 1e-9) : 0;
}

/** Whether there are examples at a place. */
export function hasSpans(chart, place) {
  if (chart.kind === "heatmap") return cellAt(chart, place).weight > 0;
  return chart.series.some(({values}) => (chart.kind === "stacked" ? values[place.slot] > 0 : values[place.slot] !== null));
}

import {readTime, writeTime} from "./zoom.js";

/**
 * The address of a trace page, and what it says of the view. Pure. Defaults are left out; parameters of others stay as
 * they were written. Rows are written as runs (`3-9,17`); in lists of names `%` and `,` are percent-encoded once more.
 *
 * @typedef {object} State
 * @property {string} view        what is shown, empty: the waterfall
 * @property {string} span        hex id of the selected span
 * @property {?number} from       ns, null: the start of the trace
 * @property {?number} to         ns, null: its end
 * @property {string} find
 * @property {boolean} only       only matches and their ancestors
 * @property {number[]} closed    rows, ascending
 * @property {number[]} opened    head rows of opened repeats, ascending
 * @property {?boolean} repeats   whether repeats are folded, null: in large traces
 * @property {?number} level      so many levels are open, null: all
 * @property {string[]} fold      names of services
 * @property {string[]} dim       names of services
 * @property {number} focus       row, −1: none
 * @property {boolean} errors     only errors and their ancestors
 * @property {boolean} critical   only what is on the critical path, and its ancestors
 * @property {boolean} path       whether the critical path is drawn
 * @property {number} min         hide what is shorter than so many per cent of the trace
 * @property {"corrected"|"sent"} clock
 * @property {number} first       first row of a page without scripts
 * @property {?string} results    the search that led here, a query string
 * @property {string[]} others    further parameters, as written: those of the view
 */

export const WATERFALL = "waterfall";
/** Longer lists end here: an address must pass every server and proxy. */
const MAX_LIST_CHARS = 1500;
const MAX_ROWS = 1e6;

/** Of each parameter: what it is where it is absent, and how it is read and written; null is not written. */
const text = {empty: () => "", read: (value) => value, write: (value) => value || null};
const flag = {empty: () => false, read: (value) => value === "1", write: (is) => (is ? "1" : null)};
const time = {
  empty: () => null,
  read: (value) => (Number.isNaN(readTime(value)) ? null : readTime(value)),
  write: (ns) => (ns === null ? null : writeTime(ns)),
};
const whole = (none) => ({
  empty: () => none,
  read: (value) => (/^\d{1,9}$/.test(value) ? Number(value) : none),
  write: (number) => (number === none ? null : String(number)),
});
const rows = {empty: () => [], read: readRows, write: writeRows};
const names = {
  empty: () => [],
  read: (value) => (value ? value.split(",").map((name) => name.replace(/%2C/gi, ",").replaceAll("%25", "%")) : []),
  write: (list) => cut(list.map((name) => name.replace(/[%,]/g, encodeURIComponent))),
};

const PARAMETERS = {
  view: {...text, read: (value) => (/^[a-z]{1,20}$/.test(value) && value !== WATERFALL ? value : "")},
  span: {...text, read: (value) => (/^[0-9a-f]{1,16}$/i.test(value) ? value.toLowerCase() : "")},
  from: time,
  to: time,
  find: text,
  only: flag,
  closed: rows,
  opened: rows,
  repeats: {empty: () => null, read: (value) => ({0: false, 1: true})[value] ?? null, write: (is) => (is === null ? null : String(Number(is)))},
  level: whole(null),
  fold: names,
  dim: names,
  focus: whole(-1),
  errors: flag,
  critical: flag,
  path: {empty: () => true, read: (value) => value !== "0", write: (is) => (is ? null : "0")},
  min: {
    empty: () => 0,
    read: (value) => (/^\d{1,2}(\.\d{1,3})?%?$/.test(value) ? parseFloat(value) : 0),
    write: (share) => (share ? `${Number(share.toFixed(3))}%` : null),
  },
  clock: {
    empty: () => "corrected",
    read: (value) => (value === "sent" ? value : "corrected"),
    write: (clock) => (clock === "sent" ? clock : null),
  },
  first: whole(0),
  results: {empty: () => null, read: (value) => value, write: (value) => value},
};

/** What a view is without an address. @returns {State} */
export function emptyState() {
  const entries = Object.entries(PARAMETERS).map(([name, {empty}]) => [name, empty()]);
  return {...Object.fromEntries(entries), others: []};
}

/** @param {string} search `?a=1&b=2`; the first of several counts, what makes no sense is left out @returns {State} */
export function readAddress(search) {
  const state = emptyState();
  const seen = new Set();
  for (const piece of search.replace(/^\?/, "").split("&")) {
    const [name, value] = piece.split(/=(.*)/s, 2).map(decode);
    if (!Object.hasOwn(PARAMETERS, name)) {
      if (piece) state.others.push(piece);
    } else if (!seen.has(name)) {
      seen.add(name);
      state[name] = PARAMETERS[name].read(value ?? "");
    }
  }
  return state;
}

/** @param {Partial<State>} state @returns {string} `?a=1&b=2`, or nothing */
export function writeAddress(state) {
  const pieces = [];
  for (const [name, {empty, write}] of Object.entries(PARAMETERS)) {
    const value = write(state[name] ?? empty());
    if (value !== null) pieces.push(`${name}=${encode(value)}`);
  }
  pieces.push(...(state.others ?? []));
  return pieces.length ? `?${pieces.join("&")}` : "";
}

function decode(written) {
  const spaced = written.replaceAll("+", " ");
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

/** As little as a query needs: lists, paths and times stay readable. A lone surrogate cannot be in an address. */
const encode = (value) => encodeURIComponent(value.toWellFormed()).replace(/%(2C|2F|3A)/g, decodeURIComponent);

/** @param {string} value `3-9,17` @returns {number[]} ascending */
export function readRows(value) {
  const found = new Set();
  for (const run of value.split(",")) {
    const [, first, last = first] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(run) ?? [];
    for (let row = Number(first); row <= last && found.size < MAX_ROWS; row += 1) found.add(row);
  }
  return [...found].sort((a, b) => a - b);
}

function writeRows(list) {
  const runs = [];
  for (const row of list) {
    const run = runs.at(-1);
    if (run && run[1] === row - 1) run[1] = row;
    else runs.push([row, row]);
  }
  return cut(runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)));
}

function cut(items) {
  let chars = 0;
  return items.filter((item) => (chars += item.length + 1) <= MAX_LIST_CHARS).join(",") || null;
}

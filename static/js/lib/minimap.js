import {ERROR} from "./block.js";
import {MISSING, REPEAT, kindOf, rowOf} from "./entries.js";

/**
 * The whole trace in few pixels. Above, in lanes of their own so that nothing covers them: where spans that failed
 * begin, and where matches do, also of those whose rows are closed or filtered out. Below, the rows shown: where
 * several share a line of pixels the longest bar at a pixel is seen, the shorter beside it, dimmed ones where nothing
 * else is. One pass over the rows; of bars that begin at one pixel of a line only the longest is painted. Pure.
 */
const ERRORS_PX = 4;
const MATCHES_PX = 4;
const MARK_PX = 2;
const MAX_ROW_PX = 6;
/** Longer than any span: what a dimmed one is ranked below all others by. */
const FAINT = 2 ** 53;

/** Where rows lie in a map of `height` pixels. @returns {{top: number, rowHeight: number}} */
export function layRows(entryCount, height, scale = 1) {
  const top = (ERRORS_PX + MATCHES_PX) * scale;
  return {top, rowHeight: Math.min(MAX_ROW_PX * scale, (height - top) / Math.max(1, entryCount))};
}

/**
 * @param {Uint32Array} pixels of an ImageData
 * @param {{width: number, height: number, scale: number}} size in device pixels; `scale` of them are one of CSS
 * @param {object} view a TraceView, read only
 * @param {{services: Uint32Array, dimmed: ArrayLike<number>, error: number, match: number, current: number}} ink
 *   pixels; the first two by position of the service, `dimmed` is 1 where it is
 */
export function paintMinimap(pixels, {width, height, scale}, view, ink) {
  const {block, entries, entryCount, runs, end} = view;
  const {start, duration, operation, flags} = block;
  const services = Uint32Array.from(block.header.operations, ([service]) => service);
  const perNs = width / Math.max(1, view.duration_ns);
  const columnOf = (ns) => Math.max(0, Math.min(width - scale, Math.floor(ns * perNs)));
  const {top, rowHeight} = layRows(entryCount, height, scale);
  const line = makeLine(width);
  const gap = rowHeight >= 3 * scale ? scale : 0;

  const addRow = (row) => {
    const first = columnOf(start[row]);
    const last = Math.min(width, Math.max(first + scale, Math.round((start[row] + duration[row]) * perNs)));
    const service = services[operation[row]];
    line.add(first, last, ink.dimmed[service] === 1 ? duration[row] - FAINT : duration[row], ink.services[service]);
  };
  const addRun = (head) => {
    const members = runs.count[runs.of[head]];
    for (let member = 0, row = head; member < members; member++, row = end[row]) addRow(row);
  };
  const flush = (first, after) => {
    const colours = line.take();
    for (let y = first; y < Math.max(first + 1, after - gap); y++) pixels.set(colours, y * width);
  };
  const lane = (rows, y, colour, wide = MARK_PX * scale) => {
    for (const row of rows) {
      const first = columnOf(start[row]);
      for (let x = first; x < Math.min(width, first + wide); x++) pixels[y * width + x] = colour;
    }
    for (let copy = 1; copy < ERRORS_PX * scale - scale; copy++) pixels.copyWithin((y + copy) * width, y * width, (y + 1) * width);
  };

  pixels.fill(0);
  let y = Math.floor(top);
  for (let position = 0; position < entryCount; position++) {
    const here = Math.floor(top + position * rowHeight);
    if (here !== y) {
      flush(y, here);
      y = here;
    }
    const code = entries[position];
    const kind = kindOf(code);
    if (kind === REPEAT) addRun(rowOf(code));
    else if (kind !== MISSING) addRow(rowOf(code));
  }
  if (entryCount) flush(y, Math.floor(top + entryCount * rowHeight));
  lane(listErrors(flags), 0, ink.error);
  lane(view.matches, ERRORS_PX * scale, ink.match);
  if (view.match >= 0) lane([view.matches[view.match]], ERRORS_PX * scale, ink.current, 2 * MARK_PX * scale);
}

function* listErrors(flags) {
  for (let row = 0; row < flags.length; row++) if (flags[row] & ERROR) yield row;
}

/** Bars on one line of pixels. The longest that begins at each pixel is kept until `take` paints them. */
function makeLine(width) {
  const lasts = new Int32Array(width);
  const ranks = new Float64Array(width);
  const colours = new Uint32Array(width);
  const painted = new Uint32Array(width);
  const highest = new Float64Array(width);
  return {
    add(first, last, rank, colour) {
      if (lasts[first] && rank <= ranks[first]) return;
      lasts[first] = last;
      ranks[first] = rank;
      colours[first] = colour;
    },
    take() {
      painted.fill(0);
      highest.fill(-Infinity);
      let cover = {last: 0, rank: -Infinity};
      for (let first = 0; first < width; first++) {
        const last = lasts[first];
        const rank = ranks[first];
        if (!last || (last <= cover.last && rank <= cover.rank)) continue;
        for (let x = first; x < last; x++) {
          if (rank <= highest[x]) continue;
          highest[x] = rank;
          painted[x] = colours[first];
        }
        if (rank > cover.rank) cover = {last, rank};
      }
      lasts.fill(0);
      return painted;
    },
  };
}

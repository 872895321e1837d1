import {ERROR} from "./block.js";
import {MISSING, REPEAT, kindOf, rowOf} from "./entries.js";

/**
 * The whole trace in few pixels. Above, in lanes of their own so that nothing covers them: where spans that failed
 * begin, and where matches do, also of those whose rows are closed or filtered out. Below, the rows shown. Where several
 * share a line of pixels a bar lies on those that began before it, and of those that begin at one pixel the longest
 * counts: children are seen on their parents, and of every long bar at least its beginning. Dimmed ones are seen where
 * nothing else is. At the bottom, if it is drawn, the critical path in the colours of the services that it is in. One pass
 * over the rows, one over the pixels. Pure.
 */
const ERRORS_PX = 4;
const MATCHES_PX = 4;
const MARK_PX = 2;
const MAX_ROW_PX = 6;
const PATH_PX = 2;
const ABOVE_PATH_PX = 2;

/** Where a view's rows lie in a map of `height` pixels. @returns {{top: number, rowHeight: number}} */
export function layRows({entryCount, showsPath}, height, scale = 1) {
  const top = (ERRORS_PX + MATCHES_PX) * scale;
  const bottom = showsPath ? (ABOVE_PATH_PX + PATH_PX) * scale : 0;
  return {top, rowHeight: Math.min(MAX_ROW_PX * scale, (height - top - bottom) / Math.max(1, entryCount))};
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
  const {top, rowHeight} = layRows(view, height, scale);
  const line = makeLine(width);
  const gap = rowHeight >= 3 * scale ? scale : 0;

  const add = (row, from, length) => {
    const first = columnOf(from);
    const last = Math.min(width, Math.max(first + scale, Math.round((from + length) * perNs)));
    const service = services[operation[row]];
    line.add(first, last, ink.services[service], ink.dimmed[service] === 1);
  };
  const addRow = (row) => add(row, start[row], duration[row]);
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
  if (view.showsPath) {
    block.critical_row.forEach((row, piece) => add(row, block.critical_start[piece], block.critical_length[piece]));
    flush(height - PATH_PX * scale, height + gap);
  }
  lane(listErrors(flags), 0, ink.error);
  lane(view.matches, ERRORS_PX * scale, ink.match);
  if (view.match >= 0) lane([view.matches[view.match]], ERRORS_PX * scale, ink.current, 2 * MARK_PX * scale);
}

function* listErrors(flags) {
  for (let row = 0; row < flags.length; row++) if (flags[row] & ERROR) yield row;
}

/** Bars on one line of pixels. */
function makeLine(width) {
  const lasts = new Int32Array(2 * width); // where the longest bar ends that begins at a pixel; then the same of dimmed ones
  const colours = new Uint32Array(2 * width);
  const painted = new Uint32Array(width);
  const open = new Int32Array(width);
  let hasDimmed = false;
  const layer = (offset) => {
    let height = 0;
    for (let x = 0; x < width; x++) {
      if (lasts[offset + x]) open[height++] = offset + x;
      while (height && lasts[open[height - 1]] <= x) height--;
      if (height) painted[x] = colours[open[height - 1]];
    }
  };
  return {
    add(first, last, colour, isDimmed) {
      const at = isDimmed ? first + width : first;
      if (last <= lasts[at]) return;
      lasts[at] = last;
      colours[at] = colour;
      hasDimmed ||= isDimmed;
    },
    take() {
      painted.fill(0);
      if (hasDimmed) layer(width);
      layer(0);
      lasts.fill(0);
      return painted;
    },
  };
}

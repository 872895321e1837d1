import assert from "node:assert/strict";
import {test} from "node:test";

import {ERROR} from "../../static/js/lib/block.js";
import {MISSING, REPEAT} from "../../static/js/lib/entries.js";
import {layRows, paintMinimap} from "../../static/js/lib/minimap.js";

const INK = {services: Uint32Array.of(11, 12, 13), dimmed: [0, 0, 0], error: 91, match: 92, current: 93};
const LANES = 8;

/** A view of spans [start, duration, service, flags], all shown one below the other. */
function makeView(spans, {duration_ns = 100, entries, ...more} = {}) {
  const column = (at) => Float64Array.from(spans, (span) => span[at] ?? 0);
  return {
    block: {
      header: {operations: [[0], [1], [2]]},
      start: column(0), duration: column(1), operation: Uint32Array.from(column(2)), flags: Uint16Array.from(column(3)),
    },
    end: Int32Array.from(spans, (_, row) => row + 1),
    entries: Int32Array.from(entries ?? spans.keys()),
    entryCount: (entries ?? spans).length,
    runs: {of: new Int32Array(spans.length).fill(-1), count: []},
    duration_ns, matches: new Int32Array(0), match: -1, ...more,
  };
}

/** The lines of the map, each as text: one character a pixel. */
function paint(view, {width = 10, height = LANES + 3, scale = 1, ink = INK} = {}) {
  const pixels = new Uint32Array(width * height).fill(7);
  paintMinimap(pixels, {width, height, scale}, view, ink);
  const shown = (pixel) => ({0: ".", 11: "a", 12: "b", 13: "c", 91: "E", 92: "m", 93: "M"})[pixel] ?? "?";
  return Array.from({length: height}, (_, y) => Array.from(pixels.subarray(y * width, (y + 1) * width), shown).join(""));
}

test("rows lie where they are in time and order", () => {
  const lines = paint(makeView([[0, 100, 0], [20, 30, 1], [50, 50, 2]]));
  assert.deepEqual(lines.slice(LANES), ["aaaaaaaaaa", "..bbb.....", ".....ccccc"]);
  assert.deepEqual(lines.slice(0, LANES), Array(LANES).fill(".........."));
});

test("few rows are no higher than six pixels and have a gap between them", () => {
  const lines = paint(makeView([[0, 100, 0], [50, 50, 1]]), {height: LANES + 20});
  assert.deepEqual(lines.slice(LANES), [
    ...Array(5).fill("aaaaaaaaaa"), "..........", ...Array(5).fill(".....bbbbb"), ...Array(9).fill(".........."),
  ]);
});

test("a span without a length is a pixel wide, also at the very end", () => {
  const lines = paint(makeView([[0, 0, 0], [55, 0, 1], [100, 0, 2]]));
  assert.deepEqual(lines.slice(LANES), ["a.........", ".....b....", ".........c"]);
});

test("a trace without a length shows its spans at the beginning", () => {
  assert.deepEqual(paint(makeView([[0, 0, 0]], {duration_ns: 0}), {height: LANES + 1})[LANES], "a.........");
});

test("on a line that several rows share a bar lies on those that began before it, in any order", () => {
  const spans = [[30, 10, 1], [0, 60, 0], [50, 30, 2], [90, 1, 1]];
  for (const order of [spans, [...spans].reverse()]) {
    assert.equal(paint(makeView(order), {height: LANES + 1})[LANES], "aaabaccc.b");
  }
});

test("of bars that begin at one pixel the longest is seen", () => {
  for (const spans of [[[20, 50, 0], [21, 10, 1], [22, 0, 2]], [[22, 0, 2], [21, 10, 1], [20, 50, 0]]]) {
    assert.equal(paint(makeView(spans), {height: LANES + 1})[LANES], "..aaaaa...");
  }
});

test("what lies below is seen again where the bar above it ends", () => {
  const line = paint(makeView([[0, 100, 0], [10, 70, 1], [20, 20, 2], [30, 10, 0]]), {height: LANES + 1})[LANES];
  assert.equal(line, "abcabbbbaa");
});

test("a dimmed service is painted where nothing else is", () => {
  const ink = {...INK, dimmed: [1, 0, 0]};
  assert.equal(paint(makeView([[0, 100, 0], [30, 10, 1]]), {height: LANES + 1, ink})[LANES], "aaabaaaaaa");
  assert.equal(paint(makeView([[0, 80, 1], [30, 70, 0]]), {height: LANES + 1, ink})[LANES], "bbbbbbbbaa");
});

test("one failure among a hundred thousand spans is seen", () => {
  const spans = Array.from({length: 100_000}, (_, row) => [0, 100, 0, row === 70_000 ? ERROR : 0]);
  spans[70_000][0] = 45;
  const lines = paint(makeView(spans), {height: 64});
  assert.deepEqual(lines.slice(0, 4), [...Array(3).fill("....EE...."), ".........."]);
});

test("failures and matches in rows that are not shown are marked", () => {
  const view = makeView([[0, 100, 0], [40, 10, 1, ERROR], [90, 5, 1]], {entries: [0], matches: Int32Array.of(0, 2), match: 1});
  const lines = paint(view, {height: LANES + 1});
  assert.equal(lines[0], "....EE....");
  assert.equal(lines[4], "mm.......M");
  assert.equal(lines[LANES], "aaaaaaaaaa");
});

test("a folded run shows each of its spans on one line, a missing parent none", () => {
  const spans = [[0, 100, 0], [10, 10, 1], [40, 10, 1], [80, 20, 1]];
  const runs = {of: Int32Array.of(-1, 0, 0, 0), count: [3]};
  const entries = [(MISSING << 28) | 0, 0, (REPEAT << 28) | 1];
  assert.deepEqual(paint(makeView(spans, {entries, runs})).slice(LANES), ["..........", "aaaaaaaaaa", ".b..b...bb"]);
});

test("nothing shown is an empty map, whatever was painted before", () => {
  const lines = paint(makeView([[0, 100, 0]], {entries: []}));
  assert.deepEqual(new Set(lines), new Set([".........."]));
});

test("on a dense screen everything is as large", () => {
  const lines = paint(makeView([[0, 0, 0, ERROR]]), {width: 20, height: 2 * (LANES + 1), scale: 2});
  assert.equal(lines[0], "EEEE................");
  assert.equal(lines[6], "....................");
  assert.equal(lines[2 * LANES], "aa..................");
});

test("the rows fill the map or are six pixels high", () => {
  assert.deepEqual(layRows({entryCount: 1}, 64), {top: LANES, rowHeight: 6});
  assert.deepEqual(layRows({entryCount: 0}, 64), {top: LANES, rowHeight: 6});
  assert.deepEqual(layRows({entryCount: 112}, 64), {top: LANES, rowHeight: 0.5});
  assert.deepEqual(layRows({entryCount: 2}, 128, 2), {top: 2 * LANES, rowHeight: 12});
  assert.deepEqual(layRows({entryCount: 104, showsPath: true}, 64), {top: LANES, rowHeight: 0.5});
});

test("the critical path lies at the bottom in the colours of its services", () => {
  const view = makeView([[0, 100, 0], [20, 30, 1]], {showsPath: true});
  Object.assign(view.block, {critical_row: [0, 1, 0], critical_start: [0, 20, 50], critical_length: [20, 30, 50]});
  assert.deepEqual(paint(view, {height: LANES + 16}).slice(LANES), [
    ...Array(5).fill("aaaaaaaaaa"), "..........", ...Array(5).fill("..bbb....."), "..........",
    "..........", "..........", "aabbbaaaaa", "aabbbaaaaa",
  ]);
});

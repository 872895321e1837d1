import assert from "node:assert/strict";
import {test} from "node:test";

import {ERROR, ERROR_BELOW} from "../../static/js/lib/block.js";
import {rowOf} from "../../static/js/lib/entries.js";
import {DIM, FOLD, TraceView} from "../../static/js/trace-view.js";

const EMPTY = new Uint32Array(0);

/** A view of spans [depth, service, start, duration, flags]. */
function makeView(spans, {repeats = [[], []], missing = [[], []], path = []} = {}) {
  const column = (at, none = 0) => spans.map((span) => span[at] ?? none);
  const end = Math.max(...spans.map(([, , start, duration]) => start + duration));
  return new TraceView({
    header: {
      duration_ns: String(end),
      depth: Math.max(...column(0)) + 1,
      services: [{name: "shop", slot: 0}, {name: "db", slot: 1}],
      operations: [[0, "GET /", "server"], [1, "SELECT", "client"]],
    },
    depth: Uint16Array.from(column(0)),
    operation: Uint16Array.from(column(1)),
    start: Float64Array.from(column(2)),
    duration: Float64Array.from(column(3)),
    flags: Uint16Array.from(column(4)),
    repeat_row: Uint32Array.from(repeats[0]),
    repeat_count: Uint32Array.from(repeats[1]),
    missing_row: missing[0].length ? Uint32Array.from(missing[0]) : EMPTY,
    missing_parent: missing[1],
    critical_row: Uint32Array.from(path, ([row]) => row),
    critical_start: Float64Array.from(path, ([, start]) => start),
    critical_length: Float64Array.from(path, ([, , length]) => length),
  });
}

const shown = (view) => Array.from(view.entries.subarray(0, view.entryCount), rowOf);

// 0 ┬ 1 ┬ 2
//   │   └ 3 (failed)
//   └ 4 ─ 5
const TREE = [
  [0, 0, 0, 1000],
  [1, 0, 0, 400, ERROR_BELOW],
  [2, 1, 0, 100],
  [2, 1, 200, 100, ERROR],
  [1, 0, 500, 500],
  [2, 1, 995, 5],
];
TREE[0].push(ERROR_BELOW);

test("rows are closed and opened", () => {
  const view = makeView(TREE);
  view.toggle(1);
  assert.deepEqual(shown(view), [0, 1, 4, 5]);
  view.toggle(1);
  assert.deepEqual(shown(view), [0, 1, 2, 3, 4, 5]);
  view.openLevels(2);
  assert.deepEqual(shown(view), [0, 1, 4]);
  assert.equal(view.openLevel, 2);
  view.openLevels(Infinity);
  assert.deepEqual(shown(view), [0, 1, 2, 3, 4, 5]);
});

test("a row that is selected shows, whatever hid it", () => {
  const view = makeView(TREE);
  view.openLevels(1);
  view.setOnlyErrors(true);
  view.setServiceMode(1, FOLD);
  view.select(5);
  assert.notEqual(view.positionOf(5), -1);
  assert.equal(view.onlyErrors, false);
});

test("only errors are errors and what leads to them", () => {
  const view = makeView(TREE);
  view.setOnlyErrors(true);
  assert.deepEqual(shown(view), [0, 1, 3]);
});

test("what is short is hidden, but for errors", () => {
  const view = makeView(TREE);
  view.setMinShare(0.05);
  assert.deepEqual(shown(view), [0, 1, 2, 3, 4]);
  view.setMinShare(0.3);
  assert.deepEqual(shown(view), [0, 1, 3, 4]);
});

test("a service is dimmed, or folded away between its neighbours", () => {
  const view = makeView(TREE);
  view.setServiceMode(1, DIM);
  assert.deepEqual([view.isDimmed(2), view.isDimmed(1), shown(view).length], [true, false, 6]);
  view.setServiceMode(0, FOLD);
  assert.deepEqual(shown(view), [2, 3, 5]);
  assert.deepEqual([...view.levels.subarray(0, 3)], [0, 0, 0]);
  assert.deepEqual([2, 3, 5].map((row) => view.countFoldedAbove(row)), [2, 2, 2]);
  view.showAllServices();
  assert.equal(shown(view).length, 6);
});

test("a subtree can stand alone", () => {
  const view = makeView(TREE);
  view.setFocus(1);
  assert.deepEqual(shown(view), [1, 2, 3]);
  view.select(5);
  assert.equal(view.focus, -1);
});

test("what was opened for a match is closed again for the next", () => {
  const view = makeView(TREE);
  view.openLevels(2);
  view.setMatches(Int32Array.of(2, 3, 5));
  view.goToMatch(0);
  assert.deepEqual(shown(view), [0, 1, 2, 3, 4]);
  view.goToMatch(1);
  assert.deepEqual(shown(view), [0, 1, 2, 3, 4]);
  view.goToMatch(2);
  assert.deepEqual(shown(view), [0, 1, 4, 5]);
  assert.equal(view.selected, 5);
});

test("only matches are matches and what leads to them", () => {
  const view = makeView(TREE);
  view.setOnlyMatches(true);
  assert.equal(shown(view).length, 6);
  view.setMatches(Int32Array.of(5));
  assert.deepEqual(shown(view), [0, 4, 5]);
  assert.deepEqual([view.isMatch(5), view.isMatch(4)], [true, false]);
});

test("a window stays within the trace, and can be left step by step", () => {
  const view = makeView(TREE);
  view.setZoom(-50, 400);
  view.setZoom(100, 300);
  assert.deepEqual(view.zoom, {from: 100, to: 300});
  view.setZoom(200, 200);
  assert.deepEqual(view.zoom, {from: 100, to: 300});
  view.zoomBack();
  assert.deepEqual(view.zoom, {from: 0, to: 400});
  view.zoomBack();
  view.zoomBack();
  assert.deepEqual(view.zoom, {from: 0, to: 1000});
});

test("the view comes back as its address described it", () => {
  const view = makeView(TREE);
  view.toggle(1);
  view.setZoom(100, 300);
  view.setOnlyErrors(true);
  view.setFocus(0);
  view.setFindText("SELECT");
  const again = makeView(TREE);
  again.restore({...view.describe(), serviceModes: [...view.serviceModes]});
  assert.deepEqual(again.describe(), view.describe());
  assert.deepEqual(shown(again), shown(view));
});

test("an address that speaks of another trace does no harm", () => {
  const view = makeView(TREE);
  const state = {...view.describe(), closed: [99, 2, -1], opened: [3, 99], focus: 77, from: 5e9, to: 6e9, level: 0};
  view.restore({...state, serviceModes: [0, 0]});
  assert.equal(view.focus, -1);
  assert.deepEqual(view.zoom, {from: 0, to: 1000});
});

test("repeats fold in large traces only, and open for a selection", () => {
  const many = Array.from({length: 250}, (_, row) => (row ? [1, 1, row, row === 7 ? 9 : 1] : [0, 0, 0, 999]));
  const view = makeView(many, {repeats: [[1], [249]]});
  assert.deepEqual(shown(view), [0, 1, 7]);
  view.select(100);
  assert.equal(shown(view).length, 250);
  view.setFoldsRepeats(false);
  view.setFoldsRepeats(true);
  view.select(7);
  assert.deepEqual(shown(view), [0, 1, 7]);
  const few = makeView(many.slice(0, 100), {repeats: [[1], [99]]});
  assert.equal(few.entryCount, 100);
  few.setFoldsRepeats(true);
  assert.deepEqual(shown(few), [0, 1, 7]);
  assert.equal(few.describe().foldsRepeats, true);
});

test("only what is on the critical path is shown, with what is above it", () => {
  const view = makeView(TREE, {path: [[0, 0, 200], [3, 200, 100], [0, 300, 200], [4, 500, 500]]});
  assert.deepEqual([...view.criticalTime], [400, 0, 0, 100, 500, 0]);
  view.setOnlyCritical(true);
  assert.deepEqual(shown(view), [0, 1, 3, 4]);
  assert.equal(view.describe().critical, true);
  view.visit(5);
  assert.deepEqual(shown(view), [0, 1, 2, 3, 4, 5]);
  assert.equal(view.onlyCritical, false);
});

test("the critical path is drawn unless an address says it is not", () => {
  const view = makeView(TREE);
  assert.equal(view.describe().path, true);
  let count = 0;
  view.addEventListener("entries", () => count++);
  view.setShowsPath(false);
  assert.deepEqual([view.describe().path, count], [false, 1]);
});

test("what is usual is told to whoever draws it", () => {
  const view = makeView(TREE);
  let told = null;
  view.addEventListener("usual", () => (told = view.usual));
  view.setUsual([{p50: 10, p95: 20, count: 7}, null]);
  assert.deepEqual(told, [{p50: 10, p95: 20, count: 7}, null]);
});

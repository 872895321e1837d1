import assert from "node:assert/strict";
import {test} from "node:test";

import {findEntry, kindOf, listEntries, MISSING, readRuns, REPEAT, rowOf, SPAN} from "../../static/js/lib/entries.js";
import {deriveTree} from "../../static/js/lib/tree.js";

const NONE = {outdent: 0, keep: null, folded: null, runs: null, missing: null};

/** Entries as [kind, row, level]. */
function list(depths, {durations, runs: [heads, counts] = [[], []], opened = [], ...shown} = {}) {
  const {end} = deriveTree(depths);
  const runs = readRuns(Uint32Array.from(heads), Uint32Array.from(counts), end, durations ?? depths.map(() => 1));
  for (const run of opened) runs.opened[run] = 1;
  const closed = Uint8Array.from(depths, (_, row) => (shown.closed?.includes(row) ? 1 : 0));
  const codes = new Int32Array(2 * depths.length);
  const levels = new Uint32Array(2 * depths.length);
  const options = {...NONE, first: 0, last: depths.length, ...shown, closed, runs: heads.length ? runs : null};
  const count = listEntries({end, base: shown.base ?? depths}, options, codes, levels);
  return Array.from({length: count}, (_, at) => [kindOf(codes[at]), rowOf(codes[at]), levels[at]]);
}

const rowsOf = (entries) => entries.map(([, row]) => row);

test("everything is shown in order", () => {
  assert.deepEqual(list([0, 1, 2, 1]), [[SPAN, 0, 0], [SPAN, 1, 1], [SPAN, 2, 2], [SPAN, 3, 1]]);
});

test("what is below a closed row is not", () => {
  assert.deepEqual(rowsOf(list([0, 1, 2, 1], {closed: [1]})), [0, 1, 3]);
  assert.deepEqual(rowsOf(list([0, 1, 2, 1, 0], {closed: [0]})), [0, 4]);
});

test("a row that is filtered out takes what is below it with it", () => {
  assert.deepEqual(rowsOf(list([0, 1, 2, 1], {keep: [1, 0, 0, 1]})), [0, 3]);
});

test("a folded row leaves its children behind, one level further left", () => {
  const folded = [0, 1, 0, 0, 0];
  assert.deepEqual(list([0, 1, 2, 3, 1], {folded}), [[SPAN, 0, 0], [SPAN, 2, 1], [SPAN, 3, 2], [SPAN, 4, 1]]);
});

test("rows that are folded one below another count as many levels", () => {
  assert.deepEqual(list([0, 1, 2, 3, 0], {folded: [1, 1, 0, 0, 0]}), [[SPAN, 2, 0], [SPAN, 3, 1], [SPAN, 4, 0]]);
});

test("repeats are one entry beside their slowest", () => {
  const trace = {durations: [9, 1, 3, 1, 2, 1], runs: [[1], [4]]};
  assert.deepEqual(list([0, 1, 1, 2, 1, 1], trace), [[SPAN, 0, 0], [REPEAT, 1, 1], [SPAN, 2, 1], [SPAN, 3, 2]]);
  assert.deepEqual(rowsOf(list([0, 1, 1, 2, 1, 1], {...trace, opened: [0]})), [0, 1, 2, 3, 4, 5]);
});

test("after the repeats it goes on", () => {
  const trace = {durations: [9, 1, 1, 1, 5], runs: [[1], [3]]};
  assert.deepEqual(rowsOf(list([0, 1, 1, 1, 1], trace)), [0, 1, 1, 4]);
});

test("repeats in the slowest of repeats are folded, too", () => {
  const depths = [0, 1, 1, 2, 2, 2, 1, 0];
  const trace = {durations: [9, 1, 5, 1, 2, 1, 1, 1], runs: [[1, 3], [3, 3]]};
  assert.deepEqual(list(depths, trace), [
    [SPAN, 0, 0],
    [REPEAT, 1, 1],
    [SPAN, 2, 1],
    [REPEAT, 3, 2],
    [SPAN, 4, 2],
    [SPAN, 7, 0],
  ]);
});

test("a closed slowest hides what is below it", () => {
  const trace = {durations: [9, 1, 5, 1, 1, 1], runs: [[1], [3]], closed: [2]};
  assert.deepEqual(rowsOf(list([0, 1, 1, 2, 1, 1], trace)), [0, 1, 2, 5]);
});

test("a missing parent is said once for children that follow each other", () => {
  const missing = new Map([[1, "aa"], [3, "aa"], [4, "bb"]]);
  const base = [0, 1, 2, 1, 1, 0];
  assert.deepEqual(list([0, 0, 1, 0, 0, 0], {missing, base}), [
    [SPAN, 0, 0],
    [MISSING, 1, 0],
    [SPAN, 1, 1],
    [SPAN, 2, 2],
    [SPAN, 3, 1],
    [MISSING, 4, 0],
    [SPAN, 4, 1],
    [SPAN, 5, 0],
  ]);
});

test("a subtree alone begins at the left edge", () => {
  assert.deepEqual(list([0, 1, 2, 1], {first: 1, last: 3, outdent: 1}), [[SPAN, 1, 0], [SPAN, 2, 1]]);
});

test("entries are found by their code", () => {
  const codes = new Int32Array(20);
  const levels = new Uint32Array(20);
  const {end} = deriveTree([0, 0, 1, 0]);
  const shown = {...NONE, first: 0, last: 4, closed: new Uint8Array(4), missing: new Map([[1, "aa"], [3, "bb"]])};
  const count = listEntries({end, base: [0, 1, 2, 1]}, shown, codes, levels);
  for (let at = 0; at < count; at++) assert.equal(findEntry(codes, count, codes[at]), at);
  assert.equal(findEntry(codes, count, 99), -1);
  assert.deepEqual(list([0, 1, 2], {closed: [0]}).length, 1);
});

test("100,000 rows are listed with all of them in order", () => {
  const depths = Array.from({length: 100_000}, (_, row) => row % 7);
  assert.equal(list(depths).length, 100_000);
});

import assert from "node:assert/strict";
import {test} from "node:test";

import {ABSENT, invert, rankNames, sortRows, turnSort} from "../../static/js/lib/table.js";

test("rows are sorted either way, equal ones from above", () => {
  const keys = Float64Array.of(3, 1, 2, 1, 3);
  assert.deepEqual([...sortRows(keys, false)], [1, 3, 2, 0, 4]);
  assert.deepEqual([...sortRows(keys, true)], [0, 4, 2, 1, 3]);
  assert.deepEqual([...sortRows([], true)], []);
});

test("what a row does not have comes last, either way", () => {
  const keys = Int32Array.of(ABSENT, 1, ABSENT, 0);
  assert.deepEqual([...sortRows(keys, false)], [3, 1, 0, 2]);
  assert.deepEqual([...sortRows(keys, true)], [1, 3, 0, 2]);
});

test("names are ranked without regard to case first, equal ones alike", () => {
  assert.deepEqual(rankNames(["b", "A", "a", "b", ""]), [3, 1, 2, 3, 0]);
});

test("a column is sorted by its smallest first, times by their largest, and the other way round again", () => {
  assert.equal(turnSort("-duration", "name"), "name");
  assert.equal(turnSort("name", "name"), "-name");
  assert.equal(turnSort("-name", "name"), "name");
  assert.equal(turnSort("name", "self"), "-self");
  assert.equal(turnSort("-self", "self"), "self");
  assert.equal(turnSort("self", "self"), "-self");
  assert.equal(turnSort("-duration", "span.duration"), "span.duration");
});

test("every row has its place", () => {
  assert.deepEqual([...invert(Int32Array.of(2, 0, 1))], [1, 2, 0]);
});

import assert from "node:assert/strict";
import {test} from "node:test";

import {indexPath, pathSegments, startPieces} from "../../static/js/lib/critical-path.js";

// Row 0 calls row 1, that calls row 2, and then row 3.
const PIECES = [[0, 0, 10], [1, 10, 10], [2, 20, 20], [1, 40, 10], [0, 50, 5], [3, 55, 40], [0, 95, 5]];
const BLOCK = {
  critical_row: Uint32Array.from(PIECES, ([row]) => row),
  critical_start: Float64Array.from(PIECES, ([, start]) => start),
  critical_length: Float64Array.from(PIECES, ([, , length]) => length),
};
const WHOLE = {from: 0, to: 100};
const segments = (row, after = row + 1, window = WHOLE, least = 0) =>
  pathSegments(BLOCK, indexPath(BLOCK, 5), [[row, after]], window, least);

test("a row has its time on the path and its pieces", () => {
  assert.deepEqual([...indexPath(BLOCK, 5).time], [20, 20, 20, 40, 0]);
  assert.deepEqual(segments(0), [0, 10, 50, 55, 95, 100]);
  assert.deepEqual(segments(1), [10, 20, 40, 50]);
  assert.deepEqual(segments(4), []);
});

test("of a row with what is below it the path is one piece", () => {
  assert.deepEqual(segments(1, 3), [10, 50]);
  assert.deepEqual(segments(0, 4), [0, 100]);
  assert.deepEqual(pathSegments(BLOCK, indexPath(BLOCK, 5), [[1, 3], [3, 4], [4, 5]], WHOLE, 0), [10, 50, 55, 95]);
});

test("pieces outside the window are left out, close ones are one, and none is too short to be seen", () => {
  assert.deepEqual(segments(0, 1, {from: 52, to: 90}), [50, 55]);
  assert.deepEqual(segments(0, 1, WHOLE, 8), [0, 10, 50, 58, 95, 103]);
  assert.deepEqual(segments(0, 1, WHOLE, 41), [0, 100]);
});

test("a block without the columns has no path", () => {
  const path = indexPath({}, 2);
  assert.deepEqual([...path.time], [0, 0]);
  assert.deepEqual(pathSegments({}, path, [[0, 1]], WHOLE, 0), []);
});

test("pieces begin where the one before ends, and the first of a root with it", () => {
  const block = {depth: [0, 1, 0, 0, 1], start: [5, 6, 20, 30, 31], critical_row: [0, 1, 0, 3, 4, 3], critical_length: [1, 2, 3, 1, 5, 2]};
  assert.deepEqual([...startPieces(block)], [5, 6, 8, 30, 31, 36]);
});

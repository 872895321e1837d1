import assert from "node:assert/strict";
import {test} from "node:test";

import {selfSegments, selfTime} from "../../static/js/lib/coverage.js";

const ALL = {from: -Infinity, to: Infinity};
// A root of 100 with children 10–40 and 20–50 (itself with a child 60–90) and 90–1090.
const BLOCK = {start: [0, 10, 20, 60, 90], duration: [100, 30, 30, 30, 1000]};
const END = [5, 2, 4, 4, 5];

test("self time is what no child covers", () => {
  assert.deepEqual(selfSegments(BLOCK, END, 0, ALL, 0), [0, 10, 50, 90]);
  assert.deepEqual([0, 1, 2, 3, 4].map((row) => selfTime(BLOCK, END, row)), [50, 30, 30, 30, 1000]);
});

test("only what lies in the window counts", () => {
  assert.deepEqual(selfSegments(BLOCK, END, 0, {from: 5, to: 60}, 0), [5, 10, 50, 60]);
  assert.deepEqual(selfSegments(BLOCK, END, 0, {from: 92, to: 95}, 0), []);
});

test("segments closer than a pixel are one", () => {
  assert.deepEqual(selfSegments(BLOCK, END, 0, ALL, 41), [0, 90]);
});

test("a span without a length has none", () => {
  assert.deepEqual(selfSegments({start: [5], duration: [0]}, [1], 0, ALL, 0), []);
});

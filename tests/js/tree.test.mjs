import assert from "node:assert/strict";
import {test} from "node:test";

import {deriveTree, findReach, indentBelow, keepWithAncestors, siblingOf, siblingsOf} from "../../static/js/lib/tree.js";

test("parents, ends and numbers of children follow from depths", () => {
  const {parent, end, childCount} = deriveTree(Uint16Array.of(0, 1, 2, 1, 0));
  assert.deepEqual([...parent], [-1, 0, 1, 0, -1]);
  assert.deepEqual([...end], [4, 3, 3, 4, 5]);
  assert.deepEqual([...childCount], [2, 1, 0, 0, 0]);
});

test("a chain of 60,000 spans is no deeper than others", () => {
  const {parent, end} = deriveTree(Uint32Array.from({length: 60_000}, (_, row) => row));
  assert.equal(parent[59_999], 59_998);
  assert.equal(end[0], 60_000);
});

test("a row is kept with all above it", () => {
  const {parent} = deriveTree([0, 1, 2, 2, 1, 2, 0]);
  assert.deepEqual([...keepWithAncestors(parent, (row) => row === 3)], [1, 1, 0, 1, 0, 0, 0]);
  assert.deepEqual([...keepWithAncestors(parent, () => false)], [0, 0, 0, 0, 0, 0, 0]);
});

test("siblings are neighbours under one parent", () => {
  const tree = deriveTree([0, 1, 2, 2, 1, 2, 0]);
  assert.deepEqual([[1, 1], [4, -1], [4, 1], [2, -1], [0, 1], [6, -1], [0, -1]].map(([row, by]) => siblingOf(tree, row, by)), [
    4, 1, -1, -1, 6, 0, -1,
  ]);
  assert.deepEqual([...siblingsOf(tree, 3)], [2, 3]);
  assert.deepEqual([...siblingsOf(tree, 6)], [0, 6]);
});

test("how long spans below run on is known", () => {
  const {parent} = deriveTree([0, 1, 2, 0]);
  assert.deepEqual([...findReach({start: [0, 5, 6, 200], duration: [10, 100, 1, 1]}, parent)], [105, 105, 7, 201]);
});

test("what is below a root that stands further right does, too", () => {
  const depth = [0, 1, 0, 1];
  assert.deepEqual([...indentBelow([2], depth, deriveTree(depth).end)], [0, 1, 1, 2]);
});

import assert from "node:assert/strict";
import {test} from "node:test";

import {deriveTree, keepWithAncestors} from "../../static/js/lib/tree.js";

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

import assert from "node:assert/strict";
import {test} from "node:test";

import {readRows} from "../../static/js/lib/address.js";
import {rowsBetween, spellRows} from "../../static/js/lib/row-lists.js";

const OPERATION = [0, 1, 2, 1, 2, 2];
const PARENT = [-1, 0, 1, 0, 0, -1];

test("the rows of operations, and those below some others", () => {
  assert.deepEqual(rowsBetween(OPERATION, PARENT, [2]), [2, 4, 5]);
  assert.deepEqual(rowsBetween(OPERATION, PARENT, [1, 2]), [1, 2, 3, 4, 5]);
  assert.deepEqual(rowsBetween(OPERATION, PARENT, [2], [1]), [2]);
  assert.deepEqual(rowsBetween(OPERATION, PARENT, [2], [0]), [4]);
  assert.deepEqual(rowsBetween(OPERATION, PARENT, [0], [0]), []);
});

test("rows are spelled as an address reads them", () => {
  for (const rows of [[], [0], [3, 17, 18, 19, 20], [1, 2, 4, 6, 7]]) assert.deepEqual(readRows(spellRows(rows)), rows);
  assert.equal(spellRows([3, 17, 18, 19, 20]), "3,17-20");
});

import assert from "node:assert/strict";
import {test} from "node:test";

import {MAX_HEIGHT_PX, placeRows, scrollFor, topToShow} from "../../static/js/lib/row-window.js";

test("the rows on the screen follow from how far it is scrolled", () => {
  const list = {count: 1000, rowPx: 24, viewPx: 240};
  assert.deepEqual(placeRows({...list, scrolledPx: 0}), {heightPx: 24_000, shiftPx: 0, first: 0, last: 10});
  assert.deepEqual(placeRows({...list, scrolledPx: 36}), {heightPx: 24_000, shiftPx: 0, first: 1, last: 12});
  assert.deepEqual(placeRows({...list, scrolledPx: 99_999}), {heightPx: 24_000, shiftPx: 0, first: 1000, last: 1000});
  assert.equal(placeRows({...list, scrolledPx: -500}).first, 0);
});

test("a list without rows is empty", () => {
  assert.deepEqual(placeRows({count: 0, rowPx: 24, viewPx: 240, scrolledPx: 0}), {heightPx: 0, shiftPx: 0, first: 0, last: 0});
});

test("a list that is too high for a page shows its first and its last row all the same", () => {
  const list = {count: 5_000_000, rowPx: 24, viewPx: 600};
  assert.equal(placeRows({...list, scrolledPx: 0}).first, 0);
  const bottom = placeRows({...list, scrolledPx: MAX_HEIGHT_PX - 600});
  assert.equal(bottom.heightPx, MAX_HEIGHT_PX);
  assert.equal(bottom.last, 5_000_000);
  // The last row's place on the screen is its bottom edge.
  assert.equal(Math.round(4_999_999 * 24 - bottom.shiftPx - (MAX_HEIGHT_PX - 600)), 576);
});

test("nothing is missing at the end of such a list when what follows it is in view", () => {
  const list = {count: 5_000_000, rowPx: 24, viewPx: 600};
  const {heightPx, shiftPx} = placeRows({...list, scrolledPx: MAX_HEIGHT_PX - 500});
  assert.equal(5_000_000 * 24 - shiftPx, heightPx);
});

test("a row can be scrolled to, however long the list", () => {
  for (const count of [1000, 5_000_000]) {
    const list = {count, rowPx: 24, viewPx: 600};
    const row = Math.floor(count * 0.7);
    const place = placeRows({...list, scrolledPx: scrollFor(row * 24, list)});
    assert.ok(Math.abs(place.first - row) <= 1);
  }
});

test("only what is not seen is scrolled to", () => {
  const list = {rowPx: 24, viewPx: 240};
  assert.equal(topToShow(3, "nearest", 0, list), null);
  assert.equal(topToShow(10, "nearest", 0, list), 24);
  assert.equal(topToShow(0, "nearest", 100, list), 0);
  assert.equal(topToShow(100, "center", 0, list), 2292);
});

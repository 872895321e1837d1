import assert from "node:assert/strict";
import {test} from "node:test";

import {clampSize, largestSize, leastSize, sizeAfterKey} from "../../static/js/lib/panel-size.js";
import {Recent} from "../../static/js/lib/recent.js";
import {findText} from "../../static/js/lib/whole-values.js";

test("what was used longest ago goes first", () => {
  const recent = new Recent(2);
  recent.set(1, "a");
  recent.set(2, "b");
  assert.equal(recent.get(1), "a");
  recent.set(3, "c");
  assert.deepEqual([1, 2, 3].map((key) => recent.has(key)), [true, false, true]);
  recent.set(1, "A");
  recent.set(4, "d");
  assert.deepEqual([1, 3, 4].map((key) => recent.get(key)), ["A", undefined, "d"]);
  assert.equal(recent.has(3), false);
});

test("a panel leaves room for the rows, and is never too small to read", () => {
  assert.equal(clampSize(420.4, 1280), 420);
  assert.equal(clampSize(10, 1280), leastSize);
  assert.equal(clampSize(5000, 1280), 1080);
  assert.equal(clampSize(300, 320), leastSize);
  assert.equal(largestSize(320), leastSize);
});

test("keys on the handle move it; away from the panel is larger", () => {
  assert.equal(sizeAfterKey("ArrowLeft", 420, 1280), 444);
  assert.equal(sizeAfterKey("ArrowUp", 420, 1280), 444);
  assert.equal(sizeAfterKey("ArrowRight", 420, 1280), 396);
  assert.equal(sizeAfterKey("ArrowDown", 250, 1280), leastSize);
  assert.equal(sizeAfterKey("Home", 420, 1280), leastSize);
  assert.equal(sizeAfterKey("End", 420, 1280), 1080);
  assert.equal(sizeAfterKey("j", 420, 1280), null);
});

test("a whole value is found by its place or its key, wherever it is", () => {
  const span = {
    attributes: [{key: "a", type: "string", value: "text"}, {key: "b", type: "array", value: [1, "x"]}],
    events: [{attributes: []}, {attributes: [{key: "exception.stacktrace", type: "string", value: "at x"}]}],
    resource: {attributes: [{key: "c", type: "empty", value: null}]},
  };
  assert.equal(findText(span, "", 0), "text");
  assert.equal(findText(span, "", 1), '[1,"x"]');
  assert.equal(findText(span, "events/1", "exception.stacktrace"), "at x");
  assert.equal(findText(span, "resource", 0), "");
});

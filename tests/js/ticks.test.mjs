import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import {test} from "node:test";

import {stepOf, ticksOf} from "../../static/js/lib/ticks.js";
import {wholeOf} from "../../static/js/lib/zoom.js";

/** Marks of whole traces by their length in ns; tests/traces/test_axis.py holds the server to the same. */
const MARKS = Object.entries(JSON.parse(readFileSync(new URL("../traces/axis_marks.json", import.meta.url))));
const DAY = 86_400_000_000_000;

test("fewer steps are rounder ones", () => {
  for (const length of MARKS.map(([duration]) => Math.max(1, duration))) {
    for (let most = 5; most > 0; most -= 1) {
      assert.ok(Math.floor(length / stepOf(length, most)) <= most);
      if (most < 5) assert.ok(stepOf(length, most) >= stepOf(length, most + 1));
    }
  }
});

test("the whole trace has the marks that the server draws", () => {
  for (const [duration, labels] of MARKS) {
    assert.deepEqual(ticksOf(wholeOf(Number(duration))).map(({label}) => label), labels, `${duration} ns`);
  }
  assert.deepEqual(ticksOf(wholeOf(0)).map(({label}) => label), ["0", "1 ns"]);
});

test("a deep zoom keeps the digits that tell marks apart", () => {
  assert.deepEqual(
    ticksOf({from: 1_234_566_500, to: 1_234_570_500}).map(({label}) => label),
    ["1.234567 s", "1.234568 s", "1.234569 s", "1.23457 s"],
  );
  assert.deepEqual(
    ticksOf({from: 2 * DAY + 1, to: 2 * DAY + 4}).map(({label}) => label),
    ["2 d 0.000000001 s", "2 d 0.000000002 s", "2 d 0.000000003 s", "2 d 0.000000004 s"],
  );
});

test("marks are inside the window, evenly apart, different and at most six", () => {
  for (const duration of [0, 1, 3, 850, 2_840_123_456, 3 * DAY + 1]) {
    const whole = wholeOf(duration).to;
    for (const [low, high] of [[0, 1], [0.25, 0.26], [0.9999, 1], [0.5, 0.5000001]]) {
      const from = Math.min(whole - 1, Math.floor(whole * low));
      const window = {from, to: Math.max(from + 1, Math.floor(whole * high))};
      for (const width of [Infinity, 900, 250, 60, 1]) {
        const ticks = ticksOf(window, width);
        assert.ok(ticks.length <= 6);
        assert.ok(ticks.every(({at}) => Number.isInteger(at) && at >= window.from && at <= window.to));
        assert.equal(new Set(ticks.map(({label}) => label)).size, ticks.length);
        assert.equal(new Set(ticks.slice(1).map(({at}, index) => at - ticks[index].at)).size <= 1, true);
      }
    }
  }
});

test("a narrow ruler has fewer marks, so that labels do not touch", () => {
  const window = {from: 1_000_000_000, to: 1_000_000_500};
  const counts = [2_000, 300, 150].map((width) => ticksOf(window, width).length);
  assert.deepEqual(counts, [6, 3, 2]);
});

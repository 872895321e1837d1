import assert from "node:assert/strict";
import {test} from "node:test";

import {
  clamp, fit, gridOf, isoAt, isWhole, moveEdge, pan, readTime, settle, shareOf, timeAt, wholeOf, wordTime, writeTime, zoomAt,
} from "../../static/js/lib/zoom.js";

const THREE_DAYS = 3 * 86400e9;
const TRACES = {"0 ns": 0, "1 ns": 1, "3 ns": 3, "sub-microsecond": 850, "2.84 s": 2_840_123_457, "three days": THREE_DAYS + 1};

function assertWindow({from, to}, duration) {
  assert.ok(Number.isInteger(from) && Number.isInteger(to), `${from}–${to} is not whole`);
  assert.ok(from >= 0 && to > from && to <= Math.max(1, duration), `${from}–${to} is not in 0–${duration}`);
}

test("a window is in order, whole, not empty and inside the trace", () => {
  assert.deepEqual(clamp(7, 3, 10), {from: 3, to: 7});
  assert.deepEqual(clamp(-5, 500, 10), {from: 0, to: 10});
  assert.deepEqual(clamp(4, 4, 10), {from: 4, to: 5});
  assert.deepEqual(clamp(10, 10, 10), {from: 9, to: 10});
  assert.deepEqual(clamp(99, 120, 10), {from: 9, to: 10});
  assert.deepEqual(clamp(0, 0, 0), {from: 0, to: 1});
  assert.deepEqual(clamp(1.4, 2.6, 10), {from: 1, to: 3});
  assert.deepEqual(clamp(259_199_999_999_998, 259_199_999_999_999, THREE_DAYS), {from: 259_199_999_999_998, to: 259_199_999_999_999});
});

test("the whole of a trace is its length, a nanosecond where it has none", () => {
  assert.deepEqual(wholeOf(0), {from: 0, to: 1});
  assert.deepEqual(wholeOf(3), {from: 0, to: 3});
  assert.ok(isWhole(wholeOf(0), 0));
  assert.ok(isWhole({from: 0, to: 3}, 3));
  assert.ok(!isWhole({from: 0, to: 2}, 3));
  assert.ok(!isWhole({from: 1, to: 3}, 3));
});

for (const [name, duration] of Object.entries(TRACES)) {
  test(`zooming in ends at a nanosecond and zooming out at the whole: ${name}`, () => {
    for (const share of [0, 0.3, 0.5, 1]) {
      let window = wholeOf(duration);
      for (let step = 0; window.to - window.from > 1; step += 1) {
        assert.ok(step < 250, "zooming in never ends");
        const narrower = zoomAt(window, 0.8, timeAt(window, share), duration);
        assertWindow(narrower, duration);
        assert.ok(narrower.to - narrower.from < window.to - window.from);
        window = narrower;
      }
      for (let step = 0; !isWhole(window, duration); step += 1) {
        assert.ok(step < 250, "zooming out never ends");
        window = zoomAt(window, 1.25, timeAt(window, share), duration);
        assertWindow(window, duration);
      }
      assert.deepEqual(window, wholeOf(duration));
    }
  });

  test(`panning keeps the width and stops at both ends: ${name}`, () => {
    for (const wide of new Set([1, Math.ceil(duration / 7) || 1, Math.max(1, duration)])) {
      const window = clamp(0, wide, duration);
      let last = window;
      for (let step = 0; step < 400; step += 1) last = pan(last, duration / 300 + 1, duration);
      assertWindow(last, duration);
      assert.deepEqual(last, {from: Math.max(1, duration) - wide, to: Math.max(1, duration)});
      assert.deepEqual(pan(last, -2 * THREE_DAYS, duration), window);
    }
  });

  test(`fitting shows the span: ${name}`, () => {
    for (const [start, length] of [[0, duration], [duration, 0], [0, 0], [Math.floor(duration / 2), Math.floor(duration / 4)]]) {
      const window = fit(start, length, duration);
      assertWindow(window, duration);
      assert.ok(window.from <= start && window.to >= start + length);
    }
  });
}

test("what is under the pointer stays there", () => {
  const duration = 10_000_000_000;
  const before = {from: 1_000_000_000, to: 3_000_000_000};
  const after = zoomAt(before, 0.5, 1_500_000_000, duration);
  assert.deepEqual(after, {from: 1_250_000_000, to: 2_250_000_000});
  assert.equal(shareOf(after, 1_500_000_000), shareOf(before, 1_500_000_000));
  assert.deepEqual(zoomAt(after, 2, 1_500_000_000, duration), before);
});

test("zooming out at an end of the trace grows to the other side", () => {
  assert.deepEqual(zoomAt({from: 0, to: 100}, 2, 100, 1_000), {from: 0, to: 200});
  assert.deepEqual(zoomAt({from: 900, to: 1_000}, 2, 900, 1_000), {from: 800, to: 1_000});
});

test("a fitted span has a twentieth of its length around it", () => {
  assert.deepEqual(fit(1_000_000, 2_000_000, 10_000_000), {from: 900_000, to: 3_100_000});
  assert.deepEqual(fit(500, 0, 1_000), {from: 500, to: 501});
  assert.deepEqual(fit(500_000, 0, 1_000_000), {from: 499_500, to: 500_500});
});

test("a dragged window has no more digits than a pixel is worth, but reaches the very end", () => {
  const duration = 2_840_123_457;
  assert.deepEqual(settle(1_234_567_891.3, 1_734_567_890.8, duration), {from: 1_234_600_000, to: 1_734_600_000});
  assert.deepEqual(settle(1_734_567_890, 1_234_567_891, duration), {from: 1_234_600_000, to: 1_734_600_000});
  assert.deepEqual(settle(2_000_000_123, 2_900_000_000, duration), {from: 2_000_000_000, to: duration});
  assert.deepEqual(settle(0.2, 2.7, 3), {from: 0, to: 3});
  assert.equal(gridOf(0.3), 1);
  assert.equal(gridOf(999), 100);
  assert.equal(gridOf(1_000), 1_000);
});

test("an end that is moved never passes the other", () => {
  assert.deepEqual(moveEdge({from: 10, to: 20}, "from", 15, 100), {from: 15, to: 20});
  assert.deepEqual(moveEdge({from: 10, to: 20}, "from", 40, 100), {from: 19, to: 20});
  assert.deepEqual(moveEdge({from: 10, to: 20}, "to", 2, 100), {from: 10, to: 11});
  assert.deepEqual(moveEdge({from: 10, to: 20}, "to", 1e9, 100), {from: 10, to: 100});
  assert.deepEqual(moveEdge({from: 0, to: 1}, "from", 5, 0), {from: 0, to: 1});
});

test("shares of a window and times are each other's inverse", () => {
  const window = {from: 250, to: 750};
  assert.equal(shareOf(window, 500), 0.5);
  assert.equal(timeAt(window, 0.5), 500);
  assert.equal(shareOf(window, 0), -0.5);
});

const WORDS = [
  [0, "0 ns", "0"],
  [1, "1 ns", "1ns"],
  [999, "999 ns", "999ns"],
  [1_000, "1 µs", "1us"],
  [80_000, "80 µs", "80us"],
  [12_500_000, "12.5 ms", "12.5ms"],
  [1_234_567_891, "1.234567891 s", "1.234567891s"],
  [59_999_999_999, "59.999999999 s", "59.999999999s"],
  [60_000_000_000, "1 m", "1m"],
  [90_500_000_000, "1 m 30.5 s", "1m30.5s"],
  [3_600_000_000_001, "1 h 0.000000001 s", "1h0.000000001s"],
  [THREE_DAYS, "3 d", "3d"],
  [THREE_DAYS + 1, "3 d 0.000000001 s", "3d0.000000001s"],
  [Number.MAX_SAFE_INTEGER, "104 d 5 h 59 m 59.254740991 s", "104d5h59m59.254740991s"],
];

test("times are written to the nanosecond and read as they were written", () => {
  for (const [ns, words, short] of WORDS) {
    assert.equal(wordTime(ns), words);
    assert.equal(writeTime(ns), short);
    assert.equal(readTime(words), ns, words);
    assert.equal(readTime(short), ns, short);
  }
  assert.equal(wordTime(-12_500_000), "−12.5 ms");
});

test("any number of nanoseconds survives writing and reading", () => {
  let ns = 1;
  for (let step = 0; step < 5_000; step += 1) {
    ns = (ns * 1.0073 + step * 7919) % Number.MAX_SAFE_INTEGER;
    const exact = Math.round(ns);
    assert.equal(readTime(writeTime(exact)), exact);
    assert.equal(readTime(wordTime(exact)), exact);
  }
});

test("times are read as people write them", () => {
  const spellings = {
    "12.5ms": 12_500_000, " 1.2 s ": 1_200_000_000, "80us": 80_000, "80 µs": 80_000, "80μs": 80_000, "0": 0, "0s": 0, "5": 5_000_000,
    "1,5 s": 1_500_000_000, ".5s": 500_000_000, "1.s": 1_000_000_000, "1M30S": 90_000_000_000, "2 min": 120_000_000_000,
    "1d 2h 3m 4s 5ms 6us 7ns": 93_784_005_006_007, "0.0000000004s": 0,
  };
  for (const [text, ns] of Object.entries(spellings)) assert.equal(readTime(text), ns, text);
});

test("what is no time is none", () => {
  for (const text of ["", "  ", "ms", "-5ms", "1e3", "1 x", "x", "1..2s", "∞", "1s!", "105d", "9".repeat(400), "<b>"]) {
    assert.ok(Number.isNaN(readTime(text)), text);
  }
});

test("a moment has all nine digits", () => {
  assert.equal(isoAt("1763777564183204000", 991.2), "2025-11-22T02:12:44.183204991Z");
  assert.equal(isoAt("0", 5), "1970-01-01T00:00:00.000000005Z");
});

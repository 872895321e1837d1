import assert from "node:assert/strict";
import {test} from "node:test";

import {count, duration, letters, named, visible} from "../../static/js/lib/words.js";

// The same cases as tests/traces/test_templatetags.py: the page must not change when its scripts take over.
const DURATIONS = [
  [0, "0 ns"],
  [1, "1 ns"],
  [999, "999 ns"],
  [1_000, "1.00 µs"],
  [812_000, "812 µs"],
  [999_499, "999 µs"],
  [999_500, "1.00 ms"],
  [4_310_000, "4.31 ms"],
  [9_995_000, "10.0 ms"],
  [312_000_000, "312 ms"],
  [999_999_999, "1.00 s"],
  [2_840_123_456, "2.84 s"],
  [59_949_999_999, "59.9 s"],
  [59_999_999_999, "1 m"],
  [72e9, "1 m 12 s"],
  [3600e9, "1 h"],
  [26 * 3600e9, "1 d 2 h"],
  [-4_310_000, "−4.31 ms"],
];

test("a duration has three significant digits", () => {
  for (const [ns, text] of DURATIONS) assert.equal(duration(ns), text);
});

test("numbers are grouped", () => {
  assert.deepEqual([0, 999, 1_204, 1_000_000].map(count), ["0", "999", "1,204", "1,000,000"]);
});

test("what hides or turns text around is spelled out", () => {
  assert.equal(visible("a\0\u202eb"), "a⟨U+0000⟩⟨U+202E⟩b");
  assert.equal(visible("👩‍💻 مرحبا\n"), "👩‍💻 مرحبا\n");
  assert.equal(visible("\ud800"), "⟨U+D800⟩");
});

test("a name fits in a row", () => {
  assert.equal(named("  "), "(no name)");
  assert.equal(named("x".repeat(200)), "x".repeat(200));
  assert.equal(named("x".repeat(201)), `${"x".repeat(200)}…`);
  assert.equal(named("😀".repeat(300)), `${"😀".repeat(200)}…`);
});

test("two letters stand for a service", () => {
  assert.deepEqual(["checkout", "svc-payment", "", "💳", "my_db"].map(letters), ["ch", "pa", "?", "💳", "my"]);
});

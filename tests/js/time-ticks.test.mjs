import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import {test} from "node:test";

import {timeTicks} from "../../static/js/lib/time-ticks.js";

// tests/services_map/test_chart_times.py holds the server to the same.
const CASES = JSON.parse(readFileSync(new URL("time_ticks.json", import.meta.url)));

for (const [name, start, end, zone, ticks] of CASES) {
  test(`round times of ${name} in ${zone}`, () => {
    assert.deepEqual(
      timeTicks(start, end, zone).map(({at, text, more}) => [at, text, more]),
      ticks,
    );
  });
}

test("a tick stands where its time is", () => {
  assert.deepEqual(
    timeTicks(0, 600, "UTC").map(({share}) => share),
    [0, 0.2, 0.4, 0.6, 0.8, 1],
  );
});

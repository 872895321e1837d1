import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import {test} from "node:test";

import {findZone, isZone, nameOf, offsetOf, placeOf, spellMoment} from "../../static/js/lib/moments.js";

// tests/traces/test_moments.py holds the server to the same.
const CASES = JSON.parse(readFileSync(new URL("moments.json", import.meta.url), "utf8"));

for (const [iso, zone, digits, day, clock, offset] of CASES) {
  test(`${iso} in ${zone} with ${digits} digits`, () => {
    assert.deepEqual(spellMoment(iso, zone, digits), {day, clock, offset});
  });
}

test("a zone says how far ahead its clocks are at a time", () => {
  assert.equal(offsetOf(Date.parse("2026-07-01T00:00:00.999Z"), "Europe/Berlin"), "+02:00");
  assert.equal(offsetOf(Date.parse("2026-12-01T00:00:00.001Z"), "Europe/Berlin"), "+01:00");
  assert.equal(offsetOf(0, "UTC"), "UTC");
});

test("a zone is called after its place", () => {
  assert.equal(placeOf("Europe/Berlin"), "Berlin");
  assert.equal(placeOf("America/Argentina/Buenos_Aires"), "Buenos Aires");
  assert.equal(placeOf("UTC"), "UTC");
});

test("a zone has the name of today", () => {
  assert.equal(nameOf("Asia/Calcutta"), "Asia/Kolkata");
  assert.equal(nameOf("Europe/Berlin"), "Europe/Berlin");
  for (const zone of Intl.supportedValuesOf("timeZone")) assert.equal(isZone(nameOf(zone)), true, zone);
});

test("a zone that does not exist is none", () => {
  assert.equal(isZone("Europe/Berlin"), true);
  assert.equal(isZone("Europe/Nowhere"), false);
  assert.equal(isZone(""), false);
  assert.equal(isZone("<script>"), false);
});

test("a zone is found by its name or its place", () => {
  const zones = ["America/New_York", "Europe/Berlin", "UTC"];
  assert.equal(findZone(" europe/BERLIN ", zones), "Europe/Berlin");
  assert.equal(findZone("berlin", zones), "Europe/Berlin");
  assert.equal(findZone("new  york", zones), "America/New_York");
  assert.equal(findZone("utc", zones), "UTC");
  assert.equal(findZone("ber", zones), undefined);
  assert.equal(findZone("", zones), undefined);
});

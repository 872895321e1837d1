import assert from "node:assert/strict";
import test from "node:test";

import {mayBeJson, readLines} from "../../static/js/lib/json-lines.js";

test("lines are read once, when they are whole", () => {
  assert.deepEqual(readLines("", 0), {values: [], end: 0});
  assert.deepEqual(readLines('{"a":1', 0), {values: [], end: 0});
  assert.deepEqual(readLines('{"a":1}\n{"b', 0), {values: [{a: 1}], end: 8});
  assert.deepEqual(readLines('{"a":1}\n{"b', 8), {values: [], end: 8});
  assert.deepEqual(readLines('{"a":1}\n{"b":2}\n\n[3]\n', 8), {values: [{b: 2}, [3]], end: 21});
});

test("pasted text is JSON if it is in brackets", () => {
  for (const text of ["{}", ' [{"traceId": "1"}]\n', '{"a": 1}\n{"a": 2}\n']) assert.ok(mayBeJson(text), text);
  for (const text of ["", "4bf92f3577b34da6a3ce929d0e0e4736", "service=checkout", "{", "x {}"]) assert.ok(!mayBeJson(text), text);
});

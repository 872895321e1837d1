import assert from "node:assert/strict";
import {test} from "node:test";

import {
  countBefore,
  findNames,
  foldNames,
  placeOf,
  rowsIn,
  rowsWith,
  step,
  unite,
} from "../../static/js/lib/matches.js";
import {layInStrip, nearest} from "../../static/js/lib/strip.js";

const header = {
  services: [{name: "Shop"}, {name: "payment"}],
  operations: [[0, "GET /cart", "server"], [1, "Charge", "client"], [1, "ÄNDERN", "server"], [0, "", "server"]],
};
const operation = Uint16Array.of(0, 1, 2, 3, 1, 0, 0, 0, 0, 1);
const find = (text) => [...rowsIn(findNames(foldNames(header), operation, text))];

test("names and services are found in either case", () => {
  assert.deepEqual(find("cART"), [0, 5, 6, 7, 8]);
  assert.deepEqual(find("CHARGE"), [1, 4, 9]);
  assert.deepEqual(find("PAY"), [1, 2, 4, 9]);
  assert.deepEqual(find("shop"), [0, 3, 5, 6, 7, 8]);
  assert.deepEqual(find("änd"), [2]);
});

test("what stands in no name and an empty text find nothing", () => {
  assert.deepEqual(find("cartshop"), []);
  assert.deepEqual(find("server"), []);
  assert.deepEqual(find(""), []);
  assert.equal(findNames(foldNames(header), operation, "x").length, 2);
});

test("bits are read as the server packs them", () => {
  assert.deepEqual([...rowsIn(Uint8Array.of(0b10000001, 0, 0b110))], [0, 7, 17, 18]);
  assert.deepEqual([...rowsIn(new Uint8Array(4))], []);
  assert.deepEqual([...rowsIn(Uint8Array.of(255))], [0, 1, 2, 3, 4, 5, 6, 7]);
});

test("what names and the server found is one set", () => {
  assert.deepEqual([...rowsIn(unite(Uint8Array.of(0b101, 1), Uint8Array.of(0b110, 2)))], [0, 1, 2, 8, 9]);
});

test("errors are the rows with the flag", () => {
  assert.deepEqual([...rowsWith(256, Uint16Array.of(256, 1, 512, 257, 768))], [0, 3, 4]);
});

test("one goes on from any row, and from an end to the other", () => {
  const rows = Int32Array.of(3, 8, 20);
  assert.deepEqual(step(rows, -1, 1), {index: 0, isWrapped: false});
  assert.deepEqual(step(rows, 3, 1), {index: 1, isWrapped: false});
  assert.deepEqual(step(rows, 9, 1), {index: 2, isWrapped: false});
  assert.deepEqual(step(rows, 20, 1), {index: 0, isWrapped: true});
  assert.deepEqual(step(rows, 20, -1), {index: 1, isWrapped: false});
  assert.deepEqual(step(rows, 5, -1), {index: 0, isWrapped: false});
  assert.deepEqual(step(rows, 3, -1), {index: 2, isWrapped: true});
  assert.deepEqual(step(rows, -1, -1), {index: 2, isWrapped: true});
});

test("nothing found is nowhere to go", () => {
  assert.deepEqual(step(new Int32Array(0), 5, 1), {index: -1, isWrapped: false});
  assert.deepEqual(step(new Int32Array(0), 5, -1), {index: -1, isWrapped: false});
});

test("a row knows its place among those found", () => {
  const rows = Int32Array.of(3, 8, 20);
  assert.deepEqual([3, 8, 20, 4, -1, 21].map((row) => placeOf(rows, row)), [0, 1, 2, -1, -1, -1]);
  assert.deepEqual([0, 3, 4, 99].map((row) => countBefore(rows, row)), [0, 0, 1, 3]);
  assert.equal(placeOf(new Int32Array(0), 0), -1);
});

test("a row that is not shown lies where what hides it does", () => {
  // Rows 0, 1, 5 and 6 are shown; 2 to 4 are closed in row 1.
  const codes = Int32Array.of(0, 1, 5, 6, 0);
  assert.deepEqual([...layInStrip(codes, 4, Int32Array.of(0, 3, 4, 5, 9), 100)], [0, 25, 25, 50, 75]);
  assert.deepEqual([...layInStrip(codes, 4, new Int32Array(0), 100)], []);
});

test("a click in the strip finds what is near", () => {
  const steps = Int32Array.of(10, 10, 50);
  assert.equal(nearest(steps, 12, 4), 1);
  assert.equal(nearest(steps, 7, 4), 0);
  assert.equal(nearest(steps, 47, 4), 2);
  assert.equal(nearest(steps, 30, 4), -1);
  assert.equal(nearest(new Int32Array(0), 30, 4), -1);
});

test("a hundred thousand rows are looked through in one pass", () => {
  const many = Uint16Array.from({length: 100_000}, (_, row) => row % 4);
  const rows = rowsIn(findNames(foldNames(header), many, "pay"));
  assert.equal(rows.length, 50_000);
  assert.deepEqual([...rows.slice(0, 3)], [1, 2, 5]);
});

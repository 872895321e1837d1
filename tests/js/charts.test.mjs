import assert from "node:assert/strict";
import {test} from "node:test";

import {cellAt, exampleAddress, hasSpans, placeAfter, placeAt, slotsOf, stepOf, zoomSearch} from "../../static/js/lib/chart-data.js";
import {figureOf} from "../../static/js/lib/plotly-figures.js";

const data = {start: 600, step: 60, count: 10, examples: "/examples?service=a%20b"};
const lines = {kind: "lines", log: true, range: [1e6, 1e9], series: [{tone: "p50", values: [null, 2e6, null, 3e6, 4e6, null, 0, null, null, 5e6]}]};
const stacked = {kind: "stacked", log: false, range: [0, 10], series: [{tone: "rate", values: [0, 4]}, {tone: "failed", values: [0, 1]}]};
const heat = {kind: "heatmap", log: true, firstRow: 30, rows: 6, most: 40, diamondPx: 3.5, failed: [[4, 33, 2]]};
heat.weights = Array.from({length: 6}, () => Array(10).fill(0));
heat.weights[1][0] = 3;
heat.weights[3][4] = 40;
const colours = {p50: "blue", rate: "grey", failed: "red", hatch: "white", edge: "white", h1: "#1", h2: "#2", h3: "#3", h4: "#4", h5: "#5", h6: "#6", h7: "#7"};

test("the address of examples names the slot, and the row of a heatmap", () => {
  assert.equal(exampleAddress(data, 2), "/examples?service=a%20b&start=720&end=780");
  assert.equal(exampleAddress(data, 0, 31), "/examples?service=a%20b&start=600&end=660&row=31");
  assert.equal(exampleAddress({...data, examples: "/examples"}, 0, 0), "/examples?start=600&end=660&row=0");
});

test("a range becomes the slots that it touches, at least one and none outside", () => {
  assert.deepEqual(slotsOf(data, 661, 779), [1, 3]);
  assert.deepEqual(slotsOf(data, 779, 661), [1, 3]);
  assert.deepEqual(slotsOf(data, 660, 720), [1, 2]);
  assert.deepEqual(slotsOf(data, 700, 700), [1, 2]);
  assert.deepEqual(slotsOf(data, -5000, 5000), [0, 10]);
  assert.deepEqual(slotsOf(data, 5000, 6000), [9, 10]);
});

test("a zoom changes the window of the address and keeps the rest", () => {
  assert.equal(
    zoomSearch("?service=a%20b&lookback=1h&tab=errors&zone=UTC", 1795313400, 1795313460),
    "?service=a+b&tab=errors&start=2026-11-22T02%3A10%3A00Z&end=2026-11-22T02%3A11%3A00Z",
  );
  assert.match(zoomSearch("?start=now-1h&end=now&service=a", 0, 60), /^\?start=1970-01-01T00%3A00%3A00Z&end=1970-01-01T00%3A01%3A00Z&service=a$/);
});

test("a point of a chart is a slot, and a row in a heatmap", () => {
  assert.deepEqual(placeAt(data, lines, 0.39, 0.5), {slot: 3, row: null});
  assert.deepEqual(placeAt(data, lines, 1, 0.5), {slot: 9, row: null});
  assert.deepEqual(placeAt(data, lines, -0.01, 0.5), {slot: 0, row: null});
  assert.deepEqual(placeAt(data, heat, 0, 0), {slot: 0, row: 35});
  assert.deepEqual(placeAt(data, heat, 0, 1), {slot: 0, row: 30});
});

test("arrows move from slot to slot, in a heatmap also from row to row", () => {
  assert.deepEqual(placeAfter("ArrowRight", null, data, lines), {slot: 9, row: null});
  assert.deepEqual(placeAfter("ArrowLeft", null, data, lines), {slot: 9, row: null});
  assert.deepEqual(placeAfter("ArrowLeft", {slot: 9, row: null}, data, lines), {slot: 8, row: null});
  assert.deepEqual(placeAfter("ArrowLeft", {slot: 0, row: null}, data, lines), {slot: 0, row: null});
  assert.deepEqual(placeAfter("Home", {slot: 5, row: null}, data, lines), {slot: 0, row: null});
  assert.deepEqual(placeAfter("End", {slot: 5, row: null}, data, lines), {slot: 9, row: null});
  assert.deepEqual(placeAfter("ArrowLeft", null, data, heat), {slot: 9, row: 33});
  assert.deepEqual(placeAfter("ArrowUp", {slot: 4, row: 33}, data, heat), {slot: 4, row: 34});
  assert.deepEqual(placeAfter("ArrowUp", {slot: 4, row: 35}, data, heat), {slot: 4, row: 35});
  assert.deepEqual(placeAfter("ArrowDown", {slot: 4, row: 30}, data, heat), {slot: 4, row: 30});
});

test("examples are where spans are", () => {
  assert.equal(hasSpans(lines, {slot: 0}), false);
  assert.equal(hasSpans(lines, {slot: 6}), true);
  assert.equal(hasSpans(stacked, {slot: 0}), false);
  assert.equal(hasSpans(stacked, {slot: 1}), true);
  assert.equal(hasSpans(heat, {slot: 4, row: 33}), true);
  assert.equal(hasSpans(heat, {slot: 4, row: 32}), false);
  assert.deepEqual(cellAt(heat, {slot: 4, row: 33}), {weight: 40, failed: 2});
  assert.deepEqual(cellAt(heat, {slot: 9, row: 33}), {weight: 0, failed: 0});
});

test("more spans are darker, as on the server", () => {
  assert.deepEqual([0, 1, 10, 100, 1000, 10000].map((weight) => stepOf(weight, 10000)), [0, 1, 2, 4, 6, 7]);
  assert.equal(stepOf(1, 1), 2);
});

test("Plotly draws lines on the server's scale, with a dot where a value stands alone", () => {
  const {traces, layout} = figureOf(data, lines, colours);
  assert.deepEqual(layout.xaxis.range, [600, 1200]);
  assert.deepEqual(layout.yaxis.range, [6, 9]);
  assert.equal(layout.yaxis.type, "log");
  assert.deepEqual(traces[0].x.slice(0, 2), [630, 690]);
  assert.deepEqual(traces[0].marker.size, [0, 4, 0, 0, 0, 0, 4, 0, 0, 4]);
  assert.equal(traces[0].line.color, "blue");
});

test("Plotly stacks bars as wide as a slot, those that failed hatched", () => {
  const {traces, layout} = figureOf({...data, count: 2}, stacked, colours);
  assert.deepEqual(layout.yaxis.range, [0, 10]);
  assert.deepEqual(traces.map(({type, width}) => [type, width]), [["bar", 60], ["bar", 60]]);
  assert.deepEqual(traces.map(({marker}) => marker.pattern.shape), [undefined, "-"]);
});

test("Plotly paints cells in the seven colours, without a style attribute, and a diamond where some failed", () => {
  const {traces, layout} = figureOf(data, heat, colours);
  const [cells, failed] = traces;
  assert.equal(layout.yaxis.type, "linear");
  assert.deepEqual(layout.yaxis.range, [-0.5, 5.5]);
  assert.equal(cells.z.length, 6);
  assert.equal(cells.z[1][0], 3);
  assert.equal(cells.z[3][4], 7);
  assert.equal(cells.z.flat().filter((step) => step !== null).length, 2);
  assert.equal(cells.zsmooth, "fast");
  assert.deepEqual(cells.colorscale.slice(0, 2), [[0, "#1"], [1 / 7, "#1"]]);
  assert.deepEqual([failed.x, failed.y], [[870], [3]]);
});

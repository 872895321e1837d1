// `node benchmarks/flame.mjs`: laying out the flame graph of 100,000 spans, in milliseconds of CPU, in each mode and for
// traces of extreme shapes. The median of several; the first is warmer in a browser than here.

import {makeLanes, makeMerged} from "../static/js/lib/flame.js";
import {drawLevel} from "../static/js/lib/frames.js";
import {deriveTree} from "../static/js/lib/tree.js";

const COUNT = 100_000;
const TIMES = 5;
const WIDTH_PX = 1280;

/** [depth, start, duration] a row; a root is put around those that have none. */
const SHAPES = {
  "calls of a shop": fill((n) => [1 + (n % 6), 100 * Math.floor(n / 20) + (n % 20), 80 - (n % 20)]),
  "one after another": fill((n) => [1, 10 * n, 9]),
  "side by side": fill((n) => [1, n, 1e8]),
  "overlapping": fill((n) => [1, 10 * n, 5_000 + ((7_919 * n) % 500_000)]),
  "a chain with leaves": fill((n) => (n % 2 ? [Math.floor(n / 2) + 1, n, 10] : [n / 2, n, 1e8 - n])),
};

function fill(make) {
  return Array.from({length: COUNT}, (_, n) => make(n));
}

function makeView(spans) {
  const whole = spans.reduce((most, [, start, duration]) => Math.max(most, start + duration), 0);
  const rows = spans[0][0] ? [[0, 0, whole], ...spans] : spans;
  const column = (at, type) => type.from(rows, (row) => row[at]);
  const block = {
    header: {operations: Array.from({length: 400}, () => [0, "operation"])},
    start: column(1, Float64Array),
    duration: column(2, Float64Array),
    operation: Uint32Array.from(rows, (_, n) => n % 400),
    flags: new Uint16Array(rows.length),
  };
  const criticalTime = new Float64Array(rows.length).fill(1);
  return {block, count: rows.length, duration_ns: whole, criticalTime, ...deriveTree(column(0, Uint32Array))};
}

function measure(run) {
  const taken = Array.from({length: TIMES}, () => {
    const {user, system} = process.cpuUsage();
    run();
    const after = process.cpuUsage();
    return (after.user - user + after.system - system) / 1000;
  });
  return taken.sort((one, other) => one - other)[Math.floor(TIMES / 2)].toFixed(1);
}

/** All frames of 40 levels, as one looks at the whole trace. */
function walk({frames, whole}) {
  let seen = 0;
  const last = Math.min(40, frames.first.length - 1);
  for (let level = 0; level < last; level++) drawLevel(frames, level, whole, WIDTH_PX, () => seen++);
  return seen;
}

console.log("| trace | lanes ms | lanes | merged ms | walk of a picture ms | frames in it |\n| - | - | - | - | - | - |");
for (const [name, rows] of Object.entries(SHAPES)) {
  const view = makeView(rows);
  const flame = makeLanes(view);
  const figures = [
    measure(() => makeLanes(view)),
    flame.frames.first.length - 1,
    measure(() => makeMerged(view, "critical")),
    measure(() => walk(flame)),
    walk(flame),
  ];
  console.log(`| ${name} | ${figures.join(" | ")} |`);
}

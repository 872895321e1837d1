import assert from "node:assert/strict";
import {test} from "node:test";

import {ERROR} from "../../static/js/lib/block.js";
import {makeLanes, makeMerged} from "../../static/js/lib/flame.js";
import {arrangeFrames, besideOf, drawLevel, frameAt, trailOf} from "../../static/js/lib/frames.js";
import {packLanes} from "../../static/js/lib/lanes.js";
import {addUp, makeRoom, mergePaths} from "../../static/js/lib/paths.js";
import {measureSelfTimes} from "../../static/js/lib/self-times.js";
import {deriveTree} from "../../static/js/lib/tree.js";

/** Rows [depth, start, duration, operation, critical time, flags] as a view has them. */
function makeView(rows, duration_ns = 100) {
  const column = (at, type = Float64Array) => type.from(rows, (row) => row[at] ?? 0);
  const block = {
    header: {operations: [[0, "a"], [0, "b"], [1, "c"]]},
    start: column(1), duration: column(2), operation: column(3, Uint32Array), flags: column(5, Uint16Array),
  };
  return {block, count: rows.length, duration_ns, criticalTime: column(4), ...deriveTree(column(0, Uint16Array))};
}

const lanesOf = (rows) => {
  const view = makeView(rows);
  return [...packLanes(view.block, view)];
};

/** Random trees of which children may start before, outlive and overlap whatever they like. */
function makeForest(count, random) {
  const rows = [];
  let depth = 0;
  for (let row = 0; row < count; row++) {
    rows.push([depth, Math.floor(random() * 1000), Math.floor(random() * random() * 300)]);
    depth = Math.max(0, Math.min(depth + 1, depth + 1 - Math.floor(random() * 3)));
  }
  return rows;
}

function seeded(seed) {
  return () => {
    seed = (seed * 1664525 + 1013904223) % 2 ** 32;
    return seed / 2 ** 32;
  };
}

test("children that follow each other share a lane, those that run at once do not", () => {
  assert.deepEqual(lanesOf([[0, 0, 100], [1, 0, 40], [1, 40, 40], [1, 50, 10], [1, 85, 5]]), [0, 1, 1, 2, 1]);
});

test("a span and all below it are one block", () => {
  // The third child would fit beside the first one's child, were it not for the first itself.
  assert.deepEqual(lanesOf([[0, 0, 100], [1, 0, 60], [2, 0, 20], [1, 30, 40], [1, 70, 10]]), [0, 1, 2, 3, 1]);
});

test("roots lie in lanes as children do, and what takes no time has a place", () => {
  assert.deepEqual(lanesOf([[0, 0, 50], [0, 10, 0], [0, 10, 0], [0, 60, 5]]), [0, 1, 2, 0]);
});

test("a child that outlives its parent keeps its lane to itself", () => {
  assert.deepEqual(lanesOf([[0, 0, 10], [1, 5, 50], [0, 20, 10]]), [0, 1, 2]);
});

/** One parent of many that run side by side, each with up to three below it. */
function makeBush(count, random) {
  const rows = [[0, 0, 1000]];
  for (let child = 0; child < count; child++) {
    const [start, height] = [Math.floor(random() * 1000), Math.floor(random() * 4)];
    for (let depth = 0; depth <= height; depth++) rows.push([1 + depth, start, 10 + Math.floor(random() * 100)]);
  }
  return rows;
}

test("in no lane two spans overlap, and all lie below their parents", () => {
  for (let seed = 1; seed <= 40; seed++) {
    const view = makeView((seed % 2 ? makeForest : makeBush)(200, seeded(seed)));
    const lane = packLanes(view.block, view);
    const {start, duration} = view.block;
    for (let row = 0; row < lane.length; row++) {
      if (view.parent[row] >= 0) assert.ok(lane[row] > lane[view.parent[row]]);
      for (let other = 0; other < row; other++) {
        if (lane[other] !== lane[row]) continue;
        assert.ok(start[row] + duration[row] <= start[other] || start[other] + duration[other] <= start[row], `seed ${seed}`);
      }
    }
  }
});

test("thousands at the same time have as many lanes, and what comes after them the first again", () => {
  const rows = [[0, 0, 1e6], ...Array.from({length: 3000}, (_, at) => [1, at, 5000]), ...Array.from({length: 600}, (_, at) => [1, 1e5 + at, 1000])];
  const lanes = lanesOf(rows);
  assert.equal(new Set(lanes.slice(1, 3001)).size, 3000);
  assert.deepEqual(lanes.slice(3001), Array.from({length: 600}, (_, at) => at + 1));
});

test("a chain of 60,000 and 60,000 children are laid out without recursion", () => {
  const chain = makeView(Array.from({length: 60_000}, (_, depth) => [depth, depth, 200_000 - depth]));
  assert.equal(packLanes(chain.block, chain).at(-1), 59_999);
  const wide = makeView([[0, 0, 1e6], ...Array.from({length: 60_000}, (_, at) => [1, at, 1])]);
  assert.equal(packLanes(wide.block, wide).at(-1), 1);
});

test("self time is what no child covers", () => {
  const view = makeView([[0, 0, 100], [1, 10, 30], [2, 10, 100], [1, 20, 40], [1, 95, 50]]);
  assert.deepEqual([...measureSelfTimes(view.block, view.end)], [45, 0, 100, 40, 50]);
});

test("spans of one operation below one path are one node", () => {
  const view = makeView([[0, 0, 9, 0], [1, 0, 1, 1], [2, 0, 1, 0], [1, 1, 1, 1], [2, 1, 1, 0], [0, 3, 1, 0], [1, 3, 1, 2]]);
  const paths = mergePaths(view.parent, view.block.operation, 3);
  assert.deepEqual([...paths.node], [0, 1, 2, 1, 2, 0, 3]);
  assert.deepEqual([...paths.parent], [-1, 0, 1, 0]);
  assert.deepEqual([...paths.operation], [0, 1, 0, 2]);
});

test("what is below adds up, or makes room where it is wider", () => {
  const paths = {parent: Int32Array.of(-1, 0, 0, 1)};
  assert.deepEqual([...addUp(paths, [1, 2, 3, 4])], [10, 6, 3, 4]);
  assert.deepEqual([...makeRoom(paths, [8, 2, 3, 4])], [8, 4, 3, 4]);
  assert.deepEqual([...makeRoom(paths, [5, 2, 3, 4])], [7, 4, 3, 4]);
});

// A root of 100 ns that waits for b (60), then for c (25); a second c and the error are beside that.
const SHOP = [[0, 0, 100, 0, 15], [1, 5, 60, 1, 60], [1, 5, 50, 2, 0], [1, 70, 25, 2, 25, ERROR]];

test("widths by critical path add up to the trace, the widest first", () => {
  const {frames, whole, factsOf} = makeMerged(makeView(SHOP), "critical");
  assert.deepEqual(whole, {from: 0, to: 100});
  assert.deepEqual([...frames.left], [0, 0, 60]);
  assert.deepEqual([...frames.right], [100, 60, 85]);
  assert.deepEqual(factsOf(2), {count: 2, errors: 1, total: 75, self: 75, critical: 25, shown: 25});
});

test("widths by total hold all that ran side by side, by self the work of all", () => {
  assert.deepEqual(makeMerged(makeView(SHOP), "total").whole, {from: 0, to: 135});
  // The root is alone for 5 ns before, 5 between and 5 after.
  assert.deepEqual(makeMerged(makeView(SHOP), "self").whole, {from: 0, to: 150});
});

test("what nobody waited for has no frame; a frame's span is the one that counts most", () => {
  const {frames, rowOf, rowsOf, frameOf, hasFrame} = makeMerged(makeView(SHOP.slice(0, 3)), "critical");
  assert.deepEqual([...frames.order], [0, 1]);
  assert.deepEqual([0, 1, 2].map(hasFrame), [true, true, false]);
  const merged = makeMerged(makeView(SHOP), "total");
  assert.deepEqual([merged.rowOf(2), [...merged.rowsOf(2)]], [2, [2, 3]]);
  assert.deepEqual([rowOf(2), [...rowsOf(2)], frameOf[2]], [2, [2], 2]);
});

test("a timeline has every span where it ran", () => {
  const {frames, factsOf, whole} = makeLanes(makeView(SHOP));
  assert.deepEqual([...frames.level], [0, 1, 2, 1]);
  assert.deepEqual([...frames.order], [0, 1, 3, 2]);
  assert.deepEqual([...frames.child], [1, -1, -1, -1]);
  assert.deepEqual(whole, {from: 0, to: 100});
  assert.deepEqual(factsOf(3), {count: 1, errors: 1, total: 25, self: 25, critical: 25, shown: 25});
});

test("a trace without a length has frames and a window", () => {
  const view = makeView([[0, 0, 0, 0], [1, 0, 0, 1]], 0);
  assert.deepEqual(makeLanes(view).whole, {from: 0, to: 1});
  assert.deepEqual(makeMerged(view, "critical").whole, {from: 0, to: 1});
  assert.equal(makeMerged(view, "critical").frames.order.length, 0);
});

const frames = arrangeFrames(
  {left: Float64Array.of(0, 60, 0, 10), right: Float64Array.of(100, 90, 5, 60), level: Int32Array.of(0, 1, 1, 1)},
  Int32Array.of(-1, 0, 0, 0),
);

function draw(window, width, of = frames, level = 1) {
  const drawn = [];
  drawLevel(of, level, window, width, (...frame) => drawn.push(frame));
  return drawn;
}

test("only what is in the window is drawn, cut at its sides", () => {
  assert.deepEqual(draw({from: 0, to: 100}, 100), [[2, 0, 5], [3, 10, 60], [1, 60, 90]]);
  assert.deepEqual(draw({from: 50, to: 70}, 100), [[3, 0, 50], [1, 50, 100]]);
  assert.deepEqual(draw({from: 5, to: 10}, 100), []);
});

test("of frames in one pixel one is drawn, a pixel wide", () => {
  const count = 100_000;
  const left = Float64Array.from({length: count}, (_, at) => at);
  const many = arrangeFrames({left, right: left.map((at) => at + 1), level: new Int32Array(count)}, new Int32Array(count).fill(-1));
  const drawn = draw({from: 0, to: count}, 50, many, 0);
  assert.deepEqual(drawn.map(([frame, x, after]) => [frame, x, after - x]), Array.from({length: 50}, (_, at) => [2000 * at, at, 1]));
  assert.equal(draw({from: 500, to: 510}, 50, many, 0).length, 10);
});

test("a frame is found under a point, and close to one", () => {
  assert.equal(frameAt(frames, 1, 20, 0), 3);
  assert.equal(frameAt(frames, 1, 7, 0), -1);
  assert.equal(frameAt(frames, 1, 6.5, 2), 2);
  assert.equal(frameAt(frames, 1, 8.5, 2), 3);
  assert.equal(frameAt(frames, 1, 95, 2), -1);
  assert.equal(frameAt(frames, 7, 20, 0), -1);
  assert.equal(frameAt(frames, -1, 20, 0), -1);
});

test("one goes from frame to frame", () => {
  assert.equal(besideOf(frames, 3, 1), 1);
  assert.equal(besideOf(frames, 3, -1), 2);
  assert.equal(besideOf(frames, 2, -1), -1);
  assert.equal(besideOf(frames, 1, 1), -1);
  assert.deepEqual([frames.child[0], frames.child[1]], [2, -1]);
  assert.deepEqual(trailOf(frames, 3), [0, 3]);
  assert.deepEqual(trailOf(frames, -1), []);
});

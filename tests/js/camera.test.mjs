import assert from "node:assert/strict";
import {test} from "node:test";

import {fit, leastScale, pan, pinch, reveal, wheelFactor, zoomAt} from "../../static/js/lib/camera.js";

const BOX = {x: 0, y: 0, width: 2000, height: 500};
const ROOM = {width: 1032, height: 632};
const seen = (camera, [x, y]) => [x * camera.scale + camera.x, y * camera.scale + camera.y];
const close = (one, other) => one.forEach((value, at) => assert.ok(Math.abs(value - other[at]) < 1e-9, `${one} is not ${other}`));

test("all of a map is fitted into the middle, never larger than it was drawn", () => {
  const camera = fit(BOX, ROOM);
  assert.equal(camera.scale, 0.5);
  assert.deepEqual(seen(camera, [0, 0]), [16, 191]);
  assert.deepEqual(seen(camera, [2000, 500]), [1016, 441]);
  assert.deepEqual(fit({x: 0, y: 0, width: 148, height: 40}, ROOM), {scale: 1, x: 442, y: 296});
});

test("what is under the pointer stays there, and there is a largest and a smallest scale", () => {
  const before = fit(BOX, ROOM);
  const at = [300, 200];
  const point = [(at[0] - before.x) / before.scale, (at[1] - before.y) / before.scale];
  const after = zoomAt(before, 2, at, leastScale(BOX, ROOM));
  assert.equal(after.scale, 1);
  close(seen(after, point), at);
  assert.equal(zoomAt(before, 100, at, 0.25).scale, 4);
  assert.equal(zoomAt(before, 0.01, at, leastScale(BOX, ROOM)).scale, 0.25);
  const smallest = zoomAt(before, 0.01, at, 0.25);
  assert.equal(zoomAt(smallest, 0.5, at, 0.25), smallest);
});

test("a map is never dragged off its stage", () => {
  const camera = fit(BOX, ROOM);
  assert.deepEqual(pan(camera, 10, -20, BOX, ROOM), {scale: 0.5, x: 26, y: 171});
  assert.equal(pan(camera, 9e9, 0, BOX, ROOM).x, ROOM.width - 48);
  assert.equal(pan(camera, -9e9, 0, BOX, ROOM).x, 48 - 1000);
  assert.equal(pan(camera, 0, 9e9, BOX, ROOM).y, ROOM.height - 48);
  assert.equal(pan(camera, 0, -9e9, BOX, ROOM).y, 48 - 250);
});

test("two fingers keep what is under them", () => {
  const before = {scale: 1, x: 0, y: 0};
  const after = pinch(before, [[100, 100], [200, 100]], [[50, 150], [250, 150]], 0.1);
  assert.equal(after.scale, 2);
  close(seen(after, [100, 100]), [50, 150]);
  close(seen(after, [200, 100]), [250, 150]);
  assert.deepEqual(pinch(before, [[5, 5], [5, 5]], [[9, 9], [9, 9]], 0.1), {scale: 1, x: 4, y: 4});
});

test("a box that is out of sight is brought in by the shortest way", () => {
  const camera = {scale: 1, x: 0, y: 0};
  const box = {x: 100, y: 100, width: 148, height: 40};
  assert.equal(reveal(camera, box, ROOM), camera);
  assert.deepEqual(reveal(camera, {...box, x: 1000}, ROOM), {scale: 1, x: ROOM.width - 16 - 1148, y: 0});
  assert.deepEqual(reveal(camera, {...box, y: -100}, ROOM), {scale: 1, x: 0, y: 116});
  assert.deepEqual(reveal(camera, {...box, x: 300}, {width: 100, height: 600}), {scale: 1, x: -284, y: 0});
});

test("a turn of the wheel zooms the same whether it is told in lines or in pixels, and a pinch on a pad is finer", () => {
  const wheel = (deltaY, more = {}) => wheelFactor({deltaY, deltaMode: 0, ctrlKey: false, ...more});
  assert.ok(wheel(100) < 1 && wheel(-100) > 1);
  assert.equal(wheel(100) * wheel(-100), 1);
  assert.equal(wheel(3, {deltaMode: 1}), wheel(48));
  assert.equal(wheel(9e9), wheel(120));
  assert.ok(wheel(-5, {ctrlKey: true}) > wheel(-5));
});

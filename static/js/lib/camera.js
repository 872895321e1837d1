/**
 * Where one looks at a map from: a point of the map is seen at `x * scale + camera.x`, `y * scale + camera.y`, in pixels of
 * the stage. Pure.
 *
 * @typedef {{x: number, y: number, scale: number}} Camera
 * @typedef {{x: number, y: number, width: number, height: number}} Box    in the map
 * @typedef {{width: number, height: number}} Room                         the stage
 */

const MOST = 4;
const MARGIN_PX = 16;
/** So much of the map stays on the stage, however far it is dragged. */
const KEPT_PX = 48;
const LINE_PX = 16;

/** All of the map in the middle of the stage, not larger than it was drawn. @param {Box} box @param {Room} room @returns {Camera} */
export function fit(box, room) {
  const margin = Math.min(MARGIN_PX, room.width / 8, room.height / 8);
  const scale = Math.min(1, (room.width - 2 * margin) / box.width, (room.height - 2 * margin) / box.height);
  return centre(box, room, scale);
}

/** The middle of a box in the middle of the stage. @returns {Camera} */
export const centre = (box, room, scale) => ({
  scale,
  x: room.width / 2 - (box.x + box.width / 2) * scale,
  y: room.height / 2 - (box.y + box.height / 2) * scale,
});

/** Half of what shows all of it, so that there is an edge to see. */
export const leastScale = (box, room) => fit(box, room).scale / 2;

/** `factor` times as large; what is at a point of the stage stays there. @returns {Camera} the same where it can be no larger */
export function zoomAt(camera, factor, [x, y], least) {
  const scale = Math.min(MOST, Math.max(least, camera.scale * factor));
  if (scale === camera.scale) return camera;
  const change = scale / camera.scale;
  return {scale, x: x - (x - camera.x) * change, y: y - (y - camera.y) * change};
}

/** @returns {Camera} moved by pixels, but never off the stage */
export function pan({x, y, scale}, dx, dy, box, room) {
  const keep = (at, start, length, space) =>
    Math.min(space - KEPT_PX - start * scale, Math.max(KEPT_PX - (start + length) * scale, at));
  return {scale, x: keep(x + dx, box.x, box.width, room.width), y: keep(y + dy, box.y, box.height, room.height)};
}

/** Two fingers went from `before` to `after`: what was under each is under it still. @returns {Camera} */
export function pinch(camera, before, after, least) {
  const middle = ([[ax, ay], [bx, by]]) => [(ax + bx) / 2, (ay + by) / 2];
  const apart = ([[ax, ay], [bx, by]]) => Math.max(1, Math.hypot(ax - bx, ay - by));
  const [from, to] = [middle(before), middle(after)];
  const zoomed = zoomAt(camera, apart(after) / apart(before), from, least);
  return {...zoomed, x: zoomed.x + to[0] - from[0], y: zoomed.y + to[1] - from[1]};
}

/** Moves as little as brings a box of the map onto the stage; the same camera where it is there. @returns {Camera} */
export function reveal(camera, box, room) {
  const step = (at, start, length, space) => {
    const from = start * camera.scale + at - MARGIN_PX;
    const to = (start + length) * camera.scale + at + MARGIN_PX;
    if (from < 0 || to - from > space) return -from;
    return to > space ? space - to : 0;
  };
  const dx = step(camera.x, box.x, box.width, room.width);
  const dy = step(camera.y, box.y, box.height, room.height);
  return dx || dy ? {...camera, x: camera.x + dx, y: camera.y + dy} : camera;
}

/** How much a turn of the wheel zooms. @param {{deltaY: number, deltaMode: number, ctrlKey: boolean}} wheel */
export function wheelFactor({deltaY, deltaMode, ctrlKey}) {
  const px = Math.max(-120, Math.min(120, deltaMode ? deltaY * LINE_PX : deltaY));
  return Math.exp(-px * (ctrlKey ? 0.01 : 0.0022));
}

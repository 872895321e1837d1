/** Paints frames of a flame graph: colour, letters and signs, as they are in the theme now. */
import {drawLevel} from "./lib/frames.js";
import {ticksOf} from "./lib/ticks.js";
import {shareOf} from "./lib/zoom.js";

export const ROW_PX = 24;
export const AXIS_PX = 22;
const BAR_PX = 22;
const SLOTS = 12;
const LEAST_TEXT_PX = 26;
const TEXT_PX = 4;
const DOTS_PX = 10;
const MARK_PX = 2;
const ERROR_PX = 3;
const FAINT = 0.25;
const NAMES = ["bg", "bg-1", "fg", "fg-3", "line", "err", "warn", "accent"];

/** @param {HTMLCanvasElement} canvas @returns {object} colours as CSS says them, the font, letters on each slot */
export function readInk(canvas) {
  const computed = getComputedStyle(canvas);
  const colourOf = (value) => {
    canvas.style.color = value;
    return computed.color;
  };
  const ink = Object.fromEntries(NAMES.map((name) => [name, colourOf(`var(--${name})`)]));
  const chip = document.createElement("i");
  canvas.after(chip);
  ink.slots = Array.from({length: SLOTS}, (_, slot) => {
    chip.className = `chip c${slot}`;
    const {backgroundColor, color} = getComputedStyle(chip);
    return {fill: backgroundColor, text: color};
  });
  chip.remove();
  ink.font = `12px ${computed.fontFamily}`;
  return ink;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {object} picture
 * @param {object} picture.frames as lib/frames.js arranges them
 * @param {{from: number, to: number}} picture.window
 * @param {number} picture.width      CSS pixels
 * @param {number} picture.height
 * @param {number} picture.scroll     how far it is scrolled down
 * @param {boolean} picture.hasAxis
 * @param {ArrayLike<number>} picture.operation   by frame
 * @param {{slot: number, isFaint: boolean}[]} picture.looks   by operation
 * @param {?Uint8Array} picture.isFound    by frame: the others are faint; null: none is
 * @param {(frame: number) => string} picture.labelOf
 * @param {(frame: number) => number} picture.failedOf   which share of its spans failed, 0 to 1
 * @param {number[]} picture.failed   frames with errors, however small they are
 * @param {number[]} picture.found    frames that stand out, whatever covers them
 * @param {?{frames: ArrayLike<number>, starts: ArrayLike<number>, lengths: ArrayLike<number>}} picture.lines
 *   the parts of frames that are underlined
 * @param {number} picture.current    the frame that keys act on, −1: none; likewise:
 * @param {number} picture.hovered
 * @param {number} picture.selected
 * @param {object} ink
 */
export function paintFlame(canvas, picture, ink) {
  const {width, height, frames, window, scroll, hasAxis} = picture;
  const scale = devicePixelRatio;
  const size = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
  const pen = canvas.getContext("2d", {alpha: false});
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.fillStyle = ink["bg-1"];
  pen.fillRect(0, 0, width, height);
  Object.assign(pen, {font: ink.font, textBaseline: "middle", lineWidth: 1});
  const top = hasAxis ? AXIS_PX : 0;
  const yOf = (level) => top + level * ROW_PX - scroll;
  const xOf = (at) => width * shareOf(window, at);
  pen.lastFill = "";
  if (hasAxis) paintGrid(pen, picture, ink, xOf);
  const last = Math.min(frames.first.length - 1, Math.ceil((height - top + scroll) / ROW_PX));
  for (let level = Math.floor(scroll / ROW_PX); level < last; level++) {
    const y = yOf(level);
    drawLevel(frames, level, window, width, (frame, x, after) => paintFrame(pen, picture, frame, x, y, after, ink));
  }
  const boxOf = (frame, least) => {
    const x = Math.max(-2, xOf(frames.left[frame]));
    return [x, yOf(frames.level[frame]), Math.max(least, Math.min(width + 2, xOf(frames.right[frame])) - x)];
  };
  const isSeen = (frame) => {
    const y = yOf(frames.level[frame]);
    return y > -ROW_PX && y < height && frames.left[frame] <= window.to && frames.right[frame] >= window.from;
  };
  for (const frame of picture.failed.filter(isSeen)) {
    pen.fillStyle = ink.err;
    pen.fillRect(xOf(frames.left[frame]), yOf(frames.level[frame]), MARK_PX, ERROR_PX);
  }
  paintFound(pen, picture.found.filter(isSeen).map((frame) => boxOf(frame, MARK_PX)), ink);
  paintLines(pen, picture, ink, {yOf, xOf});
  for (const [frame, colour, wide] of [[picture.selected, ink.accent, 2], [picture.hovered, ink.fg, 1], [picture.current, ink.fg, 2]]) {
    if (frame < 0 || !isSeen(frame)) continue;
    const [x, y, long] = boxOf(frame, 3);
    Object.assign(pen, {strokeStyle: ink["bg-1"], lineWidth: wide + 2});
    pen.strokeRect(x, y + 1, long, BAR_PX - 2);
    Object.assign(pen, {strokeStyle: colour, lineWidth: wide});
    pen.strokeRect(x, y + 1, long, BAR_PX - 2);
  }
  if (hasAxis) paintAxis(pen, picture, ink, xOf);
}

function paintFrame(pen, {operation, looks, isFound, failedOf, labelOf}, frame, x, y, after, ink) {
  const {slot, isFaint: isDimmed} = looks[operation[frame]];
  const isFaint = isDimmed || (isFound && !isFound[frame]);
  const {fill, text} = ink.slots[slot];
  const long = after - x;
  const wide = long > 3 ? long - 1 : long; // a gap, where there is room for one
  const failed = failedOf(frame);
  if (isFaint) pen.globalAlpha = FAINT;
  if (pen.lastFill !== fill) pen.fillStyle = pen.lastFill = fill;
  pen.fillRect(x, y, wide, BAR_PX);
  if (failed) {
    pen.fillStyle = pen.lastFill = ink.err;
    pen.fillRect(x, y, Math.max(Math.min(wide, MARK_PX), wide * failed), ERROR_PX);
  }
  if (isFaint) pen.globalAlpha = 1;
  if (long < LEAST_TEXT_PX) return;
  pen.fillStyle = pen.lastFill = isFaint ? ink.fg : text;
  const words = failed ? `✕ ${labelOf(frame)}` : labelOf(frame);
  pen.fillText(cut(pen, words, wide - 2 * TEXT_PX), x + TEXT_PX, y + BAR_PX / 2 + 1, wide - TEXT_PX);
}

const widths = new Map();

/** As much of a text as there is room for. */
function cut(pen, text, room) {
  const key = pen.font + text;
  if (!widths.has(key)) {
    if (widths.size > 5000) widths.clear();
    widths.set(key, pen.measureText(text).width);
  }
  const long = widths.get(key);
  return long <= room ? text : `${text.slice(0, Math.max(1, Math.floor(((room - DOTS_PX) / long) * text.length)))}…`;
}

/** Frames that were found: an outline, and one pixel is enough to be seen. */
function paintFound(pen, boxes, ink) {
  let before = [-9, -9];
  for (const [x, y, long] of boxes) {
    if (long <= MARK_PX && y === before[1] && x < before[0]) continue;
    before = [x + long, y];
    pen.fillStyle = ink.warn;
    if (long < 6) {
      pen.fillRect(x, y, Math.max(MARK_PX, long), BAR_PX);
      continue;
    }
    Object.assign(pen, {strokeStyle: ink.fg, lineWidth: 2});
    pen.strokeRect(x + 1, y + 1, long - 3, BAR_PX - 2);
    pen.fillRect(x + 2, y + BAR_PX - 5, long - 5, 3);
  }
}

/** The critical path: a line with a halo at the foot of each frame, while it is on it. */
function paintLines(pen, {lines, width, height, frames, window}, ink, {yOf, xOf}) {
  if (!lines) return;
  const {frames: of, starts, lengths} = lines;
  const ends = new Map(); // level → where its last line ends
  for (let at = 0; at < of.length; at++) {
    if (starts[at] > window.to || starts[at] + lengths[at] < window.from) continue;
    const level = frames.level[of[at]];
    const y = yOf(level);
    if (y < -ROW_PX || y > height) continue;
    const [x, after] = [Math.max(0, xOf(starts[at])), Math.min(width, xOf(starts[at] + lengths[at]))];
    if (after - (ends.get(level) ?? -1) < 0.5) continue;
    ends.set(level, after);
    pen.fillStyle = ink.bg;
    pen.fillRect(x, y + BAR_PX - 4, Math.max(1, after - x), 4);
    pen.fillStyle = ink.fg;
    pen.fillRect(x, y + BAR_PX - 3, Math.max(1, after - x), 2);
  }
}

function paintGrid(pen, {window, width, height}, ink, xOf) {
  pen.fillStyle = ink.line;
  for (const {at} of ticksOf(window, width)) pen.fillRect(Math.round(xOf(at)), AXIS_PX, 1, height);
}

function paintAxis(pen, {window, width}, ink, xOf) {
  pen.fillStyle = ink.bg;
  pen.fillRect(0, 0, width, AXIS_PX);
  pen.fillStyle = ink.line;
  pen.fillRect(0, AXIS_PX - 1, width, 1);
  for (const {at, label} of ticksOf(window, width)) {
    const x = Math.round(xOf(at));
    pen.fillStyle = ink.line;
    pen.fillRect(x, 0, 1, AXIS_PX);
    pen.fillStyle = ink["fg-3"];
    if (x + 4 + pen.measureText(label).width <= width) pen.fillText(label, x + 4, AXIS_PX / 2 + 1);
  }
}

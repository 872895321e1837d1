import {wordTime} from "./zoom.js";

/**
 * Round times along a window. Steps are those of traces/waterfall.py, so that the whole trace has the marks that the
 * server drew. Pure.
 */
const SECOND = 1e9;
const MOST = 5;
const LONG_STEPS = [15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 21600].map((seconds) => seconds * SECOND);
const HALF_DAY = 43200 * SECOND;
const CHARACTER_PX = 6.5;
const GAP_PX = 16;

/** The smallest round step, in ns, of which at most `most` fit into `length` ns. */
export function stepOf(length, most = MOST) {
  const fits = (step) => Math.floor(length / step) <= most;
  if (length > 60 * SECOND) return LONG_STEPS.find(fits) ?? HALF_DAY * Math.ceil(length / (most * HALF_DAY));
  const power = 10 ** Math.max(0, String(Math.round(length)).length - 2);
  return [1, 2, 5, 10, 20, 50].map((factor) => power * factor).find(fits);
}

/**
 * As many marks as `width` pixels have room for, six at most. A label is the whole time since the trace's start: it
 * has every digit in which it differs from its neighbours.
 * @param {{from: number, to: number}} window in ns
 * @returns {{at: number, label: string}[]}
 */
export function ticksOf({from, to}, width = Infinity) {
  for (let most = MOST; ; most -= 1) {
    const step = stepOf(to - from, most);
    const ticks = [];
    for (let at = Math.ceil(from / step) * step; at <= to; at += step) ticks.push({at, label: at ? wordTime(at) : "0"});
    const longest = Math.max(0, ...ticks.map(({label}) => label.length));
    if (most === 1 || longest * CHARACTER_PX + GAP_PX <= (step / (to - from)) * width) return ticks;
  }
}

/**
 * Windows of time: {from, to} in whole nanoseconds from the trace's start, never empty, inside the trace. Pure.
 * A trace without a length is one nanosecond wide. Numbers hold 104 days of nanoseconds exactly.
 * @typedef {{from: number, to: number}} Window
 */

/** @param {number} duration @returns {Window} */
export const wholeOf = (duration) => ({from: 0, to: Math.max(1, duration)});

/** The nearest window there is: in order, whole numbers, inside the trace. @returns {Window} */
export function clamp(from, to, duration) {
  const last = Math.max(1, duration);
  const [low, high] = [from, to].map((ns) => Math.min(last, Math.max(0, Math.round(ns)))).sort((a, b) => a - b);
  return high > low ? {from: low, to: high} : high < last ? {from: low, to: low + 1} : {from: last - 1, to: last};
}

/** @param {Window} window */
export const isWhole = ({from, to}, duration) => from <= 0 && to >= Math.max(1, duration);

/** The window after a gesture: ends within a thousandth of it are rounded, so that addresses stay short. @returns {Window} */
export function settle(from, to, duration) {
  const grid = gridOf(Math.abs(to - from) / 1000);
  return clamp(onGrid(from, grid, duration), onGrid(to, grid, duration), duration);
}

/** The largest power of ten, at least 1, that is not above `ns`. */
export const gridOf = (ns) => 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, ns))));

const onGrid = (ns, grid, duration) => (ns >= duration ? ns : Math.round(ns / grid) * grid);

/**
 * Wider (factor > 1) or narrower by at least a nanosecond; what is at `at` stays where it is if the trace allows it.
 * @param {Window} window @returns {Window}
 */
export function zoomAt({from, to}, factor, at, duration) {
  const wide = to - from;
  const wanted = factor < 1 ? Math.max(1, Math.floor(wide * factor)) : Math.ceil(wide * factor);
  const begin = at - ((at - from) / wide) * wanted;
  return within(begin, wanted, duration);
}

/** @param {Window} window @returns {Window} of the same width, moved as far as the trace goes */
export const pan = ({from, to}, by, duration) => within(from + by, to - from, duration);

function within(begin, wide, duration) {
  if (wide >= duration) return wholeOf(duration);
  const grid = gridOf(wide / 1000);
  const from = Math.min(Math.max(0, Math.round(begin / grid) * grid), duration - wide);
  return clamp(from, from + wide, duration);
}

/**
 * A stretch of the trace with a twentieth of it on both sides; one without a length in a thousandth of the trace.
 * @returns {Window}
 */
export function fit(start, length, duration) {
  const wide = length || duration / 1000;
  const margin = Math.max(1, wide / 20);
  return length ? settle(start - margin, start + length + margin, duration) : settle(start - wide / 2, start + wide / 2, duration);
}

/** One end moved to `ns`, the other where it was. @param {Window} window @param {"from"|"to"} edge @returns {Window} */
export function moveEdge({from, to}, edge, ns, duration) {
  return edge === "from" ? clamp(Math.min(ns, to - 1), to, duration) : clamp(from, Math.max(ns, from + 1), duration);
}

/** @param {Window} window @returns {number} where `ns` is drawn, 0 to 1 inside the window */
export const shareOf = ({from, to}, ns) => (ns - from) / (to - from);

/** @param {Window} window @returns {number} the time at a share of the window, not rounded */
export const timeAt = ({from, to}, share) => from + (to - from) * share;

const SECOND = 1e9;
const UNITS = {d: 86400 * SECOND, h: 3600 * SECOND, m: 60 * SECOND, s: SECOND, ms: 1e6, us: 1e3, µs: 1e3, μs: 1e3, ns: 1};

/** All of a time, to the nanosecond: `80 µs`, `1.234567891 s`, `1 d 2 h 0.5 s`. */
export function wordTime(ns) {
  if (ns < 0) return `−${wordTime(-ns)}`;
  let rest = Math.round(ns);
  if (rest < 60 * SECOND) return wordPart(rest);
  const words = [];
  for (const unit of ["d", "h", "m"]) {
    const count = Math.floor(rest / UNITS[unit]);
    rest -= count * UNITS[unit];
    if (count) words.push(`${count} ${unit}`);
  }
  if (rest) words.push(wordPart(rest, true));
  return words.join(" ");
}

function wordPart(ns, inSeconds = false) {
  const unit = inSeconds ? "s" : ["s", "ms", "µs"].find((name) => ns >= UNITS[name]) ?? "ns";
  const rest = ns % UNITS[unit];
  const decimals = rest ? `.${String(rest).padStart(String(UNITS[unit]).length - 1, "0").replace(/0+$/, "")}` : "";
  return `${Math.floor(ns / UNITS[unit])}${decimals} ${unit}`;
}

/** The same for an address: `80us`, `1d2h0.5s`, `0`. */
export const writeTime = (ns) => (Math.round(ns) ? wordTime(ns).replaceAll(" ", "").replace("µ", "u") : "0");

/**
 * What `writeTime`, `wordTime` and people write: `12.5ms`, `1.2 s`, `80us`, `1m30s`, `1e3` is not. A bare number is
 * milliseconds.
 * @returns {number} ns, or NaN
 */
export function readTime(text) {
  const pattern = /(\d+)?(?:[.,](\d*))?\s*(d|h|ms|min|m|s|us|µs|μs|ns)?\s*/gy;
  const wanted = text.trim().toLowerCase();
  let ns = wanted ? 0 : NaN;
  while (pattern.lastIndex < wanted.length) {
    const [found, whole = "", decimals = "", unit] = pattern.exec(wanted);
    if (!(whole + decimals) || (!unit && found !== wanted)) return NaN;
    const size = UNITS[unit === "min" ? "m" : unit ?? "ms"];
    ns += Number(whole) * size + Math.round(Number(`0.${decimals || 0}`) * size);
  }
  return ns <= Number.MAX_SAFE_INTEGER ? ns : NaN;
}

/** A moment in UTC with all nine digits: `2026-11-22T02:12:44.183204991Z`. `startNs` is decimal text. */
export function isoAt(startNs, ns) {
  const at = BigInt(startNs) + BigInt(Math.round(ns));
  return new Date(Number(at / 1_000_000n)).toISOString().replace("Z", `${String(at % 1_000_000n).padStart(6, "0")}Z`);
}

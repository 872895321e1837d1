// The shapes of a bar as SVG paths, in a box of 100 × 24 that is stretched to the width of the plot.

/** A time as a share of the window, in per cent; a little beyond the edges at most, where numbers stay exact. */
export function percent(at, {from, to}) {
  const share = to > from ? (100 * (at - from)) / (to - from) : 0;
  return Math.max(-1, Math.min(101, share));
}

const short = (number) => Number(number.toFixed(3));

/** A rectangle from x to x, as high as a bar if nothing else is said. */
export const barPath = (x, after, top = 6, bottom = 18) => `M${short(x)} ${top}H${short(after)}V${bottom}H${short(x)}Z`;

/** A line in the middle. */
export const linePath = (x, after) => `M${short(x)} 12H${short(after)}`;

/**
 * @param {number[]} segments start, end, start, end …
 * @param {(at: number) => number} scale from a time to per cent
 */
export function rectanglesPath(segments, scale, top, bottom) {
  let path = "";
  for (let at = 0; at < segments.length; at += 2) path += barPath(scale(segments[at]), scale(segments[at + 1]), top, bottom);
  return path;
}

/** ⊢—⊣ above a bar. */
export const bracketPath = (x, after) => `M${short(x)} 1V5M${short(x)} 3H${short(after)}M${short(after)} 1V5`;

/** A vertical line for each event that is inside the window; those closer than a pixel are one. */
export function ticksPath(events, scale, top, height) {
  let path = "";
  let before = -Infinity;
  for (const [at] of events) {
    const x = scale(at);
    if (x < 0 || x > 100 || x - before < 0.15) continue;
    path += `M${short(x)} ${top}v${height}`;
    before = x;
  }
  return path;
}

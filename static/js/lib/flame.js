/**
 * What a flame graph shows, in either mode: frames, and what is known of each. Pure.
 *
 * @typedef {object} Flame
 * @property {boolean} isTimeline
 * @property {object} frames        as frames.js arranges them
 * @property {{from: number, to: number}} whole
 * @property {ArrayLike<number>} operation  by frame
 * @property {ArrayLike<number>} frameOf    by row
 * @property {(frame: number) => number} rowOf        the row that stands for a frame
 * @property {(frame: number) => Int32Array} rowsOf   all its rows
 * @property {(frame: number) => {count: number, errors: number, total: number, self: number, critical: number, shown: number}} factsOf
 *   ns; `shown` is what its width says
 * @property {(frame: number) => boolean} hasFrame   whether it is drawn: not of spans that nothing waited for
 * @property {(frame: number) => number} failedOf    the share of its spans that failed
 * @property {number[]} failed    the frames of which some did
 */
import {ERROR} from "./block.js";
import {arrangeFrames} from "./frames.js";
import {packLanes} from "./lanes.js";
import {rowsWith} from "./matches.js";
import {addUp, layPaths, makeRoom, mergePaths, sumByNode} from "./paths.js";
import {measureSelfTimes} from "./self-times.js";
import {wholeOf} from "./zoom.js";

/** Every span when it ran. @param {object} view a TraceView, read only @returns {Flame} */
export function makeLanes(view) {
  const {block, parent, end, criticalTime} = view;
  const right = block.start.map((at, row) => at + block.duration[row]);
  const frames = arrangeFrames({left: block.start, right, level: packLanes(block, view)}, parent);
  let selves = null; // measured once somebody asks
  return {
    isTimeline: true,
    frames,
    whole: wholeOf(view.duration_ns),
    operation: block.operation,
    frameOf: Int32Array.from(parent.keys()),
    rowOf: (row) => row,
    rowsOf: (row) => Int32Array.of(row),
    hasFrame: () => true,
    failedOf: (row) => (block.flags[row] & ERROR ? 1 : 0),
    failed: [...rowsWith(ERROR, block.flags)],
    factsOf: (row) => ({
      count: 1,
      errors: block.flags[row] & ERROR ? 1 : 0,
      total: block.duration[row],
      self: (selves ??= measureSelfTimes(block, end))[row],
      critical: criticalTime[row],
      shown: block.duration[row],
    }),
  };
}

/**
 * Spans by path.
 * @param {object} view a TraceView, read only
 * @param {"critical"|"total"|"self"} by how wide a frame is: the time its spans and all below are on the critical path;
 *   how long its spans took together, or what is below them where that ran side by side; the self time of them all
 * @returns {Flame}
 */
export function makeMerged(view, by) {
  const {block, parent, end, criticalTime} = view;
  const paths = mergePaths(parent, block.operation, block.header.operations.length);
  const selves = measureSelfTimes(block, end);
  const ofRow = {critical: criticalTime, total: block.duration, self: selves};
  const [counts, errors, total, self, critical] = [
    new Uint8Array(view.count).fill(1),
    block.flags.map((flags) => (flags & ERROR ? 1 : 0)),
    block.duration,
    selves,
    criticalTime,
  ].map((each) => sumByNode(paths, each));
  const widths = by === "total" ? makeRoom(paths, total) : addUp(paths, {critical, self}[by]);
  const criticals = by === "critical" ? widths : addUp(paths, critical);
  const laid = layPaths(paths, widths);
  const longest = findLongest(paths, ofRow[by]);
  const frames = arrangeFrames(laid, paths.parent, (node) => widths[node] > 0);
  return {
    isTimeline: false,
    frames,
    whole: wholeOf(laid.right.reduce((most, each) => Math.max(most, each), 0)),
    operation: paths.operation,
    frameOf: paths.node,
    rowOf: (node) => longest[node],
    hasFrame: (node) => widths[node] > 0,
    failedOf: (node) => errors[node] / counts[node],
    failed: [...frames.order].filter((node) => errors[node]),
    rowsOf: (node) => Int32Array.from(paths.node.keys()).filter((row) => paths.node[row] === node),
    factsOf: (node) => ({
      count: counts[node],
      errors: errors[node],
      total: total[node],
      self: self[node],
      critical: criticals[node],
      shown: widths[node],
    }),
  };
}

/** Of each node the row that has most; of equals the first. */
function findLongest({node, parent}, ofRow) {
  const longest = new Int32Array(parent.length).fill(-1);
  node.forEach((each, row) => {
    if (longest[each] < 0 || ofRow[row] > ofRow[longest[each]]) longest[each] = row;
  });
  return longest;
}

/**
 * How long every span ran while none of its children did: the same as traces/domain/self_times.py. One pass.
 * @param {{start: ArrayLike<number>, duration: ArrayLike<number>}} times by row, ns; siblings by their starts
 * @param {ArrayLike<number>} end the row after each subtree
 * @returns {Float64Array} by row, ns
 */
export function measureSelfTimes({start, duration}, end) {
  return Float64Array.from(duration, (own, row) => {
    let free = start[row];
    const last = free + own;
    let covered = 0;
    for (let child = row + 1; child < end[row] && start[child] < last; child = end[child]) {
      const stop = Math.min(last, start[child] + duration[child]);
      if (stop <= free) continue;
      covered += stop - Math.max(free, start[child]);
      free = stop;
    }
    return own - covered;
  });
}

/**
 * Spans in lanes of one timeline: below its parent, each with all below it as one block in the lowest lanes that are
 * free while any of it runs. No two spans of a lane overlap. Pure.
 */

/** Up to so many siblings each is compared with all before it. */
const FEW = 64;
/** Of more, a block that is higher than a lane is tried at so many places, and then put below all others. */
const LOOKS = 32;

/**
 * O(n log n), however many run side by side; nothing recurses.
 * @param {{start: ArrayLike<number>, duration: ArrayLike<number>}} times by row, ns
 * @param {{parent: Int32Array, end: Int32Array}} tree as `deriveTree` makes it
 * @returns {Int32Array} the lane of each row, from 0
 */
export function packLanes({start, duration}, {parent, end}) {
  const from = Float64Array.from(start);
  const to = from.map((at, row) => at + Math.max(1, duration[row])); // what takes no time takes room
  const height = new Int32Array(from.length).fill(1);
  const lane = new Int32Array(from.length);
  const blocks = {from, to, height, top: lane};
  for (let row = from.length - 1; row >= 0; row--) {
    if (end[row] > row + 1) height[row] += pack(childrenOf(row + 1, end[row], end), blocks);
    const above = parent[row];
    if (above < 0) continue;
    from[above] = Math.min(from[above], from[row]);
    to[above] = Math.max(to[above], to[row]);
  }
  pack(childrenOf(0, from.length, end), blocks);
  for (let row = 0; row < lane.length; row++) if (parent[row] >= 0) lane[row] += lane[parent[row]] + 1;
  return lane;
}

function childrenOf(first, after, end) {
  const rows = [];
  for (let row = first; row < after; row = end[row]) rows.push(row);
  return rows;
}

/** Gives each block its `top` among its siblings; returns how many lanes they need. */
function pack(rows, blocks) {
  const {from, height, top} = blocks;
  if (rows.some((row, at) => at && from[row] < from[rows[at - 1]])) rows.sort((one, other) => from[one] - from[other] || one - other);
  (rows.length > FEW ? packMany : packFew)(rows, blocks);
  return rows.reduce((most, row) => Math.max(most, top[row] + height[row]), 0);
}

function packFew(rows, {from, to, height, top}) {
  const open = []; // blocks from the top down; ones that have ended may stand between them
  for (const row of rows) {
    let [at, free] = [0, 0];
    for (; at < open.length; at++) {
      const other = open[at];
      if (to[other] <= from[row]) continue;
      if (top[other] - free >= height[row]) break;
      free = top[other] + height[other];
    }
    top[row] = free;
    if (at && to[open[at - 1]] <= from[row]) open[at - 1] = row;
    else open.splice(at, 0, row);
  }
}

function packMany(rows, {from, to, height, top}) {
  const lanes = new LaneEnds();
  let below = 0; // the lanes from here on are free
  for (const row of rows) {
    const now = from[row];
    while (below && lanes.isFree(below - 1, now)) below--;
    let [lane, first] = [below, 0];
    for (let look = 0; look < LOOKS; look++) {
      const found = lanes.findFree(first, now);
      if (found >= below) break;
      let after = found + 1;
      while (after < found + height[row] && lanes.isFree(after, now)) after++;
      if (after === found + height[row]) {
        lane = found;
        break;
      }
      first = after + 1;
    }
    top[row] = lane;
    for (let at = 0; at < height[row]; at++) lanes.put(lane + at, to[row]);
    below = Math.max(below, lane + height[row]);
  }
}

/** When each lane becomes free: a tree of the earliest of every two, four, eight … lanes. */
class LaneEnds {
  #size = FEW;
  #earliest = new Float64Array(2 * FEW).fill(-Infinity);

  isFree(lane, now) {
    return lane >= this.#size || this.#earliest[this.#size + lane] <= now;
  }

  /** The first lane from `first` on that is free. */
  findFree(first, now) {
    if (first >= this.#size) return first;
    let at = this.#size + first;
    while (this.#earliest[at] > now) {
      while (at & 1) at >>= 1;
      if (!at) return this.#size;
      at++;
    }
    while (at < this.#size) at = this.#earliest[2 * at] <= now ? 2 * at : 2 * at + 1;
    return at - this.#size;
  }

  put(lane, end) {
    while (lane >= this.#size) this.#grow();
    this.#earliest[this.#size + lane] = end;
    for (let at = (this.#size + lane) >> 1; at; at >>= 1) this.#sum(at);
  }

  #sum(at) {
    this.#earliest[at] = Math.min(this.#earliest[2 * at], this.#earliest[2 * at + 1]);
  }

  #grow() {
    const ends = this.#earliest.subarray(this.#size);
    this.#size *= 2;
    this.#earliest = new Float64Array(2 * this.#size).fill(-Infinity);
    this.#earliest.set(ends, this.#size);
    for (let at = this.#size - 1; at; at--) this.#sum(at);
  }
}

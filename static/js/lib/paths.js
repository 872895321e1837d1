/** A trace merged by path: spans of one operation, below parents of one path, are one node. Pure. */

/**
 * @param {ArrayLike<number>} parent by row; −1 is a root
 * @param {ArrayLike<number>} operation by row
 * @param {number} operationCount
 * @returns {{node: Int32Array, parent: Int32Array, operation: Int32Array}} the node of each row; by node, what it is below
 *   (−1: nothing; a smaller number) and its operation
 */
export function mergePaths(parent, operation, operationCount) {
  const node = new Int32Array(parent.length);
  const [parents, operations, known] = [[], [], new Map()];
  for (let row = 0; row < node.length; row++) {
    const above = parent[row] < 0 ? -1 : node[parent[row]];
    const key = (above + 1) * operationCount + operation[row];
    let found = known.get(key);
    if (found === undefined) {
      known.set(key, (found = parents.length));
      parents.push(above);
      operations.push(operation[row]);
    }
    node[row] = found;
  }
  return {node, parent: Int32Array.from(parents), operation: Int32Array.from(operations)};
}

/** What rows have, summed by node. @returns {Float64Array} */
export function sumByNode({node, parent}, ofRow) {
  const sums = new Float64Array(parent.length);
  for (let row = 0; row < node.length; row++) sums[node[row]] += ofRow[row];
  return sums;
}

/** What a node and all below it have. @returns {Float64Array} */
export function addUp({parent}, own) {
  const sums = Float64Array.from(own);
  for (let node = sums.length - 1; node >= 0; node--) if (parent[node] >= 0) sums[parent[node]] += sums[node];
  return sums;
}

/** How wide a node must be to be as wide as what is its own, and to hold all below it. @returns {Float64Array} */
export function makeRoom({parent}, own) {
  const inside = new Float64Array(own.length);
  const widths = Float64Array.from(own);
  for (let node = own.length - 1; node >= 0; node--) {
    widths[node] = Math.max(own[node], inside[node]);
    if (parent[node] >= 0) inside[parent[node]] += widths[node];
  }
  return widths;
}

/**
 * Nodes side by side above what they are made of, of siblings the widest first.
 * @param {{parent: Int32Array}} paths
 * @param {Float64Array} widths of a node at least the sum of its children's
 * @returns {{left: Float64Array, right: Float64Array, level: Int32Array}}
 */
export function layPaths({parent}, widths) {
  const level = new Int32Array(parent.length);
  for (let node = 0; node < level.length; node++) if (parent[node] >= 0) level[node] = level[parent[node]] + 1;
  const inOrder = Int32Array.from(level.keys());
  inOrder.sort((one, other) => level[one] - level[other] || widths[other] - widths[one] || one - other);
  const left = new Float64Array(parent.length);
  const filled = new Float64Array(parent.length); // up to where children stand
  let beside = 0;
  for (const node of inOrder) {
    const above = parent[node];
    left[node] = filled[node] = above < 0 ? beside : filled[above];
    if (above < 0) beside += widths[node];
    else filled[above] += widths[node];
  }
  return {left, right: left.map((at, node) => at + widths[node]), level};
}

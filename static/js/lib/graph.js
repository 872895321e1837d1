/**
 * Who calls whom, as a map is walked. Pure.
 *
 * @typedef {{id: string, x: number, y: number}} Node
 * @typedef {{id: string, from: string, to: string}} Edge
 */

export class Graph {
  /** @param {Node[]} nodes in the order they are walked: layer by layer, from the top @param {Edge[]} edges */
  constructor(nodes, edges) {
    this.nodes = new Map(nodes.map((node) => [node.id, node]));
    this.order = nodes.map(({id}) => id);
    this.edges = new Map(edges.map((edge) => [edge.id, edge]));
    this.beside = new Map(this.order.map((id) => [id, []]));
    for (const edge of edges) for (const end of new Set([edge.from, edge.to])) this.beside.get(end)?.push(edge);
  }

  /** The edges of a node, the callers' first. @returns {Edge[]} */
  edgesOf(id) {
    const edges = this.beside.get(id) ?? [];
    return [...edges.filter(({to}) => to === id), ...edges.filter(({to}) => to !== id)];
  }

  /** A node or an edge and what it touches. @returns {Set<string>} ids of nodes and edges */
  near(id) {
    const edge = this.edges.get(id);
    if (edge) return new Set([id, edge.from, edge.to]);
    return new Set([id, ...this.edgesOf(id).flatMap((beside) => [beside.id, beside.from, beside.to])]);
  }

  /** The next node in the order (1), or the one before (−1); at either end the same. */
  step(id, by) {
    return this.order[this.order.indexOf(id) + by] ?? id;
  }

  /** To the right (1) a callee, to the left (−1) a caller: the one at most nearly the same height. None there: the nearest node. */
  across(id, by) {
    const from = this.nodes.get(id);
    const ids = this.edgesOf(id).map((edge) => (by > 0 ? edge.to : edge.from));
    const isThere = (node) => node && node.id !== id && Math.sign(node.x - from.x) === by;
    const calls = ids.map((other) => this.nodes.get(other)).filter(isThere);
    const others = calls.length ? calls : [...this.nodes.values()].filter(isThere);
    const far = (node) => Math.abs(node.x - from.x) + 2 * Math.abs(node.y - from.y);
    return others.reduce((best, node) => (!best || far(node) < far(best) ? node : best), null)?.id ?? id;
  }

  /** The edge after (1) or before (−1) another around a node; the first without one. @returns {string|undefined} */
  stepAround(id, edgeId, by) {
    const ids = this.edgesOf(id).map((edge) => edge.id);
    const at = ids.indexOf(edgeId);
    if (at < 0) return ids.at(by > 0 ? 0 : -1);
    return ids[(at + by + ids.length) % ids.length];
  }
}

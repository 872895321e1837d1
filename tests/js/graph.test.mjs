import assert from "node:assert/strict";
import {test} from "node:test";

import {Graph} from "../../static/js/lib/graph.js";

// user → shop → (pay, stock) → db; pay → pay; alone stands by itself.
const nodes = [
  {id: "user", x: 0, y: 50}, {id: "shop", x: 280, y: 50}, {id: "pay", x: 560, y: 0}, {id: "stock", x: 560, y: 100},
  {id: "db", x: 840, y: 100}, {id: "alone", x: 840, y: 300},
];
const edges = [
  {id: "us", from: "user", to: "shop"}, {id: "sp", from: "shop", to: "pay"}, {id: "ss", from: "shop", to: "stock"},
  {id: "pd", from: "pay", to: "db"}, {id: "sd", from: "stock", to: "db"}, {id: "pp", from: "pay", to: "pay"},
];
const graph = new Graph(nodes, edges);

test("a node is near its callers, its callees and the links to them; a link to its ends", () => {
  assert.deepEqual([...graph.near("shop")].sort(), ["pay", "shop", "sp", "ss", "stock", "us", "user"]);
  assert.deepEqual([...graph.near("alone")], ["alone"]);
  assert.deepEqual([...graph.near("sd")].sort(), ["db", "sd", "stock"]);
  assert.deepEqual([...graph.near("pay")].sort(), ["db", "pay", "pd", "pp", "shop", "sp"]);
});

test("nodes are walked in their order, and it ends at both ends", () => {
  assert.equal(graph.step("shop", 1), "pay");
  assert.equal(graph.step("shop", -1), "user");
  assert.equal(graph.step("user", -1), "user");
  assert.equal(graph.step("alone", 1), "alone");
});

test("to the right is a callee, to the left a caller, else the nearest node", () => {
  assert.equal(graph.across("user", 1), "shop");
  assert.equal(graph.across("db", -1), "stock");
  assert.equal(graph.across("db", 1), "db");
  assert.equal(graph.across("alone", -1), "stock");
  assert.equal(graph.across("pay", 1), "db");
});

test("the links of a node are walked in a circle, those of its callers first", () => {
  assert.deepEqual(graph.edgesOf("shop").map(({id}) => id), ["us", "sp", "ss"]);
  assert.equal(graph.stepAround("shop", undefined, 1), "us");
  assert.equal(graph.stepAround("shop", undefined, -1), "ss");
  assert.equal(graph.stepAround("shop", "us", 1), "sp");
  assert.equal(graph.stepAround("shop", "ss", 1), "us");
  assert.equal(graph.stepAround("shop", "us", -1), "ss");
  assert.equal(graph.stepAround("alone", undefined, 1), undefined);
});

test("a link whose end is not on the map harms nothing", () => {
  const torn = new Graph(nodes.slice(0, 1), [{id: "x", from: "user", to: "gone"}]);
  assert.deepEqual([...torn.near("user")].sort(), ["gone", "user", "x"]);
  assert.equal(torn.across("user", 1), "user");
});

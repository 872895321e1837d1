import assert from "node:assert/strict";
import {test} from "node:test";

import {chooseOperations, makeQuestion, readAnswer} from "../../static/js/lib/usual.js";

const services = [{name: "shop"}, {name: "db"}];
const header = (operations) => ({operations, services, start_ns: "1700000000000000001", duration_ns: "2000000000"});

test("the most frequent operations are asked for first", () => {
  const block = {
    header: header([[0, "GET /", "server"], [1, "SELECT", "client"], [0, "POST /", "server"]]),
    operation: Uint16Array.of(0, 1, 1, 2, 2, 2),
  };
  assert.deepEqual(chooseOperations(block), [2, 1, 0]);
});

test("what the API refuses is not asked for", () => {
  const operations = [[0, "a\0b", "server"], [0, "x".repeat(8_193), "server"], [0, "GET /", "kind 9"], [1, "", "client"]];
  assert.deepEqual(chooseOperations({header: header(operations), operation: Uint16Array.of(0, 1, 2, 3)}), [3]);
});

test("a question has a thousand operations at most, and fits into a body", () => {
  const ask = (name) => {
    const operations = Array.from({length: 1_200}, (_, at) => [0, `${name}${at}`, "internal"]);
    const block = {header: header(operations), operation: Uint16Array.from(operations.keys())};
    const chosen = chooseOperations(block);
    return [chosen.length, new TextEncoder().encode(JSON.stringify(makeQuestion(block.header, chosen))).length];
  };
  assert.equal(ask("GET /")[0], 1_000);
  const [count, bytes] = ask("ü".repeat(500));
  assert.ok(count > 200 && count < 300 && bytes <= 256 * 1_024, `${count} ${bytes}`);
});

test("the window is the day before the end of the trace, in whole seconds", () => {
  assert.deepEqual(makeQuestion(header([[1, "SELECT", "client"]]), [0]), {
    operations: [{service: "db", operation: "SELECT", kind: "client"}],
    window: {end: "1700000003", lookback: "24h"},
  });
});

test("an answer comes back by operation, and few spans say nothing", () => {
  const answer = {
    operations: [
      {span_count: 20, p50_ns: "1000", p95_ns: "2000"},
      {span_count: 19, p50_ns: "5", p95_ns: "6"},
      {span_count: 0, p50_ns: null, p95_ns: null},
    ],
  };
  assert.deepEqual(readAnswer(4, [2, 0, 1], answer), [null, null, {p50: 1000, p95: 2000, count: 20}, null]);
});

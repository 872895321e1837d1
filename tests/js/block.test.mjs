import assert from "node:assert/strict";
import {test} from "node:test";

import {readBlock} from "../../static/js/lib/block.js";

/** A block as docs/api.md says, of these columns: [name, type, bytes, count]. */
function makeBlock(columns) {
  let offset = 0;
  const described = columns.map(([name, type, bytes, count]) => {
    const at = offset;
    offset += Math.ceil(bytes.byteLength / 8) * 8;
    return {name, type, offset: at, count};
  });
  const header = new TextEncoder().encode(JSON.stringify({span_count: 2, columns: described}));
  const base = Math.ceil((8 + header.length) / 8) * 8;
  const block = new Uint8Array(base + offset);
  block.set(new TextEncoder().encode("TCB1"));
  new DataView(block.buffer).setUint32(4, header.length, true);
  block.set(header, 8);
  columns.forEach(([, , bytes], at) => block.set(new Uint8Array(bytes.buffer), base + described[at].offset));
  return block.buffer;
}

test("columns are read under their names and by their types", () => {
  const block = readBlock(
    makeBlock([
      ["start", "f64", Float64Array.of(0, 1.5e15), 2],
      ["depth", "u16", Uint16Array.of(0, 1), 2],
      ["missing_parent", "id", Uint8Array.of(0xab, 0, 0, 0, 0, 0, 0, 1), 1],
    ]),
  );
  assert.deepEqual([...block.start], [0, 1.5e15]);
  assert.deepEqual([...block.depth], [0, 1]);
  assert.deepEqual(block.missing_parent, ["ab00000000000001"]);
  assert.equal(block.header.span_count, 2);
});

test("times beyond what a double holds become the nearest", () => {
  const {start} = readBlock(makeBlock([["start", "u64", BigUint64Array.of(1n, 2n ** 62n + 1n), 2]]));
  assert.deepEqual([...start], [1, 2 ** 62]);
});

test("another format is refused", () => {
  assert.throws(() => readBlock(new TextEncoder().encode("TCB2\0\0\0\0").buffer), /not a block/);
});

/** The block of columns of a trace; docs/api.md ("GET traces/<trace_id>/columns") is the specification of its bytes. */

import {startPieces} from "./critical-path.js";

// Bits of `flags` that the page draws.
export const HAS_EVENTS = 1;
export const HAS_EXCEPTION = 2;
export const HAS_LINKS = 4;
export const CLOCK_IMPLAUSIBLE = 8;
export const ENDS_BEFORE_START = 16;
export const UNFINISHED = 32;
export const ERROR = 256;
export const ERROR_BELOW = 512;
export const CUT = 2048;
export const CLOCK_CORRECTED = 4096;

const MAGIC = "TCB1";
const ARRAYS = {u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, u64: BigUint64Array, f64: Float64Array};

/**
 * The header and, under their names, the columns: views of `buffer`, nothing is copied; and `critical_start`, where each
 * piece of the critical path begins. Times beyond 2^53 ns become
 * the nearest doubles. Throws an Error where it is another format.
 * @param {ArrayBuffer} buffer
 */
export function readBlock(buffer) {
  const text = new TextDecoder();
  if (text.decode(new Uint8Array(buffer, 0, 4)) !== MAGIC) throw new Error("This is not a block of trace columns.");
  const length = new DataView(buffer).getUint32(4, true);
  const header = JSON.parse(text.decode(new Uint8Array(buffer, 8, length)));
  const base = Math.ceil((8 + length) / 8) * 8;
  const block = {header};
  for (const {name, type, offset, count} of header.columns) {
    block[name] = type === "id" ? readIds(buffer, base + offset, count) : new ARRAYS[type](buffer, base + offset, count);
    if (type === "u64") block[name] = Float64Array.from(block[name], Number);
  }
  if (block.critical_row) block.critical_start = startPieces(block);
  return block;
}

function readIds(buffer, offset, count) {
  return Array.from({length: count}, (_, at) =>
    Array.from(new Uint8Array(buffer, offset + 8 * at, 8), (byte) => byte.toString(16).padStart(2, "0")).join(""),
  );
}

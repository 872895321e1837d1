/** What is asked about how long the operations of a trace usually take (docs/api.md, "POST baseline"). */

const MOST_OPERATIONS = 1_000;
const MOST_BODY_BYTES = 250_000;
const MOST_NAME_CHARS = 8_192;
const KINDS = ["unspecified", "internal", "server", "client", "producer", "consumer"];
const NS_PER_SECOND = 1_000_000_000n;
/** Of fewer spans nothing is usual; traces/explained/usual.py says the same. */
const LEAST_SPANS = 20;

/**
 * Which operations of a block to ask for, the most frequent first: those that can be asked for, as many as may be.
 * @param {{header: object, operation: ArrayLike<number>}} block
 * @returns {number[]}
 */
export function chooseOperations({header, operation}) {
  const {operations, services} = header;
  const counts = new Uint32Array(operations.length);
  for (let row = 0; row < operation.length; row++) counts[operation[row]]++;
  const utf8 = new TextEncoder();
  let room = MOST_BODY_BYTES;
  const fits = (at) => {
    const [service, name, kind] = operations[at];
    const names = [services[service].name, name];
    if (!KINDS.includes(kind) || names.some((each) => each.length > MOST_NAME_CHARS || each.includes("\0"))) return false;
    const size = utf8.encode(JSON.stringify(names)).length + 60;
    if (size > room) return false;
    room -= size;
    return true;
  };
  return [...counts.keys()].sort((a, b) => counts[b] - counts[a] || a - b).filter(fits).slice(0, MOST_OPERATIONS);
}

/**
 * The body of the question: these operations, in the day before the end of the trace.
 * @param {object} header of the block
 * @param {number[]} chosen
 */
export function makeQuestion({operations, services, start_ns, duration_ns}, chosen) {
  const end = BigInt(start_ns) + BigInt(duration_ns);
  return {
    operations: chosen.map((at) => {
      const [service, operation, kind] = operations[at];
      return {service: services[service].name, operation, kind};
    }),
    window: {end: String((end + NS_PER_SECOND - 1n) / NS_PER_SECOND), lookback: "24h"},
  };
}

/**
 * The answer by operation of the block, null where too little is known.
 * @returns {({p50: number, p95: number, count: number} | null)[]}
 */
export function readAnswer(count, chosen, {operations}) {
  const usual = Array(count).fill(null);
  operations.forEach(({span_count, p50_ns, p95_ns}, at) => {
    if (span_count >= LEAST_SPANS) usual[chosen[at]] = {p50: Number(p50_ns), p95: Number(p95_ns), count: span_count};
  });
  return usual;
}

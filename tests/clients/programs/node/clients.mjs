// `node clients.mjs CLIENT HOST:PORT`: sends an invented trace with one of Node's libraries. TRACE_ID and START_NS say
// which trace and when; what was sent is said on standard output.
import { traceWithJaegerClient } from "./jaeger_client.mjs";
import { exportWithOpenTelemetry } from "./opentelemetry.mjs";

const [name, address] = process.argv.slice(2);
const told = name.startsWith("node-jaeger-client")
  ? await traceWithJaegerClient(name, address)
  : await exportWithOpenTelemetry(name, address);
console.log(JSON.stringify(told));
process.exit(0);

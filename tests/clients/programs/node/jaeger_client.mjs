// The story in OpenTracing's words, told by Jaeger's own client: tags, logs, references.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { ConstSampler, RemoteReporter, Tracer, opentracing } = require("jaeger-client");
const HTTPSender = require("jaeger-client/dist/src/reporters/http_sender.js").default;
const UDPSender = require("jaeger-client/dist/src/reporters/udp_sender.js").default;
const chance = require("jaeger-client/dist/src/util.js").default;
const START_MS = Number(BigInt(process.env.START_NS) / 1_000n) / 1_000;

export async function traceWithJaegerClient(name, address) {
  const [host, port] = address.split(":");
  const sender = name.endsWith("-http")
    ? new HTTPSender({ endpoint: `http://${address}/api/traces` })
    : new UDPSender({ host, port: Number(port) });
  const failures = [];
  const logger = { info: () => {}, error: (message) => failures.push(message) };
  const reporter = new RemoteReporter(sender, { logger, bufferFlushInterval: 60_000 });
  const kept = [];
  const remembering = {
    report: (span) => {
      kept.push(span);
      reporter.report(span);
    },
    close: (callback) => reporter.close(callback),
    setProcess: () =>
      reporter.setProcess("box-office", [
        { key: "jaeger.version", value: "Node-3.19.0" },
        { key: "hostname", value: "till-3" },
        { key: "ip", value: "192.0.2.7" },
      ]),
  };
  giveIds();
  tell(new Tracer("box-office", remembering, new ConstSampler(true), { traceId128bit: true }));
  await new Promise((resolve) => remembering.close(resolve));
  await new Promise((resolve) => setTimeout(resolve, 100));
  if (failures.length) throw new Error(failures.join("; "));
  return kept.map(describe);
}

/** The trace id given, and span ids that count up. */
function giveIds() {
  let next = 0xf1d2_0000_0000_0001n;
  chance.getRandom128 = () => Buffer.from(process.env.TRACE_ID, "hex");
  chance.getRandom64 = () => Buffer.from((next++).toString(16), "hex");
}

function tell(tracer) {
  const root = tracer.startSpan("POST /tickets", {
    startTime: START_MS,
    tags: { "span.kind": "server", "seat.row": "F", "seat.count": 2, "price.total": 37.5, member: true },
  });
  const pick = tracer.startSpan("pick seat", { childOf: root, startTime: START_MS + 5 });
  pick.log({ event: "seat held", "hold.seconds": 300 }, START_MS + 10);
  pick.log({ message: "no event field" }, START_MS + 11);
  pick.finish(START_MS + 12);
  const charge = tracer.startSpan("charge card", { childOf: root, startTime: START_MS + 15 });
  charge.addTags({ "span.kind": "client", error: true, "peer.service": "bank" });
  charge.finish(START_MS + 60);
  const references = [opentracing.followsFrom(pick.context()), opentracing.followsFrom(charge.context())];
  tracer.startSpan("tickets.issued", { references, startTime: START_MS + 62 }).finish(START_MS + 63);
  root.finish(START_MS + 80);
}

function describe(span) {
  const context = span.context();
  const tags = Object.fromEntries(span._tags.map(({ key, value }) => [key, value]));
  const startNs = BigInt(Math.floor(span._startTime * 1_000)) * 1_000n;
  return {
    trace_id: context.traceIdStr.padStart(32, "0"),
    span_id: context.spanIdStr.padStart(16, "0"),
    parent_span_id: context.parentIdStr?.padStart(16, "0") ?? "",
    service: "box-office",
    name: span.operationName,
    kind: tags["span.kind"] ?? "unspecified",
    is_error: tags.error === true,
    start_ns: Number(startNs),
    end_ns: Number(startNs + BigInt(Math.round(span._duration * 1_000)) * 1_000n),
  };
}

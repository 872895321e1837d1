// The story as OpenTelemetry tells it: a ticket is bought, and the card is declined.
import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { JaegerExporter } from "@opentelemetry/exporter-jaeger";
import { OTLPTraceExporter as GrpcExporter } from "@opentelemetry/exporter-trace-otlp-grpc";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtoExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { ZipkinExporter } from "@opentelemetry/exporter-zipkin";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";

const EXPORTERS = {
  "node-otlp-http": (address) => new JsonExporter({ url: `http://${address}/v1/traces` }),
  "node-otlp-proto": (address) => new ProtoExporter({ url: `http://${address}/v1/traces`, compression: "gzip" }),
  "node-otlp-grpc": (address) => new GrpcExporter({ url: `http://${address}` }),
  "node-zipkin": (address) => new ZipkinExporter({ url: `http://${address}/api/v2/spans` }),
  "node-otel-jaeger-http": (address) => new JaegerExporter({ endpoint: `http://${address}/api/traces` }),
  "node-otel-jaeger-udp": (address) => {
    const [host, port] = address.split(":");
    return new JaegerExporter({ host, port: Number(port) });
  },
};
const KINDS = ["internal", "server", "client", "producer", "consumer"];
const NS_PER_S = 1_000_000_000n;
const START_NS = BigInt(process.env.START_NS);

export async function exportWithOpenTelemetry(name, address) {
  const exporter = EXPORTERS[name](address);
  const spans = await tell();
  const result = await new Promise((resolve) => exporter.export(spans, resolve));
  if (result.code !== 0) throw result.error ?? new Error("the exporter failed");
  // Datagrams that were handed over are still to leave.
  await new Promise((resolve) => setTimeout(resolve, 100));
  return spans.map(describe);
}

/** A time so many nanoseconds after the start, as seconds and nanoseconds. */
function at(laterNs) {
  const ns = START_NS + BigInt(laterNs);
  return [Number(ns / NS_PER_S), Number(ns % NS_PER_S)];
}

async function tell() {
  // The highest bit is set: a reader that takes ids as signed numbers would show it.
  let next = 0xf1d2_0000_0000_0001n;
  const kept = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    idGenerator: {
      generateTraceId: () => process.env.TRACE_ID,
      generateSpanId: () => (next++).toString(16),
    },
    resource: resourceFromAttributes({ "service.name": "box-office", "service.version": "1.4.2", shelf: 7 }),
    spanProcessors: [new SimpleSpanProcessor(kept)],
  });
  const tracer = provider.getTracer("tickets", "0.3.1");
  const root = tracer.startSpan("POST /tickets", {
    kind: SpanKind.SERVER,
    startTime: at(0),
    attributes: {
      "seat.row": "F",
      "seat.count": 2,
      "price.total": 37.5,
      member: true,
      discounts: ["early", "pair"],
      note: "naïve ☕ <b>&amp;",
    },
  });
  const under = trace.setSpan(context.active(), root);
  const pick = tracer.startSpan("pick seat", { startTime: at(5_000_250) }, under);
  pick.addEvent("seat held", { "hold.seconds": 300, seat: "F12" }, at(10_000_000));
  pick.end(at(12_000_000));
  const charge = tracer.startSpan("charge card", { kind: SpanKind.CLIENT, startTime: at(15_000_000) }, under);
  charge.setAttributes({ "peer.service": "bank", "http.response.status_code": 402 });
  charge.addEvent("exception", { "exception.message": "the card has expired" }, at(59_000_000));
  charge.setStatus({ code: SpanStatusCode.ERROR, message: "card declined" });
  charge.end(at(60_000_000));
  const yesterday = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 1 };
  const links = [{ context: yesterday, attributes: { why: "tried before" } }];
  const issue = tracer.startSpan("tickets.issued", { kind: SpanKind.PRODUCER, links, startTime: at(62_000_000) }, under);
  issue.setStatus({ code: SpanStatusCode.OK });
  issue.end(at(63_000_000));
  root.end(at(80_000_789));
  return kept.getFinishedSpans();
}

function describe(span) {
  const ns = ([seconds, nanoseconds]) => Number(BigInt(seconds) * NS_PER_S + BigInt(nanoseconds));
  return {
    trace_id: span.spanContext().traceId,
    span_id: span.spanContext().spanId,
    parent_span_id: span.parentSpanContext?.spanId ?? "",
    service: "box-office",
    name: span.name,
    kind: KINDS[span.kind],
    is_error: span.status.code === SpanStatusCode.ERROR,
    start_ns: ns(span.startTime),
    end_ns: ns(span.endTime),
  };
}

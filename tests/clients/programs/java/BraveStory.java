import brave.Span;
import brave.Tracing;
import brave.handler.MutableSpan;
import brave.handler.SpanHandler;
import brave.propagation.TraceContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import zipkin2.codec.SpanBytesEncoder;
import zipkin2.reporter.AsyncReporter;
import zipkin2.reporter.brave.ZipkinSpanHandler;
import zipkin2.reporter.urlconnection.URLConnectionSender;

/** A sale between two services, told by Brave. The bank's span joins the call: both sides share an id. */
final class BraveStory {
  static List<Clients.Told> send(String client, String address) throws Exception {
    boolean isFirst = client.contains("-v1-");
    SpanBytesEncoder encoder = switch (client) {
      case "java-brave-v1-json" -> SpanBytesEncoder.JSON_V1;
      case "java-brave-v1-thrift" -> SpanBytesEncoder.THRIFT;
      case "java-brave-proto" -> SpanBytesEncoder.PROTO3;
      default -> SpanBytesEncoder.JSON_V2;
    };
    var sender = URLConnectionSender.newBuilder().endpoint("http://" + address + (isFirst ? "/api/v1/spans" : "/api/v2/spans"))
        .encoding(encoder.encoding()).compressionEnabled(true).build();
    List<MutableSpan> kept = new ArrayList<>();
    try (var reporter = AsyncReporter.builder(sender).messageTimeout(0, java.util.concurrent.TimeUnit.SECONDS).build(encoder)) {
      SpanHandler keeping = new SpanHandler() {
        @Override public boolean end(TraceContext context, MutableSpan span, Cause cause) {
          return kept.add(new MutableSpan(span));
        }
      };
      SpanHandler sending = ZipkinSpanHandler.create(reporter);
      tell(tracing("box-office", "192.0.2.7", keeping, sending), tracing("bank", "192.0.2.8", keeping, sending));
      reporter.flush();
    }
    return kept.stream().map(BraveStory::describe).toList();
  }

  private static Tracing tracing(String service, String ip, SpanHandler... handlers) {
    var builder = Tracing.newBuilder().localServiceName(service).localIp(ip).localPort(8080).supportsJoin(true);
    for (SpanHandler handler : handlers) builder.addSpanHandler(handler);
    return builder.build();
  }

  private static TraceContext context(long number, Long parent) {
    return TraceContext.newBuilder().traceIdHigh(Long.parseUnsignedLong(Clients.TRACE_ID.substring(0, 16), 16))
        .traceId(Long.parseUnsignedLong(Clients.TRACE_ID.substring(16), 16)).parentId(parent)
        .spanId(Clients.FIRST_SPAN_ID + number).sampled(true).build();
  }

  private static void tell(Tracing office, Tracing bank) {
    long start = Clients.START_US;
    Span root = office.tracer().toSpan(context(0, null)).name("POST /tickets").kind(Span.Kind.SERVER).start(start);
    root.tag("seat.row", "F").tag("note", "naïve ☕");
    Span pick = office.tracer().toSpan(context(1, Clients.FIRST_SPAN_ID)).name("pick seat").start(start + 5_000);
    pick.annotate(start + 10_000, "seat held").finish(start + 12_000);
    TraceContext call = context(2, Clients.FIRST_SPAN_ID);
    Span charge = office.tracer().toSpan(call).name("charge card").kind(Span.Kind.CLIENT).start(start + 15_000);
    charge.remoteServiceName("bank").remoteIpAndPort("192.0.2.8", 443);
    Span asked = bank.tracer().joinSpan(call).name("charge card").kind(Span.Kind.SERVER).start(start + 20_000);
    asked.error(new IllegalStateException("card declined")).finish(start + 55_000);
    charge.tag("http.status_code", "402").finish(start + 60_000);
    Span issue = office.tracer().toSpan(context(3, Clients.FIRST_SPAN_ID)).name("tickets issued").kind(Span.Kind.PRODUCER);
    issue.remoteServiceName("printer").start(start + 62_000).finish(start + 63_000);
    root.finish(start + 80_000);
  }

  private static Clients.Told describe(MutableSpan span) {
    String kind = span.kind() == null ? "unspecified" : span.kind().name().toLowerCase(Locale.ROOT);
    String parent = span.parentId() == null ? "" : span.parentId();
    // Zipkin's classes write names in lower case.
    return new Clients.Told(span.traceId(), span.id(), parent, span.localServiceName(),
        span.name().toLowerCase(Locale.ROOT), kind, span.error() != null, span.startTimestamp() * 1000,
        span.finishTimestamp() * 1000);
  }
}

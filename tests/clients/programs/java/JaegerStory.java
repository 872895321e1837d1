import io.jaegertracing.internal.JaegerSpan;
import io.jaegertracing.internal.JaegerSpanContext;
import io.jaegertracing.internal.JaegerTracer;
import io.jaegertracing.internal.reporters.CompositeReporter;
import io.jaegertracing.internal.reporters.InMemoryReporter;
import io.jaegertracing.internal.reporters.RemoteReporter;
import io.jaegertracing.internal.samplers.ConstSampler;
import io.jaegertracing.spi.Sender;
import io.jaegertracing.thrift.internal.senders.HttpSender;
import io.jaegertracing.thrift.internal.senders.UdpSender;
import io.opentracing.References;
import io.opentracing.Span;
import java.util.List;
import java.util.Map;

/**
 * The story in OpenTracing's words, told by Jaeger's own client. It draws its span ids by chance; only the trace's is given,
 * by a parent that nobody reports.
 */
final class JaegerStory {
  static List<Clients.Told> send(String client, String address) throws Exception {
    String[] hostAndPort = address.split(":");
    Sender sender = client.endsWith("-http") ? new HttpSender.Builder("http://" + address + "/api/traces").build()
        : new UdpSender(hostAndPort[0], Integer.parseInt(hostAndPort[1]), 0);
    InMemoryReporter kept = new InMemoryReporter();
    var remote = new RemoteReporter.Builder().withSender(sender).build();
    JaegerTracer tracer = new JaegerTracer.Builder("box-office").withTraceId128Bit().withSampler(new ConstSampler(true))
        .withReporter(new CompositeReporter(remote, kept)).withTag("hostname", "till-3").withTag("ip", "192.0.2.7").build();
    tell(tracer);
    List<Clients.Told> told = kept.getSpans().stream().map(JaegerStory::describe).toList();
    tracer.close();
    return told;
  }

  private static void tell(JaegerTracer tracer) {
    long start = Clients.START_US;
    var unreported = new JaegerSpanContext(Long.parseUnsignedLong(Clients.TRACE_ID.substring(0, 16), 16),
        Long.parseUnsignedLong(Clients.TRACE_ID.substring(16), 16), Clients.FIRST_SPAN_ID, 0, (byte) 1);
    Span root = tracer.buildSpan("POST /tickets").asChildOf(unreported).withStartTimestamp(start)
        .withTag("span.kind", "server").withTag("seat.row", "F").withTag("seat.count", 2).withTag("price.total", 37.5)
        .withTag("member", true).start();
    Span pick = tracer.buildSpan("pick seat").asChildOf(root).withStartTimestamp(start + 5_000).start();
    pick.log(start + 10_000, Map.of("event", "seat held"));
    pick.log(start + 11_000, Map.of("message", "no event field"));
    pick.finish(start + 12_000);
    Span charge = tracer.buildSpan("charge card").asChildOf(root).withStartTimestamp(start + 15_000).start();
    charge.setTag("span.kind", "client").setTag("error", true).setTag("peer.service", "bank");
    charge.finish(start + 60_000);
    tracer.buildSpan("tickets.issued").addReference(References.FOLLOWS_FROM, pick.context())
        .withStartTimestamp(start + 62_000).start().finish(start + 63_000);
    root.finish(start + 80_000);
  }

  private static Clients.Told describe(JaegerSpan span) {
    JaegerSpanContext context = span.context();
    String kind = span.getTags().getOrDefault("span.kind", "unspecified").toString();
    boolean isError = Boolean.TRUE.equals(span.getTags().get("error"));
    return new Clients.Told(context.getTraceId(), String.format("%016x", context.getSpanId()),
        String.format("%016x", context.getParentId()), "box-office", span.getOperationName(), kind, isError,
        span.getStart() * 1000, (span.getStart() + span.getDuration()) * 1000);
  }
}

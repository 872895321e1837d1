import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.jaeger.JaegerGrpcSpanExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.exporter.zipkin.ZipkinSpanExporter;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.IdGenerator;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** The story as OpenTelemetry tells it: a ticket is bought, and the card is declined. */
final class OpenTelemetryStory {
  private static final long MS = 1_000_000;

  static List<Clients.Told> send(String client, String address) {
    SpanExporter exporter = switch (client) {
      case "java-otlp-http" -> OtlpHttpSpanExporter.builder().setEndpoint("http://" + address + "/v1/traces")
          .setCompression("gzip").build();
      case "java-otlp-grpc" -> OtlpGrpcSpanExporter.builder().setEndpoint("http://" + address).build();
      case "java-otel-zipkin" -> ZipkinSpanExporter.builder().setEndpoint("http://" + address + "/api/v2/spans")
          .setLocalIpAddressSupplier(() -> null).build();
      case "java-otel-jaeger-grpc" -> JaegerGrpcSpanExporter.builder().setEndpoint("http://" + address).build();
      default -> throw new IllegalArgumentException(client);
    };
    List<SpanData> spans = tell();
    CompletableResultCode result = exporter.export(spans).join(30, TimeUnit.SECONDS);
    if (!result.isSuccess()) throw new IllegalStateException("the exporter failed");
    boolean isLowered = client.equals("java-otel-zipkin");
    return spans.stream().map(span -> describe(span, isLowered)).toList();
  }

  /** The trace id given, and span ids that count up. */
  private static final class GivenIds implements IdGenerator {
    private long next = Clients.FIRST_SPAN_ID;

    @Override public String generateTraceId() {
      return Clients.TRACE_ID;
    }

    @Override public String generateSpanId() {
      return Long.toHexString(next++);
    }
  }

  private static final class Kept implements SpanExporter {
    private final List<SpanData> spans = new ArrayList<>();

    @Override public CompletableResultCode export(Collection<SpanData> more) {
      spans.addAll(more);
      return CompletableResultCode.ofSuccess();
    }

    @Override public CompletableResultCode flush() {
      return CompletableResultCode.ofSuccess();
    }

    @Override public CompletableResultCode shutdown() {
      return CompletableResultCode.ofSuccess();
    }
  }

  private static List<SpanData> tell() {
    Kept kept = new Kept();
    Resource resource = Resource.create(Attributes.builder().put("service.name", "box-office")
        .put("service.version", "1.4.2").put("shelf", 7).build());
    var provider = SdkTracerProvider.builder().setIdGenerator(new GivenIds()).setResource(resource)
        .addSpanProcessor(SimpleSpanProcessor.create(kept)).build();
    var tracer = provider.get("tickets", "0.3.1");
    Span root = tracer.spanBuilder("POST /tickets").setSpanKind(SpanKind.SERVER).setNoParent()
        .setStartTimestamp(at(0), TimeUnit.NANOSECONDS).startSpan();
    root.setAttribute("seat.row", "F").setAttribute("seat.count", 2).setAttribute("seat.serial", 9_007_199_254_740_993L)
        .setAttribute("price.total", 37.5).setAttribute("member", true)
        .setAttribute(AttributeKey.stringArrayKey("discounts"), List.of("early", "pair")).setAttribute("note", "naïve ☕");
    Context under = Context.root().with(root);
    Span pick = tracer.spanBuilder("pick seat").setParent(under).setStartTimestamp(at(5 * MS + 250), TimeUnit.NANOSECONDS)
        .startSpan();
    pick.addEvent("seat held", Attributes.builder().put("hold.seconds", 300).build(), at(10 * MS), TimeUnit.NANOSECONDS);
    pick.end(at(12 * MS), TimeUnit.NANOSECONDS);
    Span charge = tracer.spanBuilder("charge card").setParent(under).setSpanKind(SpanKind.CLIENT)
        .setStartTimestamp(at(15 * MS), TimeUnit.NANOSECONDS).startSpan();
    charge.setAttribute("peer.service", "bank").setStatus(StatusCode.ERROR, "card declined");
    charge.end(at(60 * MS), TimeUnit.NANOSECONDS);
    SpanContext yesterday = SpanContext.createFromRemoteParent("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331",
        TraceFlags.getSampled(), TraceState.getDefault());
    Span issue = tracer.spanBuilder("tickets.issued").setParent(under).setSpanKind(SpanKind.PRODUCER)
        .addLink(yesterday, Attributes.builder().put("why", "tried before").build())
        .setStartTimestamp(at(62 * MS), TimeUnit.NANOSECONDS).startSpan();
    issue.setStatus(StatusCode.OK).end(at(63 * MS), TimeUnit.NANOSECONDS);
    root.end(at(80 * MS + 789), TimeUnit.NANOSECONDS);
    return kept.spans;
  }

  private static long at(long laterNs) {
    return Clients.START_NS + laterNs;
  }

  private static Clients.Told describe(SpanData span, boolean isLowered) {
    String parent = span.getParentSpanContext().isValid() ? span.getParentSpanId() : "";
    String name = isLowered ? span.getName().toLowerCase(Locale.ROOT) : span.getName();
    return new Clients.Told(span.getTraceId(), span.getSpanId(), parent, "box-office", name,
        span.getKind().name().toLowerCase(Locale.ROOT), span.getStatus().getStatusCode() == StatusCode.ERROR,
        span.getStartEpochNanos(), span.getEndEpochNanos());
  }
}

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * {@code Clients CLIENT HOST:PORT} sends an invented trace with one of Java's libraries. TRACE_ID and START_NS say which
 * trace and when; what was sent is said on standard output.
 */
public final class Clients {
  /** The highest bit is set: a reader that takes ids as signed numbers would show it. */
  static final long FIRST_SPAN_ID = 0xF1D2_0000_0000_0001L;
  static final String TRACE_ID = System.getenv("TRACE_ID");
  static final long START_NS = Long.parseLong(System.getenv("START_NS"));
  static final long START_US = START_NS / 1000;

  /** What must be read back of a span. */
  record Told(String traceId, String spanId, String parentSpanId, String service, String name, String kind,
      boolean isError, long startNs, long endNs) {
    String toJson() {
      return String.format(Locale.ROOT,
          "{\"trace_id\": \"%s\", \"span_id\": \"%s\", \"parent_span_id\": \"%s\", \"service\": \"%s\", "
              + "\"name\": \"%s\", \"kind\": \"%s\", \"is_error\": %s, \"start_ns\": %d, \"end_ns\": %d}",
          traceId, spanId, parentSpanId, service, name, kind, isError, startNs, endNs);
    }
  }

  public static void main(String[] words) throws Exception {
    String client = words[0];
    List<Told> told = client.startsWith("java-jaeger-client") ? JaegerStory.send(client, words[1])
        : client.startsWith("java-brave") ? BraveStory.send(client, words[1])
        : OpenTelemetryStory.send(client, words[1]);
    List<String> objects = new ArrayList<>();
    told.forEach(span -> objects.add(span.toJson()));
    System.out.println("[" + String.join(", ", objects) + "]");
    System.exit(0);
  }
}

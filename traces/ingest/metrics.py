"""What ingest counts, on /metrics. Labels have few, fixed values: nothing from a span becomes a label."""

from prometheus_client import Counter, Gauge, Histogram

SPANS_RECEIVED = Counter("tracing_ui_spans_received", "Spans in requests that could be parsed.", ["transport"])
SPANS_REFUSED = Counter("tracing_ui_spans_refused", "Spans taken out of a request, by reason.", ["reason"])
CUTS = Counter("tracing_ui_cuts", "Attributes, events, links and texts cut from spans that were kept.", ["limit"])
SPANS_STORED = Counter("tracing_ui_spans_stored", "Spans committed.")
SPANS_REPEATED = Counter("tracing_ui_spans_repeated", "Spans of requests that had been committed before.")
REQUESTS = Counter("tracing_ui_export_requests", "Export requests, by what was answered.", ["transport", "answer"])
OTHER_SIGNALS = Counter("tracing_ui_items_not_kept", "Metric points and log records, which are not kept.", ["signal"])
QUEUE_REQUESTS = Gauge("tracing_ui_queue_requests", "Requests waiting for their commit.")
QUEUE_BYTES = Gauge("tracing_ui_queue_bytes", "Bytes of requests being read or waiting for their commit.")
COMMIT_SECONDS = Histogram(
    "tracing_ui_commit_seconds",
    "Time to commit a group of requests.",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
)
COMMIT_FAILURES = Counter("tracing_ui_commit_failures", "Groups of requests that could not be committed.")
DATAGRAMS = Counter(
    "tracing_ui_agent_datagrams", "Datagrams of Jaeger's clients, by port and by what became of them.", ["port", "fate"]
)

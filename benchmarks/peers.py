"""Peers under test, each as its project ships it, built or fetched outside the repository (docs/performance.md)."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from benchmarks.places import HOME
from benchmarks.scenarios import OTLP
from benchmarks.systems import (
    Running,
    System,
    Unavailable,
    answers,
    get_json,
    measure_directory,
    start_program,
    stop_program,
)
from tests.services.ports import find_free_port

# Jaeger's own example for Badger, on free ports of loopback. It answers when its batch processor has the spans;
# `consistency` would have Badger write them to disk at once.
_JAEGER = """
service:
  extensions: [jaeger_storage, jaeger_query]
  pipelines:
    traces: {{receivers: [otlp, jaeger], processors: {processors}, exporters: [jaeger_storage_exporter]}}
  telemetry: {{metrics: {{level: none}}, logs: {{level: warn}}}}
extensions:
  jaeger_query:
    storage: {{traces: spans}}
    http: {{endpoint: "127.0.0.1:{query_http}"}}
    grpc: {{endpoint: "127.0.0.1:{query_grpc}"}}
  jaeger_storage:
    backends:
      spans: {storage}
receivers:
  otlp:
    protocols:
      grpc: {{endpoint: "127.0.0.1:{otlp_grpc}", max_recv_msg_size_mib: 64}}
      http: {{endpoint: "127.0.0.1:{otlp_http}"}}
  jaeger:
    protocols:
      thrift_http: {{endpoint: "127.0.0.1:{thrift_http}"}}
processors: {{batch: }}
exporters:
  jaeger_storage_exporter: {{trace_storage: spans}}
"""
_BADGER = "{{badger: {{directories: {{keys: '{data}', values: '{data}'}}, ephemeral: false, consistency: {durable}}}}}"
_MEMORY = "{{memory: {{max_traces: 100000}}}}"


@contextmanager
def start_jaeger(storage: str, durable: str, processors: str, directory: Path) -> Iterator[Running]:
    """Jaeger v2 with a storage; `durable` is `true` or `false`, `processors` a list in YAML."""
    program = HOME / "jaeger"
    if not program.exists():
        raise Unavailable(f"there is no {program}")
    data = directory / "data"
    ports = {name: find_free_port() for name in ("query_http", "query_grpc", "otlp_http", "otlp_grpc", "thrift_http")}
    config = directory / "config.yaml"
    config.write_text(
        _JAEGER.format(storage=storage.format(data=data, durable=durable), processors=processors, **ports)
    )
    url = f"http://127.0.0.1:{ports['query_http']}"
    with start_program(
        [str(program), "--config", str(config)], directory, {}, lambda: answers(f"{url}/api/services")
    ) as process:
        yield Running(
            http_ports=[ports["otlp_http"]],
            grpc_ports=[ports["otlp_grpc"]],
            foreign_ports={"thrift": ports["thrift_http"]},
            ingest_pids=[process.pid],
            count_trace_spans=partial(_count_jaeger_spans, url),
            search_url=url,
            stop=partial(stop_program, process),
            measure_disk=partial(measure_directory, data),
        )


@contextmanager
def start_zipkin(directory: Path) -> Iterator[Running]:
    """Zipkin's server with its storage in memory, which forgets the oldest beyond MEM_MAX_SPANS."""
    jar, java = HOME / "zipkin.jar", shutil.which("java")
    if java is None or not jar.exists():
        raise Unavailable(f"there is no {jar}" if java else "there is no java")
    port = find_free_port()
    url = f"http://127.0.0.1:{port}"
    # Its own setting for the port would open it to the network.
    listen = {"ip": "127.0.0.1", "port": port, "protocols": "http"}
    command = [java, "-Xmx6g", "-jar", str(jar), *(f"--armeria.ports[0].{name}={it}" for name, it in listen.items())]
    settings = {"MEM_MAX_SPANS": "2000000", "SELF_TRACING_ENABLED": "false"}
    with start_program(command, directory, settings, lambda: answers(f"{url}/health")) as process:
        yield Running(
            foreign_ports={"zipkin": port},
            ingest_pids=[process.pid],
            count_trace_spans=lambda trace_id: len(get_json(f"{url}/api/v2/trace/{trace_id}") or ()),
            search_url=url,
            stop=partial(stop_program, process),
            measure_disk=lambda: 0,
        )


JAEGER_BADGER = System(
    name="Jaeger v2, Badger",
    note="answers before it stores, no fsync: its example configuration",
    start=partial(start_jaeger, _BADGER, "false", "[batch]"),
    scenarios=(*OTLP, "thrift"),
)
JAEGER_BADGER_DURABLE = System(
    name="Jaeger v2, Badger, durable",
    note="answers after it stored with an fsync (`consistency: true`, no batch processor)",
    start=partial(start_jaeger, _BADGER, "true", "[]"),
    scenarios=("http",),
)
JAEGER_MEMORY = System(
    name="Jaeger v2, memory",
    note="keeps 100,000 traces in memory, nothing on disk",
    start=partial(start_jaeger, _MEMORY, "false", "[batch]"),
    scenarios=("http",),
)
ZIPKIN = System(
    name="Zipkin, memory",
    note="takes no OTLP; answers before it stores, keeps 2,000,000 spans in memory, no disk",
    start=start_zipkin,
    scenarios=("zipkin", "zipkin-json"),
)


def _count_jaeger_spans(url: str, trace_id: str) -> int:
    answer = get_json(f"{url}/api/traces/{trace_id}?raw=true")
    return 0 if answer is None else sum(len(trace["spans"]) for trace in answer["data"])

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connections

import tracing_ui
from tracing_ui.environment import make_url
from tracing_ui.preflight import (
    COLLECTOR_PORTS,
    GATEWAY_PORTS,
    WEB_PORTS,
    CannotStart,
    check_database,
    check_ports,
    check_redis,
    check_var_dir,
    without_secrets,
)
from tracing_ui.processes import run_all
from tracing_ui.static_files import collect_static_files


class Command(BaseCommand):
    help = "Starts everything on this machine: the web pages, the collector and the worker. Ctrl-C stops it."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            check_ports(*WEB_PORTS, *COLLECTOR_PORTS, *GATEWAY_PORTS)
            check_var_dir()
            check_database()
            check_redis()
        except CannotStart as problem:
            self.stderr.write(f"Tracing UI cannot start: {problem}")
            raise SystemExit(1) from None
        call_command("migrate", interactive=False, verbosity=0)
        connections.close_all()
        collect_static_files()
        raise SystemExit(run_all(self.stdout.write, describe_addresses))


def describe_addresses() -> str:
    """What a person needs to know once everything runs."""
    web, otlp, grpc, zipkin, jaeger, tempo, sampling = (
        make_url(settings.LISTEN_HOST, port)
        for port in (
            settings.WEB_PORT,
            settings.OTLP_HTTP_PORT,
            settings.OTLP_GRPC_PORT,
            settings.ZIPKIN_PORT,
            settings.JAEGER_HTTP_PORT,
            settings.TEMPO_PORT,
            settings.SAMPLING_PORT,
        )
    )
    rows = {
        "Traces in the browser": f"{web}/",
        "API": f"{web}/api/v1/openapi.json",
        "OTLP over HTTP": otlp,
        "OTLP over gRPC": grpc,
        "Zipkin": f"{zipkin}/api/v2/spans" if settings.ZIPKIN_PORT else "",
        "Jaeger's Thrift": f"{jaeger}/api/traces" if settings.JAEGER_HTTP_PORT else "",
        "Tempo's API": tempo if settings.TEMPO_PORT else "",
        "What to sample": f"{sampling}/sampling" if settings.SAMPLING_PORT else "",
        "Metrics": f"{web}/metrics and {otlp}/metrics",
        "Spans are kept in": without_secrets(settings.DATABASE_URL),
        "Tasks are queued in": without_secrets(settings.REDIS_URL) or "memory (REDIS_URL is not set)",
    }
    rows = {name: value for name, value in rows.items() if value}
    width = max(map(len, rows))
    table = "\n".join(f"  {name:<{width}}  {value}" for name, value in rows.items())
    return f"\nTracing UI {tracing_ui.__version__} is running. Ctrl-C stops it.\n\n{table}\n"

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from tracing_ui.lifeline import hold_lifeline
from tracing_ui.preflight import COLLECTOR_PORTS, CannotStart, check_ports
from tracing_ui.serving import serve


class Command(BaseCommand):
    help = "Receives spans: OTLP over HTTP on OTLP_HTTP_PORT and over gRPC on OTLP_GRPC_PORT."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--lifeline", action="store_true", help="stop when standard input ends")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            check_ports(*COLLECTOR_PORTS)
        except CannotStart as problem:
            self.stderr.write(f"The collector cannot start: {problem}")
            raise SystemExit(1) from None
        if options["lifeline"]:
            hold_lifeline()
        # A thread waits for its body to arrive, however slowly: only then it takes one of INGEST_THREADS places.
        threads = max(settings.INGEST_THREADS, settings.INGEST_MAX_UPLOADS)
        serve("tracing_ui.collector:build_application", settings.OTLP_HTTP_PORT, threads)

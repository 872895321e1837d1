from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from tracing_ui.gateway import run_gateway
from tracing_ui.lifeline import hold_lifeline, say_ready_on_lifeline
from tracing_ui.preflight import GATEWAY_PORTS, CannotStart, check_ports


class Command(BaseCommand):
    help = "Answers on the ports of Zipkin and Jaeger, for their clients and readers; spans go on to the collector."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--lifeline", action="store_true", help="stop when standard input ends")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            check_ports(*GATEWAY_PORTS)
        except CannotStart as problem:
            self.stderr.write(f"The gateway cannot start: {problem}")
            raise SystemExit(1) from None
        if options["lifeline"]:
            hold_lifeline()
        raise SystemExit(run_gateway(say_ready_on_lifeline if options["lifeline"] else lambda: None))

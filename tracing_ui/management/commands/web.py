from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from tracing_ui.lifeline import hold_lifeline
from tracing_ui.preflight import WEB_PORTS, CannotStart, check_ports
from tracing_ui.serving import serve


class Command(BaseCommand):
    help = "Serves the pages and the API on WEB_PORT, without the rest of what `up` starts."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--lifeline", action="store_true", help="stop when standard input ends")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            check_ports(*WEB_PORTS)
        except CannotStart as problem:
            self.stderr.write(f"The web server cannot start: {problem}")
            raise SystemExit(1) from None
        if options["lifeline"]:
            hold_lifeline()
        serve("tracing_ui.wsgi:build_application", settings.WEB_PORT, settings.WEB_THREADS)

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from tracing_ui.lifeline import hold_lifeline, say_ready_on_lifeline
from tracing_ui.working import work


class Command(BaseCommand):
    help = "Executes the background tasks, each at its time."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--lifeline", action="store_true", help="stop when standard input ends")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["lifeline"]:
            hold_lifeline()
        raise SystemExit(work(say_ready_on_lifeline if options["lifeline"] else lambda: None))

import subprocess
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from traces.domain.errors import StoreUnavailable, TooBusy
from tracing_ui.demo.hour import BATCH_SPANS, TRACES
from tracing_ui.demo.send import NotTaken
from tracing_ui.demonstration import Size, SomebodyElse, is_running, load_demo, remove_demo, wait_until_running


class Command(BaseCommand):
    help = "Loads an hour of an invented shop, with its incidents; starts Tracing UI for it if it does not run."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=_whole(0), default=1, help="the same seed is the same hour (default: 1)")
        parser.add_argument("--traces", type=_whole(0), default=TRACES, help=f"about so many (default: {TRACES:,})")
        parser.add_argument(
            "--batch-spans", type=_whole(500), default=BATCH_SPANS, help=f"of the batch (default: {BATCH_SPANS:,})"
        )
        parser.add_argument("--remove", action="store_true", help="take the demo away, and nothing else")
        parser.add_argument("--wait", action="store_true", help="wait for Tracing UI to run instead of starting it")

    def handle(self, *args: Any, **options: Any) -> None:
        size = Size(seed=options["seed"], traces=options["traces"], batch_spans=options["batch_spans"])
        try:
            if options["remove"]:
                self.stdout.write(f"{remove_demo():,} spans of the demo are removed.")
            elif options["wait"] and not wait_until_running():
                raise NotTaken("The demo was not sent: Tracing UI does not answer.")
            elif is_running():
                load_demo(size, self.stdout.write)
            else:
                self._start_and_load(size)
        except SomebodyElse:
            self._end(f"What listens on port {settings.OTLP_HTTP_PORT} is not Tracing UI. See OTLP_HTTP_PORT.")
        except (NotTaken, StoreUnavailable, TooBusy) as problem:
            self._end(str(problem))
        except KeyboardInterrupt:
            self._end("")

    def _start_and_load(self, size: Size) -> None:
        """`up` in this process, until it is stopped; the demo is sent by another as soon as it runs."""
        self.stdout.write("Tracing UI does not run yet: it is started, and gets the demo when it does.")
        arguments = [f"--seed={size.seed}", f"--traces={size.traces}", f"--batch-spans={size.batch_spans}"]
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "demo", "--wait", *arguments]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL) as sender:  # noqa: S603 - our own command
            try:
                call_command("up", stdout=self.stdout, stderr=self.stderr)
            finally:
                sender.terminate()

    def _end(self, sentence: str) -> None:
        if sentence:
            self.stderr.write(sentence)
        raise SystemExit(1)


def _whole(least: int) -> Callable[[str], int]:
    """A whole number from `least` on."""

    def parse(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise ArgumentTypeError(f"{text!r} is no whole number from {least} on")
        return int(text)

    return parse

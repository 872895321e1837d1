"""`manage.py rebuild_roll_ups`: count every span that is kept anew, after the rules of counting have changed."""

from typing import Any

from django.core.management.base import BaseCommand

from services_map.rolling_up.upkeep import rebuild
from traces.storage.base import DEFAULT_PROJECT


class Command(BaseCommand):
    help = (
        "Forget latency percentiles and dependency links of spans that are still kept, and queue these to be counted"
        " anew by the worker. What was counted of spans that are gone stays."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        blocks = rebuild(DEFAULT_PROJECT)
        self.stdout.write(f"{blocks} blocks of spans are queued; the worker counts them, the oldest first.")

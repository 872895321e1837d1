"""The figures at the head of a service's page as words: value, interval, and change against the window before."""

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext

from services_map.domain.histogram import Histogram
from services_map.domain.intervals import Estimate, Interval, error_share, percentile_interval, rate
from services_map.domain.summary import Figures
from services_map.words import spell_rate, spell_share
from traces.words import duration

#: A change is called one only where the two intervals have nothing in common; else it may be chance.
PERCENTILES: Final = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """`range` is where the true value lies, in 95 of 100 such windows; empty where nothing is known.

    `change` is empty where there was nothing before; `is_worse` and `is_better` hold only for a change that is more
    than chance, and not for one of the number of calls.
    """

    label: str
    value: str
    range: str
    change: str
    is_worse: bool = False
    is_better: bool = False
    is_uncertain: bool = False

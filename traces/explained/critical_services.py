"""The critical path of the longest root by service: a bar of parts, and the same as a list. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from traces.domain.explaining.main_path import MainPath, OnPath
from traces.domain.span import Service
from traces.domain.trace import Trace
from traces.explained.parts import find_address, write_rows
from traces.words import percent

SHOWN = 8
_LEAST_SHARE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class PathShare:
    """`x` and `width` are in per cent of the root's duration, `share` is the same to read."""

    service: Service
    own_ns: int
    share: str
    x: str
    width: str
    address: str
    rows: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CriticalServices:
    """The longest first, SHOWN at most, each of a hundredth of the time; what is left belongs to `other_count` more."""

    shares: list[PathShare]
    other_count: int
    other_share: str


def share_path(trace: Trace, path: MainPath) -> CriticalServices | None:
    """None where there is nothing to share: a path that takes no time, or is all of one service."""
    if len(path.services) < 2:
        return None
    shown = [each for each in path.services[:SHOWN] if path.share(each.own_ns) >= _LEAST_SHARE]
    others = path.services[len(shown) :]
    return CriticalServices(
        shares=list(_place(trace, path, shown)),
        other_count=len(others),
        other_share=percent(path.share(sum(each.own_ns for each in others))),
    )


def _place(trace: Trace, path: MainPath, shown: Sequence[OnPath[Service]]) -> Iterator[PathShare]:
    start_ns = 0
    for each in shown:
        yield PathShare(
            service=each.key,
            own_ns=each.own_ns,
            share=percent(path.share(each.own_ns)),
            x=f"{100 * path.share(start_ns):.4g}",
            width=f"{100 * path.share(each.own_ns):.4g}",
            address=find_address(trace, each.rows[0]),
            rows=write_rows(each.rows),
        )
        start_ns += each.own_ns

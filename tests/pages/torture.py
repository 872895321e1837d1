"""Traces as nobody should send them, and somebody does."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.builders import SECOND, join, make_request, span_request
from tests.pages.sending import HALF_A_MINUTE_AGO, TRACE_ID
from traces.storage import get_store
from traces.storage.base import SpanRequest

DAY_NS = 86_400 * SECOND
US = 1_000
HTML = (
    "<b>bold</b>",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<!-- --><style>*{display:none}</style>",
    "&lt;i&gt; &amp; &#x202e;",
    "</template></ol></main></body></html>",
    "<trace-waterfall></trace-waterfall>",
    "{{ name }} {% if %} ${name}",
)
OTHER_SCRIPTS = (
    "טעינת העגלה",
    "تحميل عربة التسوق 123",
    "GET /עגלה/{id}",
    "🛒 checkout 👩‍👩‍👧‍👦 🏳️‍🌈",
    "e\u0301e\u0301\u0327 combining",
    "\u202eevil\u202c override",
    "读取购物车",
    "🇨🇭" * 40,
)
_SPANS_A_REQUEST = 10_000
_REQUESTS_A_WRITE = 5

# A span and the service that sends it.
Sent = tuple[str, Span]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A kind of trace. `row_count` is that of its waterfall, where a parent that never came has a row, too."""

    span_count: int
    row_count: int
    make: Callable[[], Iterable[Sent]]

    def store(self) -> None:
        """Puts the trace TRACE_ID into the store."""
        spans = iter(self.make())
        while requests := list(islice(_requests(spans), _REQUESTS_A_WRITE)):
            get_store().write(requests)


def _requests(spans: Iterator[Sent]) -> Iterator[SpanRequest]:
    while batch := list(islice(spans, _SPANS_A_REQUEST)):
        by_service: dict[str, list[Span]] = {}
        for service, span in batch:
            by_service.setdefault(service, []).append(span)
        request = join(*(make_request(*group, service=service) for service, group in by_service.items()))
        yield span_request(request, received_ns=HALF_A_MINUTE_AGO)


def make_span(
    number: int,
    parent: int | None = None,
    *,
    start_ns: int = 0,
    duration_ns: int = 10 * US,
    name: str = "",
    service: str = "shop",
) -> Sent:
    """Span `number`; neighbours differ in their names, so that no run of them is folded."""
    span = Span(
        trace_id=bytes.fromhex(TRACE_ID),
        span_id=number.to_bytes(8, "big"),
        parent_span_id=b"" if parent is None else parent.to_bytes(8, "big"),
        name=name or f"operation {number % 7}",
        kind=Span.SPAN_KIND_INTERNAL,
        start_time_unix_nano=HALF_A_MINUTE_AGO + start_ns,
        end_time_unix_nano=HALF_A_MINUTE_AGO + start_ns + duration_ns,
    )
    return service, span


def _tree(parents: Iterable[int | None], *, whole_ns: int, step_ns: int = US) -> Iterator[Sent]:
    """Span n, counted from 1, hangs under the n-th of `parents` and starts n steps after the first, a root."""
    for number, parent in enumerate(parents, 1):
        duration_ns = whole_ns if parent is None else 10 * US
        yield make_span(number, parent, start_ns=(number - 1) * step_ns, duration_ns=duration_ns)


def wide(span_count: int) -> Iterator[Sent]:
    """A root, a thousand spans below it, and below those all others."""
    inner = chain([None], [1] * min(1_000, span_count - 1))
    leaves = (2 + number % 1_000 for number in range(span_count - 1_001))
    return _tree(chain(inner, leaves), whole_ns=span_count * US)


def deep_chain(span_count: int) -> Iterator[Sent]:
    """Each span is the only child of the one before."""
    return (
        make_span(number, number - 1 or None, start_ns=number * US, duration_ns=2 * (span_count - number) * US)
        for number in range(1, span_count + 1)
    )


def one_parent(child_count: int) -> Iterator[Sent]:
    return _tree(chain([None], [1] * child_count), whole_ns=child_count * US)


def repeats(child_count: int) -> Iterator[Sent]:
    """One operation again and again; the last but one takes longest."""
    yield make_span(1, duration_ns=child_count * US)
    for number in range(2, child_count + 2):
        duration_ns = 500 if number < child_count else 700
        yield make_span(number, 1, start_ns=number * US, duration_ns=duration_ns, name="SELECT items")


def _circle() -> list[Sent]:
    """Three spans that name each other as parents, and one below."""
    return [make_span(1, 3), make_span(2, 1, start_ns=1), make_span(3, 2, start_ns=2), make_span(4, 2, start_ns=3)]


def _of_its_own() -> list[Sent]:
    return [make_span(1, 1, duration_ns=SECOND), make_span(2, 1, start_ns=1), make_span(3, 3, start_ns=2)]


def _several_roots() -> Iterator[Sent]:
    return (make_span(number, None if number % 2 else number - 1, start_ns=number * US) for number in range(1, 1_001))


def _no_root() -> Iterator[Sent]:
    return (make_span(number, 100_000 + number, start_ns=number * US) for number in range(1, 301))


def _one_instant() -> Iterator[Sent]:
    parents = chain([None], [1] * 2_999)
    return (make_span(number, parent, duration_ns=0) for number, parent in enumerate(parents, 1))


def _nanoseconds() -> Iterator[Sent]:
    yield make_span(1, duration_ns=40_000)
    for number in range(2, 302):
        yield make_span(number, 1, start_ns=100 * number, duration_ns=number % 99)


def _three_days() -> Iterator[Sent]:
    return _tree(chain([None], [1] * 287), whole_ns=3 * DAY_NS, step_ns=900 * SECOND)


def _many_services() -> Iterator[Sent]:
    yield make_span(1, duration_ns=5_000 * US)
    for number in range(2, 5_001):
        yield make_span(number, 1, start_ns=number * US, service=f"service {number:05}")


def named(names: Iterable[str]) -> Iterator[Sent]:
    """Each name is that of a span and of its service."""
    yield make_span(1, duration_ns=SECOND)
    for number, name in enumerate(names, 2):
        yield make_span(number, 1, start_ns=number * US, name=name, service=name[:200])


def _long_names() -> Iterator[Sent]:
    return named(
        f"{number} {'a very long name ' * 600}" if number % 2 else f"{number}{'x' * 10_000}" for number in range(50)
    )


SHAPES = {
    "100,000 spans": Shape(span_count=100_000, row_count=100_000, make=lambda: wide(100_000)),
    "a chain of 60,000": Shape(span_count=60_000, row_count=60_000, make=lambda: deep_chain(60_000)),
    "50,000 children": Shape(span_count=50_001, row_count=50_001, make=lambda: one_parent(50_000)),
    # The root, the run, and the slowest of it.
    "50,000 repeats": Shape(span_count=50_001, row_count=3, make=lambda: repeats(50_000)),
    "a circle": Shape(span_count=4, row_count=4, make=_circle),
    "its own parent": Shape(span_count=3, row_count=3, make=_of_its_own),
    "several roots": Shape(span_count=1_000, row_count=1_000, make=_several_roots),
    # Each span stands below a row for its parent.
    "no root": Shape(span_count=300, row_count=600, make=_no_root),
    "one instant": Shape(span_count=3_000, row_count=3_000, make=_one_instant),
    "nanoseconds": Shape(span_count=301, row_count=301, make=_nanoseconds),
    "three days": Shape(span_count=288, row_count=288, make=_three_days),
    "5,000 services": Shape(span_count=5_000, row_count=5_000, make=_many_services),
    "names of 10 kB": Shape(span_count=51, row_count=51, make=_long_names),
    "other scripts": Shape(span_count=9, row_count=9, make=lambda: named(OTHER_SCRIPTS)),
    "names like HTML": Shape(span_count=9, row_count=9, make=lambda: named(HTML)),
}

"""A trace that has a little of everything that a page can show."""

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.builders import MS, make_event, make_link
from tests.pages.sending import HALF_A_MINUTE_AGO, make_span, send_spans

HTTP = {"http.request.method": "POST", "url.full": "https://shop.example/cart?id=7", "http.response.status_code": 500}
SQL = {"db.system.name": "postgresql", "db.query.text": "SELECT id, name FROM items WHERE cart = $1 ORDER BY name"}
TRACEBACK = 'Traceback (most recent call last):\n  File "/srv/shop/pay.py", line 7, in charge\nValueError: declined'


def send_shop(repeats: int = 9, others: int = 0) -> None:
    """Spans of five services: an error with its exception, repeats, links, odd clocks, and a parent that never came.

    Of `repeats` queries in a row none differs; `others` are spans that do.
    """
    send_spans(make_span(1, name="POST /checkout", kind=2, duration_ns=900 * MS, attributes=HTTP), service="checkout")
    failure = make_event(
        "exception",
        HALF_A_MINUTE_AGO + 40 * MS,
        {"exception.type": "ValueError", "exception.message": "declined", "exception.stacktrace": TRACEBACK},
    )
    charge = make_span(
        2,
        1,
        name="POST /charge",
        kind=3,
        duration_ns=300 * MS,
        status=2,
        status_message="declined",
        events=[make_event("retry", HALF_A_MINUTE_AGO + 20 * MS, {"attempt": 2}), failure],
        links=[make_link(9, 9, {"why": "the order before"})],
        attributes={"payment.body": '{"amount": 12, "items": [1, 2]}', "long": "x" * 300},
    )
    send_spans(charge, make_span(3, 2, name="bank", kind=3, duration_ns=200 * MS), service="payment")
    send_spans(
        make_span(4, 99, name="its parent never came", duration_ns=50 * MS),
        make_span(5, 5, name="its own parent"),
        make_span(6, 1, name="ends before it starts", duration_ns=-5 * MS),
        make_span(7, 1, name="without an end", end_time_unix_nano=0),
        service="stock",
        resource={"service.version": "1.2.3", "host.name": "stock-1"},
    )
    send_spans(*_queries(10, repeats), service="database")
    send_spans(*(make_span(n, 1, name=f"step {n % 5}") for n in range(100_000, 100_000 + others)), service="worker")


def _queries(first: int, count: int) -> list[Span]:
    return [
        make_span(number, 1, name="SELECT items", kind=3, duration_ns=MS, attributes=SQL)
        for number in range(first, first + count)
    ]

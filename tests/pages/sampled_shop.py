"""A shop whose traces begin in two services, as the roll-ups counted it half an hour ago."""

import time

from services_map.domain.calls.nodes import Connection, Edge, Node, NodeKind
from services_map.models import Subject
from tests.builders import MS, SECOND
from tests.services_map.rows import Call, add_link, calls_edge, learn_operation, write_calls

#: A page of the last hour has it in, and is an hour and at most two minutes long.
HALF_AN_HOUR_S = 1_800
_MAILS = Node(NodeKind.QUEUE, "mails")


def begin(service: str, operation: str, count: int, failed: int = 0, weight: float = 1.0) -> None:
    """Traces that began in a service with an operation."""
    _write(service, operation, Call(duration_ns=20 * MS, count=count - failed, is_root=True, weight=weight))
    if failed:
        _write(service, operation, Call(duration_ns=MS, count=failed, is_root=True, is_failed=True, weight=weight))


def follow(service: str, operation: str, count: int, is_entry: bool = True) -> None:
    """Spans that began no trace: requests of other services, or what a service did itself."""
    _write(service, operation, Call(duration_ns=5 * MS, count=count, is_entry=is_entry))


def call(caller: str, callee: str, count: int) -> None:
    write_calls(Subject.LINK, add_link(calls_edge(caller, callee)), _then_s(), Call(duration_ns=5 * MS, count=count))


def _write(service: str, operation: str, counted: Call) -> None:
    service_id, operation_id = learn_operation(service, operation)
    for kind, subject in ((Subject.SERVICE, service_id), (Subject.OPERATION, operation_id)):
        write_calls(kind, subject, _then_s(), counted)


def _then_s() -> int:
    return time.time_ns() // SECOND - HALF_AN_HOUR_S


def fill_sampled_shop() -> None:
    """A second: 11 traces begin in `web` and 0.01 in `cron`; each of those of `web` has 4.02 spans.

    `pay` answers all carts and has a span of its own beside; `mailer` gets a mail for every fifth trace of `web`.
    """
    begin("web", "GET /cart", 36_000, failed=360)
    begin("web", "POST /order", 3_600)
    begin("web", "GET /admin", 1)
    begin("cron", "nightly <b>", 36)
    follow("web", "render", 39_601, is_entry=False)
    follow("pay", "POST /charge", 36_000)
    follow("pay", "SELECT", 36_000, is_entry=False)
    follow("mailer", "send", 7_920)
    call("web", "pay", 36_000)
    for caller, callee in ((Node(NodeKind.SERVICE, "web"), _MAILS), (_MAILS, Node(NodeKind.SERVICE, "mailer"))):
        link = add_link(Edge(caller, callee, Connection.MESSAGE))
        write_calls(Subject.LINK, link, _then_s(), Call(duration_ns=MS, count=7_920))

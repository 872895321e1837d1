"""A shop whose traces begin in two services, as the roll-ups counted it in an hour that is over."""

from collections.abc import Mapping

from services_map.domain.calls.nodes import Connection, Edge, Node, NodeKind
from services_map.domain.latency.levels import HOUR
from services_map.models import Subject
from tests.builders import MS, make_span, write_spans
from tests.services_map.rows import Call, add_link, write_calls
from tests.services_map.service_page import THEN_S
from traces.models import Operation, Service

_MAILS = Node(NodeKind.QUEUE, "mails")


def begun(count: int, failed: int = 0) -> list[Call]:
    """Spans that began a trace each."""
    good = Call(duration_ns=20 * MS, count=count - failed, is_root=True)
    return [good, Call(duration_ns=MS, count=failed, is_root=True, is_failed=True)] if failed else [good]


def followed(count: int, is_entry: bool = True) -> list[Call]:
    """Spans that began none: requests of other services, or what a service did itself."""
    return [Call(duration_ns=5 * MS, count=count, is_entry=is_entry)]


def count_spans(service: str, operations: Mapping[str, list[Call]]) -> None:
    """Of a service, by operation, in that hour."""
    write_spans(*(make_span(number, name=name) for number, name in enumerate(operations, 1)), service=service)
    service_id = Service.objects.get(name=service).pk
    for name, calls in operations.items():
        operation_id = Operation.objects.get(service=service_id, name=name).pk
        write_calls(Subject.OPERATION, operation_id, THEN_S, *calls, levels=(HOUR,))
        write_calls(Subject.SERVICE, service_id, THEN_S, *calls, levels=(HOUR,))


def count_calls(caller: Node, callee: Node, count: int) -> None:
    link = add_link(Edge(caller, callee, Connection.CALL))
    write_calls(Subject.LINK, link, THEN_S, Call(duration_ns=5 * MS, count=count), levels=(HOUR,))


def fill_sampled_shop() -> None:
    """11 traces a second begin in `web`, and 36 an hour in `cron`.

    A trace of `web` has 4.02 spans: two of its own, those of `pay`, two for each cart, and those of `mailer`, one for
    every fifth trace, which come through a queue.
    """
    carts = {"GET /cart": begun(36_000, failed=360), "POST /order": begun(3_600), "GET /admin": begun(1)}
    count_spans("web", {**carts, "render": followed(39_601, is_entry=False)})
    count_spans("cron", {"nightly <b>": begun(36)})
    count_spans("pay", {"POST /charge": followed(36_000), "SELECT": followed(36_000, is_entry=False)})
    count_spans("mailer", {"send": followed(7_920)})
    web, pay, mailer = (Node(NodeKind.SERVICE, name) for name in ("web", "pay", "mailer"))
    count_calls(web, pay, 36_000)
    count_calls(web, _MAILS, 7_920)
    count_calls(_MAILS, mailer, 7_920)

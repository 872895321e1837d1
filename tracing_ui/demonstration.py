"""The demo in a running Tracing UI: sent through its OTLP door, found again by its mark, and removed."""

import http.client
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.conf import settings

from traces import reading
from traces.domain.errors import StoreUnavailable
from traces.domain.query import Comparison, Condition, Place, TraceQuery, Window
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT
from tracing_ui.demo.export import make_requests
from tracing_ui.demo.fleet import DEMO_KEY
from tracing_ui.demo.hour import list_incidents, tell_hour
from tracing_ui.demo.send import Sent, send
from tracing_ui.environment import reachable_host

Say = Callable[[str], None]
_EVER = Window(start_ns=0, end_ns=2**63 - 1)
_TRACES_A_PAGE = 500
_STARTS_WITHIN_SECONDS = 60.0


class SomebodyElse(Exception):
    """What listens on OTLP_HTTP_PORT is not Tracing UI."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What is sent: the traces follow from `seed`, about so many, one of them of `batch_spans` spans."""

    seed: int
    traces: int
    batch_spans: int


def is_running() -> bool:
    """Whether Tracing UI listens on OTLP_HTTP_PORT. Raises SomebodyElse."""
    metrics = _get(settings.OTLP_HTTP_PORT, "/metrics")
    if metrics is not None and b"tracing_ui_spans_received" not in metrics:
        raise SomebodyElse
    return metrics is not None


def wait_until_running() -> bool:
    """False if the collector and the pages do not answer within a minute."""
    deadline = time.monotonic() + _STARTS_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if is_running() and _get(settings.WEB_PORT, "/healthz") is not None:
            return True
        time.sleep(0.1)
    return False


def _get(port: int, path: str) -> bytes | None:
    """What is answered; None if nobody listens. Raises SomebodyElse where that is no HTTP."""
    connection = http.client.HTTPConnection(reachable_host(settings.LISTEN_HOST), port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": "localhost"})
        return connection.getresponse().read()
    except ConnectionRefusedError:
        return None
    except (OSError, http.client.HTTPException) as problem:
        raise SomebodyElse from problem
    finally:
        connection.close()


def load_demo(size: Size, say: Say) -> None:
    """Send a fresh demo, in place of one that is there, and say where to look. Raises NotTaken."""
    try:
        if removed := remove_demo():
            say(f"The demo that was here is replaced: {removed:,} of its spans are removed.")
    except StoreUnavailable:
        say("The database cannot be asked for an earlier demo: if there is one, it stays beside the new one.")
    began = time.monotonic()
    world = tell_hour(size.seed, time.time_ns(), size.traces, size.batch_spans)
    count = len(world.spans)
    say(f"Sending {world.trace_count:,} traces of an invented shop, {count:,} spans …")
    sent = send(
        reachable_host(settings.LISTEN_HOST), settings.OTLP_HTTP_PORT, make_requests(world.spans), Progress(count, say)
    )
    seconds = time.monotonic() - began
    say(f"Done: {sent.requests} requests, {sent.bytes / 1e6:.1f} MB in {seconds:.1f} s. What there is to see:")
    say("")
    for line in _list_links(world.incidents, size.batch_spans):
        say(line)
    say("\ndocs/demo.md says what each shows. `make demo-remove` takes all of it away again.")


def remove_demo() -> int:
    """Delete every trace that has a span with the demo's mark; how many spans that were. Raises StoreUnavailable."""
    deleted = 0
    while traces := set(_find_traces()):
        deleted += get_store().delete_traces(DEFAULT_PROJECT, traces)
    return deleted


def _find_traces() -> Iterator[bytes]:
    mark = Condition(place=Place.RESOURCE, key=DEMO_KEY, comparison=Comparison.EQUAL, value=True)
    asked = TraceQuery(window=_EVER, where=mark, limit=_TRACES_A_PAGE)
    while True:
        page = reading.search(DEFAULT_PROJECT, asked)
        yield from (trace.trace_id for trace in page.traces)
        if page.next_cursor is None:
            return
        asked = asked.next_page(page.next_cursor)


def _list_links(incidents: dict[str, list[bytes]], batch_spans: int) -> Iterator[str]:
    shown = list_incidents(batch_spans)
    width = max(len(incident.title) for incident in shown)
    for incident in shown:
        yield f"  {incident.title:<{width}}  {web_url()}/trace/{incidents[incident.name][0].hex()}"


def web_url() -> str:
    """Where a browser on this machine finds the pages."""
    host = reachable_host(settings.LISTEN_HOST)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.WEB_PORT}"


class Progress:
    """Says after each quarter how far it is."""

    def __init__(self, all_spans: int, say: Say) -> None:
        self._all_spans = all_spans
        self._say = say
        self._quarters = 1

    def __call__(self, sent: Sent) -> None:
        while self._quarters < 4 and sent.spans * 4 >= self._all_spans * self._quarters:
            self._say(f"  {25 * self._quarters} %")
            self._quarters += 1

"""What a trace page weighs, in bytes and counts. Times are measured by benchmarks/trace_page.py, in the same way."""

import time
from pathlib import Path

from django.conf import settings
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from benchmarks.big_trace import make_trace
from benchmarks.browser import Wire, open_page, read_without_scripts
from traces.ingest.translate.otlp import translate_otlp
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT, SpanRequest

HEADER_BYTES = 400


def store_trace(span_count: int) -> str:
    """Puts a trace of a busy shop into the store; the path of its page."""
    trace_id, bodies = make_trace(span_count, 1)
    requests = [
        SpanRequest(
            project=DEFAULT_PROJECT,
            body=translated.body,
            span_count=translated.span_count,
            received_ns=time.time_ns(),
            cuts=translated.cuts,
        )
        for translated in (translate_otlp(body.content) for body in bodies)
    ]
    for first in range(0, len(requests), 50):
        get_store().write(requests[first : first + 50])
    return f"/trace/{trace_id}"


def count_compressed(wire: Wire) -> int:
    """Bytes over the wire where static files go compressed, as they do in production but not from a test's server."""
    return sum(_compressed(address, size) for address, size in wire.sizes.items())


def _compressed(address: str, size: int) -> int:
    _, is_static, name = address.partition("/static/")
    compressed = Path(settings.STATIC_ROOT, f"{name}.gz")
    return compressed.stat().st_size + HEADER_BYTES if is_static and compressed.exists() else size


def test_a_hundred_thousand_spans_are_light(transactional_db: None, browser: Browser, live_server: LiveServer) -> None:
    address = live_server.url + store_trace(100_000)
    with open_page(browser, address) as opened:
        weight = opened.weigh()
        assert 400_000 < count_compressed(opened.wire) <= 1_200_000
        assert 200 < weight.element_count <= 2_500
        assert weight.heap_bytes <= 40_000_000
        assert 0 < weight.script_byte_count < weight.byte_count
        assert weight.first_paint_ms > 0
        assert weight.ready_ms > 0
        assert opened.unfold_repeats() == 100_000
        frames = opened.scroll(960, 20)
        assert len(frames) == 20
        assert sum(frame.script_ms > 0 for frame in frames) >= 10
        assert sum(frame.task_ms for frame in frames) > sum(frame.script_ms for frame in frames)
        opened.focus_rows()
        with opened.slowed_down(4):
            assert opened.press(["End", "Home", "c"]) >= 0
        assert opened.weigh().element_count <= 2_500


def test_a_thousand_spans_can_be_read_before_any_script(
    transactional_db: None, browser: Browser, live_server: LiveServer
) -> None:
    row_count, byte_count = read_without_scripts(browser, live_server.url + store_trace(1_000))
    assert 30 <= row_count <= 1_000
    assert 10_000 < byte_count < 200_000

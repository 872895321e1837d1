"""The demo's hour: the same for the same seed, and every incident is what docs/demo.md says of it.

Times are read from the spans as they are sent, with OpenTelemetry's own message classes.
"""

import re
from collections import Counter, defaultdict
from functools import cache
from itertools import chain, groupby
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.builders import MS, NOW_NS, SECOND
from tracing_ui.demo.calls import Call, place
from tracing_ui.demo.export import SPANS_A_REQUEST, Request, make_requests
from tracing_ui.demo.fleet import DEMO_KEY, SERVICES
from tracing_ui.demo.hour import list_incidents, tell_hour
from tracing_ui.demo.world import World

HOUR = 3_600 * SECOND
BATCH_SPANS = 3_000
CLIENT, SERVER, CONSUMER, ERROR = 3, 2, 5, 2
Spans = list[tuple[str, Span]]


def tell_small(seed: int = 1, now_ns: int = NOW_NS) -> World:
    return tell_hour(seed, now_ns, 250, 500)


@cache
def told() -> World:
    return tell_hour(1, NOW_NS, 1_000, BATCH_SPANS)


@cache
def requests() -> list[Request]:
    return list(make_requests(told().spans))


@cache
def parsed() -> list[ExportTraceServiceRequest]:
    return [ExportTraceServiceRequest.FromString(request.body) for request in requests()]


@cache
def traces() -> dict[bytes, Spans]:
    """(service, span) by trace id, in the order of their starts."""
    found: dict[bytes, Spans] = defaultdict(list)
    for request in parsed():
        for of_resource in request.resource_spans:
            service = text_of(of_resource.resource, "service.name")
            for of_scope in of_resource.scope_spans:
                for span in of_scope.spans:
                    found[span.trace_id].append((service, span))
    for spans in found.values():
        spans.sort(key=lambda item: (item[1].start_time_unix_nano, item[1].parent_span_id))
    return dict(found)


def text_of(holder: Any, key: str) -> str:
    return next(iter(values_of(holder, key)), "")


def values_of(holder: Any, key: str) -> list[Any]:
    """The value of an attribute in a list; empty if it is not there."""
    found = [item.value for item in holder.attributes if item.key == key]
    return [getattr(value, value.WhichOneof("value")) for value in found]


def of_incident(name: str) -> list[Spans]:
    return [traces()[trace_id] for trace_id in told().incidents[name]]


def named(spans: Spans, name: str) -> list[Span]:
    return [span for _, span in spans if span.name == name]


def duration_ns(span: Span) -> int:
    return span.end_time_unix_nano - span.start_time_unix_nano


def roots(spans: Spans) -> list[Span]:
    return [span for _, span in spans if not span.parent_span_id]


def missing_parents(spans: Spans) -> set[bytes]:
    return {span.parent_span_id for _, span in spans} - {b""} - {span.span_id for _, span in spans}


def errors(spans: Spans) -> list[Span]:
    return [span for _, span in spans if span.status.code == ERROR]


def bodies_of(world: World) -> list[bytes]:
    return [request.body for request in make_requests(world.spans)]


def test_the_same_seed_in_the_same_minute_is_the_same_bytes() -> None:
    minute_ns = NOW_NS - NOW_NS % (60 * SECOND)
    assert bodies_of(tell_small(now_ns=minute_ns)) == bodies_of(tell_small(now_ns=minute_ns + 59 * SECOND))


def test_another_minute_is_the_same_hour_under_other_ids_and_another_seed_another_hour() -> None:
    first, later, other = tell_small(), tell_small(now_ns=NOW_NS + HOUR), tell_small(seed=2)
    assert (later.trace_count, len(later.spans)) == (first.trace_count, len(first.spans))
    assert later.incidents.keys() == first.incidents.keys()
    assert not {*chain(*first.incidents.values())} & {*chain(*later.incidents.values())}
    assert len(other.spans) != len(first.spans)


def test_all_services_of_the_shop_speak() -> None:
    assert {service for spans in traces().values() for service, _ in spans} == SERVICES.keys()
    assert len(SERVICES) >= 12
    assert {"go", "java", "python", "nodejs"} <= {service.language for service in SERVICES.values()}


def test_a_request_is_of_one_process_which_says_who_it_is() -> None:
    for request, sent in zip(parsed(), requests(), strict=True):
        (group,) = request.resource_spans
        keys = {attribute.key for attribute in group.resource.attributes}
        assert {"service.version", "service.instance.id", "telemetry.sdk.language"} <= keys
        assert "k8s.pod.name" in keys or "browser.brands" in keys
        assert values_of(group.resource, DEMO_KEY) == [True]
        assert all(scope.scope.name and scope.scope.version for scope in group.scope_spans)
        assert sum(len(scope.spans) for scope in group.scope_spans) == sent.span_count <= SPANS_A_REQUEST
    instances = Counter(text_of(request.resource_spans[0].resource, "service.instance.id") for request in parsed())
    assert len(instances) > 2 * len(SERVICES) - 10


def test_everything_began_in_the_last_hour_and_nothing_is_of_the_future() -> None:
    for spans in traces().values():
        for _, span in spans:
            assert NOW_NS - HOUR - 60 * SECOND < span.start_time_unix_nano < NOW_NS
            assert span.end_time_unix_nano < NOW_NS


def test_ids_are_of_one_span_each() -> None:
    for spans in traces().values():
        assert len({span.span_id for _, span in spans}) == len(spans)
        assert all(len(span.span_id) == 8 and any(span.span_id) for _, span in spans)
    assert len(traces()) == told().trace_count


def test_about_as_many_traces_as_asked_for_and_few_of_them_fail() -> None:
    assert 950 < len(traces()) < 1_050
    marked = {*chain(*told().incidents.values())}
    ordinary = [spans for trace_id, spans in traces().items() if trace_id not in marked]
    failing = [spans for spans in ordinary if errors(spans)]
    assert 0.01 < len(failing) / len(ordinary) < 0.03


def test_every_incident_is_told_and_marked() -> None:
    names = {incident.name for incident in list_incidents()}
    assert told().incidents.keys() == names
    for name in names:
        for spans in of_incident(name):
            assert name in [value for _, span in spans for value in values_of(span, "demo.incident")]


def test_every_incident_is_explained_in_the_documents() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "demo.md").read_text()
    explained = re.findall(r"^\| [^|]+ \| `demo\.incident=([a-z0-9-]+)` \|", text, re.MULTILINE)
    assert explained == [incident.name for incident in list_incidents()]


def test_n_plus_one_is_a_statement_for_each_item_of_a_cart() -> None:
    counts = []
    for spans in of_incident("n-plus-one"):
        (root,) = roots(spans)
        statements = named(spans, "SELECT product")
        counts.append(len(statements))
        assert values_of(root, "app.cart.item_count") == [len(statements)]
        assert len({statement.parent_span_id for statement in statements}) == 1
        assert all("\n" in text_of(statement, "db.query.text") for statement in statements)
    assert (counts[0], min(counts)) == (47, 12)


def test_a_retry_storm_is_503_503_200_with_longer_and_longer_waits() -> None:
    storm = of_incident("retry-storm")
    for spans in storm:
        (quoting,) = named(spans, "quote shipping")
        attempts = [span for _, span in spans if span.parent_span_id == quoting.span_id]
        assert [values_of(span, "http.response.status_code") for span in attempts] == [[503], [503], [200]]
        assert [values_of(span, "http.request.resend_count") for span in attempts] == [[], [1], [2]]
        first, second, third = attempts
        waits = (
            second.start_time_unix_nano - first.end_time_unix_nano,
            third.start_time_unix_nano - second.end_time_unix_nano,
        )
        assert 200 * MS < waits[0] < waits[1]
    starts = [spans[0][1].start_time_unix_nano for spans in storm]
    assert max(starts) - min(starts) < 4 * 60 * SECOND


def test_a_slow_database_waits_for_a_migration_that_holds_the_lock() -> None:
    *waiting, migrating = of_incident("slow-database")
    (alter,) = named(migrating, "ALTER TABLE stock")
    updates = [update for spans in waiting for update in named(spans, "UPDATE stock")]
    assert len(updates) == len(waiting)
    for update in updates:
        assert duration_ns(update) >= values_of(update, "db.lock.wait_ms")[0] * MS
        assert alter.start_time_unix_nano < update.start_time_unix_nano < alter.end_time_unix_nano
        assert update.events[0].name == "waiting for lock"
    failed = [update for update in updates if update.status.code == ERROR]
    assert {text_of(update, "db.response.status_code") for update in failed} == {"55P03"}
    assert all(update.events[-1].name == "exception" for update in failed)


def test_a_deploy_made_quotes_slower() -> None:
    durations: dict[str, list[int]] = defaultdict(list)
    for request in parsed():
        version = text_of(request.resource_spans[0].resource, "service.version")
        for of_scope in request.resource_spans[0].scope_spans:
            quotes = [span for span in of_scope.spans if span.name == "POST /quote" and span.kind == SERVER]
            durations[version].extend(map(duration_ns, quotes))
    old, new = (sorted(durations[version]) for version in ("1.41.0", "1.42.0"))
    assert new[len(new) * 95 // 100] > 2.5 * old[len(old) * 95 // 100]
    for spans in of_incident("slow-deploy"):
        assert values_of(named(spans, "evaluate rules")[0], "pricing.rules.evaluated") == [1140]


def test_a_client_that_gives_up_is_outlived_by_its_server() -> None:
    for spans in of_incident("client-timeout"):
        (charge,) = [span for _, span in spans if values_of(span, "error.type") == ["timeout"]]
        (server,) = named(spans, "POST /charges")
        assert server.parent_span_id == charge.span_id
        assert duration_ns(charge) == 2_000 * MS
        assert server.end_time_unix_nano > charge.end_time_unix_nano + SECOND


@pytest.mark.parametrize("sign", ["goroutine", "Caused by: ", "Traceback (most recent call last)", "    at async "])
def test_exceptions_have_the_stack_traces_of_their_languages(sign: str) -> None:
    found = [
        (span.status.code, text_of(event, "exception.stacktrace"))
        for spans in of_incident("exceptions")
        for _, span in spans
        for event in span.events
        if event.name == "exception"
    ]
    assert [(code, trace.count("\n") >= 6) for code, trace in found if sign in trace] == [(ERROR, True)] * 4


def test_a_cache_stampede_is_the_same_product_read_at_once() -> None:
    servers = [named(spans, "GET /products/{sku}")[0] for spans in of_incident("cache-stampede")]
    assert len({text_of(server, "app.product.sku") for server in servers}) == 1
    assert max(server.start_time_unix_nano for server in servers) < min(server.end_time_unix_nano for server in servers)


def test_a_fraud_check_is_a_timeline_of_events() -> None:
    for spans in of_incident("fraud-check"):
        times = [event.time_unix_nano for event in named(spans, "score charge")[0].events]
        assert len(times) >= 5
        assert times == sorted(times)


def test_the_mail_about_an_order_links_to_its_event() -> None:
    orders, mails = of_incident("order-events")[::2], of_incident("order-events")[1::2]
    for order, mail in zip(orders, mails, strict=True):
        (sent,) = named(order, "send order-events")
        (link,) = roots(mail)[0].links
        assert (link.trace_id, link.span_id) == (sent.trace_id, sent.span_id)
        assert roots(mail)[0].start_time_unix_nano > sent.end_time_unix_nano


def test_a_batch_of_the_warehouse_links_to_5_to_20_orders() -> None:
    batches = [roots(spans)[0] for spans in of_incident("warehouse-batch")]
    assert [len(batch.links) for batch in batches] == [20, 5, 12]
    for batch in batches:
        assert batch.kind == CONSUMER
        linked = [traces()[link.trace_id] for link in batch.links]
        assert all(named(spans, "send order-events") for spans in linked)


def test_missing_parents_are_of_the_process_that_lost_its_spans() -> None:
    for spans in of_incident("missing-parents"):
        assert len(missing_parents(spans)) == 2
        assert "api-gateway" not in {service for service, _ in spans}
    others = [spans for trace_id, spans in traces().items() if trace_id not in told().incidents["missing-parents"]]
    assert all(not missing_parents(spans) for spans in others)


def test_skewed_clocks_move_spans_out_of_their_callers() -> None:
    for spans in of_incident("clock-skew"):
        by_id = {span.span_id: span for _, span in spans}
        (shipping,) = named(spans, "POST /quotes")
        (currency,) = [span for service, span in spans if service == "currency"]
        assert shipping.start_time_unix_nano > by_id[shipping.parent_span_id].start_time_unix_nano + 170 * MS
        assert currency.end_time_unix_nano < by_id[currency.parent_span_id].start_time_unix_nano


def test_unfinished_spans_have_no_end() -> None:
    for spans in of_incident("unfinished"):
        assert {span.name for _, span in spans if not span.end_time_unix_nano} == {
            "receive order-events",
            "INSERT pick_list",
        }


def test_several_roots_are_in_one_trace() -> None:
    for spans in of_incident("several-roots"):
        assert {span.name for span in roots(spans)} == {"documentLoad", "web vitals", "POST /beacon"}
        assert len(named(spans, "documentLoad")[0].events) >= 5
        assert any(span.trace_state for _, span in spans)


def test_a_conversation_names_its_model_and_counts_its_tokens() -> None:
    for spans in of_incident("assistant"):
        chats = named(spans, "chat gpt-5-mini")
        assert [len(values_of(chat, "gen_ai.usage.output_tokens")) for chat in chats] == [1, 1]
        assert named(spans, "execute_tool search_products")


def test_long_values_are_long() -> None:
    for spans in of_incident("long-values"):
        assert len(text_of(named(spans, "search products")[0], "db.query.text")) > 8_000


def test_the_nightly_batch_has_as_many_spans_as_asked_for_with_repeats_and_errors() -> None:
    (spans,) = of_incident("nightly-batch")
    assert len(spans) == BATCH_SPANS
    assert len({service for service, _ in spans}) >= 3
    ordered = sorted(named(spans, "settle payment"), key=lambda span: span.parent_span_id)
    assert all(len(list(group)) >= 5 for _, group in groupby(ordered, key=lambda span: span.parent_span_id))
    assert errors(spans)


def test_a_deep_tree_is_placed_without_recursion() -> None:
    root = call = Call(service="checkout", name="0")
    for number in range(1, 5_000):
        call.calls.append(Call(service="checkout", name=str(number)))
        call = call.calls[0]
    placed = place(root)
    assert [item.parent for item in placed] == [*range(-1, 4_999)]
    assert placed[0].duration_ns == 5_000 * MS


def nested(**more: Any) -> Call:
    """One that calls two others, of 10 ms each."""
    children = [Call(service="cart", name=name, own_ms=10.0) for name in ("first", "second")]
    return Call(service="cart", name="all", own_ms=2.0, calls=children, **more)


@pytest.mark.parametrize(
    ("more", "duration_ms", "overlap"),
    [({}, 22, False), ({"is_parallel": True}, 12, True), ({"gives_up_ms": 5.0}, 5, False)],
)
def test_calls_follow_each_other_or_run_at_once(more: dict[str, Any], duration_ms: int, overlap: bool) -> None:
    whole, first, second = place(nested(**more))
    assert whole.duration_ns == duration_ms * MS
    assert (second.start_ns < first.start_ns + first.duration_ns) is overlap

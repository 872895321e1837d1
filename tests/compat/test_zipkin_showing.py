"""Spans as Zipkin's API shows them: pure, from what Zipkin's clients and others sent."""

import json
from typing import Any

from tests.builders import make_request, make_span
from tests.compat.zipkin_asking import zipkin_span
from traces.domain.columns import SpanColumns
from traces.domain.shared_ids import tell_apart
from traces.domain.span import Operation, Service, Span, SpanFlag, SpanOutline, measure_duration_ns
from traces.ingest.translate.otlp import translate_otlp
from traces.ingest.translate.zipkin.json_v2 import translate_json_v2
from traces.storage.decode import decode_spans
from tracing_ui.compat.zipkin.model_json import JsonObject
from tracing_ui.compat.zipkin.pieces import find_pieces, join_pieces
from tracing_ui.compat.zipkin.showing import Showing

FRONT, BACK = {"serviceName": "Front", "ipv4": "192.0.2.1"}, {"serviceName": "Back"}


def decode(*sent: dict[str, Any]) -> list[Span]:
    translated = translate_json_v2(json.dumps(sent).encode())
    assert not translated.rejected
    found = [span for _, span in decode_spans(translated.body, range(len(sent)), {})]
    order = [(span["id"], span.get("kind")) for span in sent]
    return sorted(found, key=lambda span: order.index((span.span_id.hex(), _kind_of(span))))


def _kind_of(span: Span) -> str | None:
    return {2: "SERVER", 3: "CLIENT", 4: "PRODUCER", 5: "CONSUMER"}.get(span.kind)


def lay_out(spans: list[Span]) -> SpanColumns:
    """The columns that the store would keep."""
    return SpanColumns.of(spans[0].trace_id, [_outline(span, number) for number, span in enumerate(spans)])


def _outline(span: Span, number: int) -> SpanOutline:
    service = Service(name=str(span.resource.attributes.get("service.name", "unknown_service")), slot=0)
    flags = SpanFlag(0) if span.end_time_unix_nano else SpanFlag.UNFINISHED
    return SpanOutline(
        address=(number, 0),
        trace_id=span.trace_id,
        span_id=span.span_id,
        parent_span_id=span.parent_span_id or None,
        operation=Operation(service=service, name=span.name, kind=span.kind),
        start_ns=span.start_time_unix_nano,
        duration_ns=measure_duration_ns(span.start_time_unix_nano, span.end_time_unix_nano),
        status=span.status_code,
        flags=flags,
    )


def show(spans: list[Span]) -> list[JsonObject]:
    columns = lay_out(spans)
    showing = Showing(columns=columns, told=tell_apart(columns))
    return [showing.show(index, span).fields for index, span in enumerate(spans)]


def show_zipkin(*sent: dict[str, Any]) -> list[JsonObject]:
    return show(decode(*sent))


def test_names_are_in_lower_case_and_fields_in_zipkins_order() -> None:
    sent = zipkin_span(
        1, 2, 1, name="GET /Cart", kind="CLIENT", localEndpoint=FRONT, remoteEndpoint=BACK, debug=True,
        annotations=[{"timestamp": 5, "value": "Sent"}], tags={"Method": "GET"},
    )  # fmt: skip
    (shown,) = show_zipkin(sent)
    assert list(shown) == [
        "traceId", "parentId", "id", "kind", "name", "timestamp", "duration", "localEndpoint", "remoteEndpoint",
        "annotations", "tags", "debug",
    ]  # fmt: skip
    assert shown == sent | {
        "name": "get /cart",
        "localEndpoint": {**FRONT, "serviceName": "front"}, "remoteEndpoint": {"serviceName": "back"},
    }  # fmt: skip


def test_the_called_half_of_a_call_is_shared_and_stands_where_the_calling_one_does() -> None:
    client = zipkin_span(1, 2, 1, kind="CLIENT", localEndpoint=FRONT)
    server = zipkin_span(1, 2, kind="SERVER", localEndpoint=BACK)
    asked, answered = show_zipkin(client, server)
    assert (asked["parentId"], asked.get("shared")) == (client["parentId"], None)
    assert (answered["id"], answered["parentId"], answered["shared"]) == (client["id"], client["parentId"], True)
    # Who answered is the other end of who asked.
    assert asked["remoteEndpoint"] == {"serviceName": "back"}
    assert "remoteEndpoint" not in answered


def test_a_server_without_its_client_says_itself_that_it_shares_an_id() -> None:
    (alone,) = show_zipkin(zipkin_span(1, 2, kind="SERVER", localEndpoint=BACK, shared=True))
    assert (alone["shared"], "parentId" in alone) == (True, False)


def test_the_other_end_is_what_the_sender_says_or_who_answered_or_what_its_attributes_speak_of() -> None:
    spans = [
        make_span(1, 1, kind=3, attributes={"peer.service": "Told"}),
        make_span(1, 2, kind=3, attributes={"db.system": "postgresql", "db.name": "Orders", "server.address": "db-1"}),
        make_span(1, 3, kind=4, attributes={"messaging.system": "kafka", "messaging.destination.name": "Mail"}),
        make_span(1, 4, kind=3, attributes={"server.address": "api.example", "net.peer.port": 443}),
        make_span(1, 5, kind=1, attributes={"server.address": "api.example"}),
        make_span(1, 6, kind=2),
    ]
    translated = translate_otlp(make_request(*spans).SerializeToString())
    shown = show([span for _, span in decode_spans(translated.body, range(len(spans)), {})])
    assert [span.get("remoteEndpoint") for span in shown] == [
        {"serviceName": "told"},
        {"serviceName": "postgresql/orders"},
        {"serviceName": "kafka/mail"},
        {"port": 443, "serviceName": "api.example"},
        None,
        None,
    ]


def test_the_upper_half_of_an_id_is_left_out_where_it_is_zero() -> None:
    assert show_zipkin(zipkin_span(0xAB, 1))[0]["traceId"] == f"{0xAB:016x}"
    assert show_zipkin(zipkin_span(1, 1, traceId=f"{1 << 64:032x}"))[0]["traceId"] == f"{1 << 64:032x}"


def test_pieces_of_a_span_are_one() -> None:
    begun = zipkin_span(1, 2, 1, name="get", localEndpoint=BACK, duration=None, tags={"a": "1", "b": "1"})
    ended = zipkin_span(1, 2, localEndpoint={**BACK, "port": 80}, kind="SERVER", tags={"b": "2"})
    ended["annotations"] = [{"timestamp": 7, "value": "x"}]
    spans = decode(begun, ended)
    columns = lay_out(spans)
    assert find_pieces(columns, {}) == {0: [0, 1], 1: [0, 1]}
    joined = join_pieces([begun, ended])
    assert joined == begun | ended | {"parentId": begun["parentId"], "name": "get", "tags": {"a": "1", "b": "2"}}
    assert list(joined)[:3] == ["traceId", "parentId", "id"]


def test_whole_spans_that_share_an_id_are_not_pieces() -> None:
    whole = zipkin_span(1, 2, name="get", localEndpoint=BACK)
    for other in (
        zipkin_span(1, 2, name="put", localEndpoint=BACK),
        zipkin_span(1, 2, name="get", localEndpoint=FRONT, duration=None),
    ):
        columns = lay_out([*decode(whole), *decode(other)])
        assert find_pieces(columns, {}) == {}
    begun = [decode(zipkin_span(1, 2, localEndpoint=BACK, duration=None, name=f"{n}"))[0] for n in range(17)]
    assert find_pieces(lay_out(begun), {}) == {}

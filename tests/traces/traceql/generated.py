"""Small traces and filters from dice: few names and values, so that filters find something, and odd ones among them."""

from collections.abc import Sequence
from random import Random
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Sent

from tests.builders import MS, NOW_NS, SECOND, make_event, make_link, make_request, make_span, trace_id
from traces.domain.query import Window
from traces.domain.span import Span
from traces.domain.traceql.tree import (
    All,
    Arithmetic,
    Attribute,
    Compare,
    Condition,
    Field,
    Filter,
    Intrinsic,
    Is,
    Literal,
    Missing,
    Negative,
    Not,
    Operand,
    Present,
    Scope,
    Some,
    ValueType,
)
from traces.ingest.translate.otlp import translate_otlp
from traces.storage.decode import decode_spans

SPANS = range(1, 7)
# Of 64 and of 128 bits.
TRACES = (*range(0xABC0, 0xABC4), *range((5 << 64) + 0xDEF0, (5 << 64) + 0xDEF4))
RANGE = Window(start_ns=NOW_NS - 100 * SECOND, end_ns=NOW_NS)
_KEYS = ("a", "b", "service.name")
_NAMES = ("GET /", "query", "", "a\0b")
_VALUES: tuple[Any, ...] = (
    "x", "y", "5", "", 5, 5.0, 0, -3, 7.5, True, False, None, b"x", ["x", "y"], [5, "x"], [], [["x"]], [True], {"x": 5},
)  # fmt: skip
_SIGNS = ("=", "=", "=", "!=", "<", "<=", ">", ">=")
_PATTERNS = ("x", "[xy]", ".*", "G.*", "query|x", "", "shop|pay", "0.*")


def make_traces(dice: Random, count: int = 4) -> list[ExportTraceServiceRequest]:
    """Requests with the spans of some traces: orphans, circles, several roots, and roots of another service."""
    requests = []
    for number in dice.sample(TRACES, count):
        spans = [_make_span(dice, number, each) for each in dice.sample(SPANS, dice.randint(1, len(SPANS)))]
        middle = dice.randint(0, len(spans))
        requests += [_make_request(dice, part) for part in (spans[:middle], spans[middle:]) if part]
    dice.shuffle(requests)
    return requests


def decode(requests: Sequence[ExportTraceServiceRequest]) -> dict[bytes, list[Span]]:
    """The spans of each trace as they are kept."""
    traces: dict[bytes, list[Span]] = {}
    for request in requests:
        translated = translate_otlp(request.SerializeToString())
        for _, span in decode_spans(translated.body, range(translated.span_count), {}):
            traces.setdefault(span.trace_id, []).append(span)
    return traces


def _make_span(dice: Random, trace: int, span: int) -> Sent:
    # No two of a trace start at once: their order counts in a nested set.
    start_ns = NOW_NS - dice.randint(0, 60) * 5 * SECOND - span * MS
    return make_span(
        trace,
        span,
        dice.choice([None, *SPANS, 99]),
        name=dice.choice(_NAMES),
        kind=dice.randint(0, 5),
        start_ns=start_ns,
        duration_ns=dice.choice([0, MS, 50 * MS, 70 * SECOND]),
        attributes=_attributes(dice),
        status=dice.randint(0, 2),
        status_message=dice.choice(["", "x"]),
        events=[
            make_event(dice.choice(_NAMES), start_ns + dice.choice([-1, 0, 5]), _attributes(dice))
            for _ in range(dice.choice([0, 0, 1, 2]))
        ],
        links=[
            make_link(dice.choice(TRACES), dice.choice(SPANS), _attributes(dice))
            for _ in range(dice.choice([0, 0, 1, 2]))
        ],
    )


def _make_request(dice: Random, spans: Sequence[Sent]) -> ExportTraceServiceRequest:
    return make_request(
        *spans,
        service=dice.choice(["shop", "pay", None]),
        resource=_attributes(dice, _KEYS[:2]),
        scope_name=dice.choice(["", "x"]),
        scope_version=dice.choice(["", "5"]),
        scope=_attributes(dice),
    )


def _attributes(dice: Random, keys: Sequence[str] = _KEYS) -> dict[str, Any]:
    return {key: dice.choice(_VALUES) for key in keys if dice.random() < 0.4}


def make_filter(dice: Random) -> Filter:
    return Filter(None if dice.random() < 0.02 else _make_condition(dice, 2))


def _make_condition(dice: Random, depth: int) -> Condition:
    roll = dice.random()
    if depth and roll < 0.4:
        parts = tuple(_make_condition(dice, depth - 1) for _ in range(dice.randint(2, 3)))
        return All(parts) if roll < 0.25 else Some(parts)
    if depth and roll < 0.5:
        return Not(_make_condition(dice, depth - 1))
    if roll < 0.56:
        return Is(Literal(ValueType.BOOLEAN, dice.random() < 0.5) if roll < 0.52 else _attribute(dice))
    if roll < 0.62:
        return Missing(_attribute(dice))
    if roll < 0.68:
        return Present(_field(dice))
    return _make_comparison(dice)


def _make_comparison(dice: Random) -> Compare:
    roll = dice.random()
    if roll < 0.15:
        return Compare(dice.choice(["=~", "!~"]), _field(dice), Literal(ValueType.TEXT, dice.choice(_PATTERNS)))
    left = _field(dice)
    if roll < 0.25:
        return Compare(dice.choice(_SIGNS), left, _field(dice))
    if roll < 0.35:
        return Compare(dice.choice(_SIGNS), _sum(dice, left), _sum(dice, _number(dice)))
    right = _literal_for(dice, left)
    return Compare(dice.choice(_SIGNS), *((left, right) if roll < 0.9 else (right, left)))


def _sum(dice: Random, operand: Operand) -> Operand:
    if dice.random() < 0.2:
        return Negative(operand)
    return Arithmetic(dice.choice("+-*/%^"), operand, _number(dice) if dice.random() < 0.5 else _attribute(dice))


def _number(dice: Random) -> Literal:
    return dice.choice(
        [Literal(ValueType.INT, dice.choice([0, 1, 2, 5, -3])), Literal(ValueType.FLOAT, dice.choice([0.0, 7.5, 5.0]))]
    )


def _field(dice: Random) -> Attribute | Intrinsic:
    return _attribute(dice) if dice.random() < 0.55 else Intrinsic(dice.choice(list(Field)))


def _attribute(dice: Random) -> Attribute:
    scope = dice.choice([Scope.ANY, Scope.ANY, Scope.SPAN, Scope.SPAN, *Scope])
    return Attribute(scope, dice.choice([*_KEYS[:2] * 3, *_KEYS, "missing"]))


_STATUS_WORDS = ("unset", "ok", "error")
_KIND_WORDS = ("unspecified", "internal", "server", "client", "producer", "consumer")
_TEXTS_OF: dict[Field, tuple[str, ...]] = {
    Field.NAME: ("GET /", "query", "", "a\ufffdb"),
    Field.ROOT_NAME: ("GET /", "query", ""),
    Field.ROOT_SERVICE_NAME: ("shop", "pay", "unknown_service", ""),
    Field.EVENT_NAME: _NAMES,
    Field.STATUS_MESSAGE: ("", "x"),
    Field.INSTRUMENTATION_NAME: ("", "x"),
    Field.INSTRUMENTATION_VERSION: ("", "5"),
    Field.SPAN_ID: ("1", "0000000000000002", "z"),
    Field.PARENT_ID: ("1", "0000000000000002", ""),
    Field.LINK_SPAN_ID: ("1", "0000000000000002", ""),
    Field.TRACE_ID: (*(f"{number:x}" for number in TRACES), trace_id(TRACES[0]).hex(), "z", " "),
    Field.LINK_TRACE_ID: (*(f"{number:x}" for number in TRACES), trace_id(TRACES[0]).hex()),
}
_NUMBERS_OF: dict[Field, tuple[float, ...]] = {
    Field.DURATION: (0, MS, 50 * MS, 0.5, 70 * SECOND),
    Field.TRACE_DURATION: (0, 70 * SECOND, 100 * SECOND),
    Field.EVENT_TIME_SINCE_START: (-1, 0, 5),
    Field.CHILD_COUNT: (0, 1, 2),
    Field.NESTED_SET_PARENT: (-1, 0, 1, 2, -0.5),
}


def _literal_for(dice: Random, field: Attribute | Intrinsic) -> Literal:
    """Mostly one of the field's own type."""
    if isinstance(field, Attribute):
        if field.key == "service.name" and dice.random() < 0.8:
            return Literal(ValueType.TEXT, dice.choice(["shop", "pay", "unknown_service"]))
        return dice.choice(
            [
                _number(dice),
                Literal(ValueType.TEXT, dice.choice(["x", "y", "5", ""])),
                Literal(ValueType.BOOLEAN, dice.random() < 0.5),
                Literal(ValueType.STATUS, "ok"),
                Literal(ValueType.INT, 2**70),
            ]
        )
    if field.which is Field.STATUS:
        return Literal(ValueType.STATUS, dice.choice(_STATUS_WORDS))
    if field.which is Field.KIND:
        return Literal(ValueType.KIND, dice.choice(_KIND_WORDS))
    if texts := _TEXTS_OF.get(field.which):
        return Literal(ValueType.TEXT, dice.choice(texts))
    number = dice.choice(_NUMBERS_OF.get(field.which, (1, 2, 5)))
    return Literal(ValueType.INT if isinstance(number, int) else ValueType.FLOAT, number)

"""Spans and searches as Hypothesis makes them: odd names, every type of value, few of each so that searches find."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.builders import MS, NOW_NS, SECOND, make_event, make_link, make_request, make_span, span_id, trace_id
from traces.domain.query import (
    ATTRIBUTE_PLACES,
    And,
    Comparison,
    Condition,
    Expression,
    Intrinsic,
    Literal,
    Or,
    Place,
    TraceQuery,
    Window,
)
from traces.storage.decode import decode_value
from traces.wire import otlp_pb2 as wire

TRACES = range(1, 13)
NAMES = ("GET /", "q", "", "Ünïcode \N{SNOWMAN}", "a\0b", "x" * 40)
SERVICES = ("shop", "pay", "a\0b", "", None)
KEYS = ("a", "b", "", "ключ", "a\0b", "service.name", "k" * 30)
TEXTS = ("x", "y", "", "5", "true", "é", "e\N{COMBINING ACUTE ACCENT}", "a\0b", "l1\nl2")
NUMBERS = (0, 1, 5, -3, 2**53, 2**53 + 1, 2**63 - 1, -(2**63))
DOUBLES = (0.0, -0.0, 5.0, 7.5, -3.0, 0.1, 1e300, float(2**53))
PATTERNS = ("x", "[xy]", ".*", "5?", "G.*", "shop|q", "", "a.b", "(x+)+", ".*é.*")

_long_texts = st.integers(1_000, 3_000).map(lambda length: "x" * length)
_texts = st.sampled_from(TEXTS) | _long_texts | st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
_numbers = st.sampled_from(NUMBERS) | st.integers(-(2**63), 2**63 - 1)
_doubles = st.sampled_from(DOUBLES) | st.floats()
_plain = st.one_of(_texts, _numbers, _doubles, st.booleans(), st.binary(max_size=4), st.none())
_values = _plain | st.recursive(
    _plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=2),
    max_leaves=5,
)
attributes: st.SearchStrategy[Mapping[str, Any]] = st.dictionaries(st.sampled_from(KEYS), _values, max_size=4)
_starts_ns = st.integers(0, 20).map(lambda number: NOW_NS - number * 5 * SECOND) | st.sampled_from(
    [0, 1, NOW_NS + 3_000 * SECOND, NOW_NS + 9_000 * SECOND, 2**64 - 1]
)
_durations_ns = st.sampled_from([0, 1, MS, 50 * MS, 70 * SECOND])


@dataclass(frozen=True, slots=True)
class Step:
    """Requests that are written together, in a project of their own or not; then perhaps what is full is indexed."""

    requests: list[ExportTraceServiceRequest]
    is_of_another_project: bool
    is_sealed_after: bool


@st.composite
def spans(draw: st.DrawFn) -> Any:
    start_ns = draw(_starts_ns)
    ends_ns = st.sampled_from([0, 1]) | _durations_ns.map(lambda duration_ns: min(2**64 - 1, start_ns + duration_ns))
    return make_span(
        draw(st.sampled_from(TRACES)),
        draw(st.integers(1, 2**63)),
        draw(st.sampled_from([None, 1, 2])),
        name=draw(st.sampled_from(NAMES)),
        kind=draw(st.sampled_from([0, 1, 2, 3, 7])),
        start_ns=start_ns,
        end_time_unix_nano=draw(ends_ns),
        attributes=draw(attributes),
        status=draw(st.integers(0, 2)),
        status_message=draw(st.sampled_from(["", "broken"])),
        trace_state=draw(st.sampled_from(["", "a=b"])),
        events=[
            make_event(draw(st.sampled_from(NAMES)), attributes=draw(attributes))
            for _ in range(draw(st.integers(0, 2)))
        ],
        links=[
            make_link(draw(st.sampled_from(TRACES)), draw(st.integers(1, 2)), draw(attributes))
            for _ in range(draw(st.integers(0, 1)))
        ],
    )


@st.composite
def requests(draw: st.DrawFn) -> ExportTraceServiceRequest:
    return make_request(
        *draw(st.lists(spans(), min_size=1, max_size=5)),
        service=draw(st.sampled_from(SERVICES)),
        resource=draw(attributes),
        scope_name=draw(st.sampled_from(["", "lib", "a\0b"])),
        scope_version=draw(st.sampled_from(["", "1.0"])),
        scope=draw(attributes),
    )


@st.composite
def steps(draw: st.DrawFn) -> list[Step]:
    """Some spans and requests in detail, and many that are like them: as many as Hypothesis would never draw."""
    models = draw(st.lists(spans(), min_size=6, max_size=10))
    shells = draw(st.lists(requests(), min_size=3, max_size=5))
    dice = random.Random(draw(st.integers(0, 2**32)))
    return [
        Step(
            requests=[_like(dice, dice.choice(shells), models) for _ in range(dice.randint(1, 2))],
            is_of_another_project=dice.random() < 0.2,
            is_sealed_after=dice.random() < 0.3,
        )
        for _ in range(dice.randint(6, 18))
    ]


def _like(dice: random.Random, shell: ExportTraceServiceRequest, models: Sequence[Span]) -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    request.CopyFrom(shell)
    of_scope = request.resource_spans[0].scope_spans[0]
    del of_scope.spans[:]
    for model in dice.choices(models, k=dice.randint(1, 6)):
        span = of_scope.spans.add()
        span.CopyFrom(model)
        span.trace_id = trace_id(dice.choice(TRACES))
        span.span_id = span_id(dice.randint(1, 2**63))
        if dice.random() < 0.8:
            span.start_time_unix_nano = NOW_NS - dice.randint(0, 100) * SECOND
            span.end_time_unix_nano = span.start_time_unix_nano + dice.choice([0, 1, MS, 50 * MS, 20 * SECOND])
    return request


# Where a literal stands in what was sent, its key, and the literal.
_Literal = tuple[Place, str, Literal]


@dataclass(frozen=True, slots=True, repr=False)
class Known:
    """What searches can find, elements of arrays included. Without `repr`: Hypothesis would spell it out."""

    literals: list[_Literal]


def known_literals(steps: Sequence[Step]) -> Known:
    known: list[_Literal] = []
    for of_resource in (group for step in steps for request in step.requests for group in request.resource_spans):
        known += _literals(Place.RESOURCE, of_resource.resource.attributes)
        for of_scope in of_resource.scope_spans:
            known += _literals(Place.SCOPE, of_scope.scope.attributes)
            for span in of_scope.spans:
                known += _literals(Place.SPAN, span.attributes)
                known += [item for event in span.events for item in _literals(Place.EVENT, event.attributes)]
                known += [item for link in span.links for item in _literals(Place.LINK, link.attributes)]
    return Known(known)


def _literals(place: Place, attributes: Iterable[KeyValue]) -> list[_Literal]:
    known: list[_Literal] = []
    for attribute in attributes:
        value = decode_value(wire.AnyValue.FromString(attribute.value.SerializeToString()))
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, str | int | float) and item == item:
                known.append((place, attribute.key, item))
    return known


@st.composite
def conditions(draw: st.DrawFn, known: Known) -> Condition:
    comparison = draw(st.sampled_from([*Comparison, *[Comparison.EQUAL] * 9]))
    place = draw(st.sampled_from([Place.INTRINSIC, *ATTRIBUTE_PLACES, Place.ANY]))
    key = draw(st.sampled_from(Intrinsic)) if place is Place.INTRINSIC else draw(st.sampled_from([*KEYS, "missing"]))
    is_known = draw(st.integers(0, 9)) > 0
    value: Literal
    if place is Place.INTRINSIC:
        value = draw(_intrinsic_values(Intrinsic(key)))
    elif known.literals and is_known:
        index = draw(st.integers(0, len(known.literals) - 1))
        found, key, value = known.literals[index]
        place = draw(st.sampled_from([found, found, found, Place.ANY, Place.ANY, place]))
    else:
        value = draw(_texts | _numbers | _doubles.filter(lambda number: number == number) | st.booleans())
    if comparison is Comparison.EXISTS:
        value = None
    elif comparison in (Comparison.MATCHES, Comparison.NOT_MATCHES):
        value = draw(st.sampled_from(PATTERNS))
    return Condition(place=place, key=key, comparison=comparison, value=value)


def _intrinsic_values(intrinsic: Intrinsic) -> st.SearchStrategy[Any]:
    usual: dict[Intrinsic, tuple[Any, ...]] = {
        Intrinsic.SERVICE: (*(name for name in SERVICES if name is not None), "unknown_service", "a\ufffdb"),
        Intrinsic.NAME: (*NAMES, "a\ufffdb"),
        Intrinsic.EVENT_NAME: NAMES,
        Intrinsic.KIND: (0, 1, 2, 7, 2.0),
        Intrinsic.STATUS: (0, 1, 2, 1.5),
        Intrinsic.DURATION: (0, 1, MS, 50 * MS, 0.5, 1e30, -1),
        Intrinsic.STATUS_MESSAGE: ("", "broken"),
        Intrinsic.TRACE_STATE: ("", "a=b"),
        Intrinsic.SCOPE_NAME: ("", "lib", "a\0b"),
        Intrinsic.SCOPE_VERSION: ("", "1.0"),
        Intrinsic.PARENT_SPAN_ID: ("0000000000000001", "0000000000000002"),
        Intrinsic.LINK_TRACE_ID: tuple(trace_id(number).hex() for number in TRACES),
        Intrinsic.LINK_SPAN_ID: ("0000000000000001", "0000000000000002"),
    }
    known = st.sampled_from(usual.get(intrinsic, ("0000000000000001",)))
    return st.one_of(known, known, known, st.sampled_from(["x", 5, True, 7.5]))


@st.composite
def equalities(draw: st.DrawFn, known: Known) -> Expression:
    """What attribute indexes answer: one or two values that some span has."""
    parts = []
    for _ in range(draw(st.integers(1, 2)) if known.literals else 0):
        place, key, value = known.literals[draw(st.integers(0, len(known.literals) - 1))]
        found = draw(st.sampled_from([place, Place.ANY]))
        parts.append(Condition(place=found, key=key, comparison=Comparison.EQUAL, value=value))
    return And(tuple(parts))


def expressions(known: Known) -> st.SearchStrategy[Expression]:
    return st.recursive(
        conditions(known),
        lambda inner: (
            st.lists(inner, max_size=3).map(lambda parts: And(tuple(parts)))
            | st.lists(inner, max_size=3).map(lambda parts: Or(tuple(parts)))
        ),
        max_leaves=6,
    )


@st.composite
def queries(draw: st.DrawFn, known: Known) -> TraceQuery:
    """All time, or the seconds around the spans."""
    start_ns = draw(st.sampled_from([0, 0, *(NOW_NS - number * 10 * SECOND for number in range(11))]))
    length_ns = draw(st.sampled_from([2**62, 2**62, 2**62, 60 * SECOND, 10 * SECOND, 1]))
    durations_ns = st.sampled_from([None, None, None, 0, MS, 10 * SECOND, 60 * SECOND])
    return TraceQuery(
        window=Window(start_ns=start_ns, end_ns=start_ns + length_ns),
        where=draw(equalities(known) | expressions(known)),
        min_trace_duration_ns=draw(durations_ns),
        max_trace_duration_ns=draw(durations_ns),
        limit=draw(st.sampled_from([1, 2, 3, 20, 1_000])),
    )


@st.composite
def scenarios(draw: st.DrawFn, searches: int) -> tuple[list[Step], list[TraceQuery]]:
    """What to store, and what to look for in it."""
    stored = draw(steps())
    known = known_literals(stored)
    return stored, draw(st.lists(queries(known), min_size=searches, max_size=searches))

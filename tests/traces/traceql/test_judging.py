"""What a filter holds of, rule by rule."""

import pytest

from traces.domain.span import Event, Link, Resource, Scope, Span
from traces.domain.traceql.judging import make_judge
from traces.domain.traceql.parser import parse
from traces.domain.traceql.serving import get_filter
from traces.domain.traceql.subject import RootedTrace, Standing, Subject, row_of_span

START_NS = 1_790_000_000_000_000_000
SPAN = Span(
    trace_id=bytes(14) + b"\xab\xcd",
    span_id=bytes(7) + b"\x01",
    parent_span_id=b"",
    trace_state="",
    flags=0,
    name="GET /cart",
    kind=2,
    start_time_unix_nano=START_NS,
    end_time_unix_nano=START_NS + 500_000_000,
    status_code=2,
    status_message="two\nlines",
    attributes={
        "n": 3, "double": 3.0, "text": "3", "flag": True, "empty": None, "both": "span",
        "tags": ["p", "q"], "mixed": ["p", 3], "none": [], "flags": [True], "bytes": b"x",
    },
    events=(
        Event(time_ns=START_NS + 7, name="retry", attributes={"k": "1"}),
        Event(time_ns=START_NS + 9, name="exception", attributes={"m": "B"}),
    ),
    links=(Link(trace_id=bytes(15) + b"\x09", span_id=bytes(7) + b"\x08", trace_state="", attributes={}),),
    resource=Resource(attributes={"both": "resource", "pod": "p-1", "service.name": "shop"}),
    scope=Scope(name="django", version="5.2", attributes={"lib": "x"}),
)  # fmt: skip
PLAIN = Span(**{name: getattr(SPAN, name) for name in SPAN.__slots__} | {"events": (), "links": (), "attributes": {}})
WHOLE = RootedTrace(2_000_000_000, None, None)


def holds(text: str, span: Span = SPAN, whole: RootedTrace | None = WHOLE) -> bool | None:
    judge = make_judge(get_filter(parse(text)))
    return judge(Subject(row_of_span(span, "shop"), span, whole, Standing(2, 1, 6, -1)))


@pytest.mark.parametrize(
    "text",
    [
        "{ }",
        '{ name = "GET /cart" && kind = server && status = error && duration = 500ms }',
        "{ span.n = 3.0 && span.double = 3 && span.n < 3.5 }",
        '{ span.text = "3" && span.text >= "2" }',
        "{ duration > 1000 }",
        "{ span.flag && span.flag = true && span.flag != false }",
        '{ !(span.missing = "x") }',
        "{ span.missing = nil && span.n != nil && span.empty = nil }",
        '{ span.tags = "q" && span.tags =~ "q|z" && span.tags != "z" && span.tags !~ "z" }',
        '{ span.mixed = 3 && span.mixed = "p" }',
        '{ .both = "span" && .pod = "p-1" && resource.both = "resource" && .service.name = "shop" }',
        '{ statusMessage =~ "two.lines" }',
        '{ event:name = "exception" && event.m = "B" && event:timeSinceStart = 9ns }',
        "{ event.k = nil }",
        '{ link:traceID = "9" && link:spanID = "8" && link:traceID != nil }',
        '{ instrumentation:name = "django" && instrumentation:version = "5.2" && instrumentation.lib = "x" }',
        '{ trace:id = "abcd" && trace:id =~ "0{28}abcd" && span:id = "1" && span:parentID = "" }',
        '{ rootName != "a" && rootServiceName = "" && traceDuration = 2s }',
        "{ nestedSetParent < 0 && nestedSetLeft = 1 && nestedSetRight = 6 && span:childCount = 2 }",
        "{ span.n * 2 + 1 = 7 && -span.n < 0 && 2 ^ 3 = 8 && 7 / 2 = 3 && -7 % 4 = -3 && 7 / 2.0 = 3.5 }",
    ],
)
def test_it_holds(text: str) -> None:
    assert holds(text) is True


@pytest.mark.parametrize(
    "text",
    [
        '{ span.missing != "x" }',
        '{ span.missing !~ "x" }',
        "{ span.missing < 1 || span.missing >= 1 }",
        "{ span.text = 3 }",
        "{ span.text != 3 }",
        "{ span.n = true || span.n != true || span.flag = 1 || span.flag != 1 }",
        "{ span.flags || span.text || span.missing }",
        '{ span.tags != "p" }',
        '{ span.tags !~ "p" }',
        '{ span.none = "p" || span.none != "p" }',
        "{ span.tags = span.tags }",
        '{ span.bytes = "x" }',
        '{ .both = "resource" }',
        '{ name =~ "GET" }',
        '{ event.k = "1" && event.m = "B" }',
        "{ span.n / 0 = 3 || span.n % 0 = 3 || span.text + 1 > 0 || 9 ^ 999999 > 1 }",
        "{ span.n = span.text }",
        '{ trace:id = "abc" || span:parentID != "" }',
        '{ rootName = "a" || traceDuration > 2s }',
    ],
)
def test_it_does_not_hold(text: str) -> None:
    assert holds(text) is False


@pytest.mark.parametrize(
    "text", ["{ event.k = nil }", "{ event.k != nil }", "{ link.k = nil }", '{ event:name != "x" }']
)
def test_without_an_event_no_condition_on_events_holds(text: str) -> None:
    assert holds(text, PLAIN) is False
    assert holds(f"{{ !({text.strip('{ }')}) }}", PLAIN) is True


def test_what_only_the_trace_knows_is_left_open_until_it_is_known() -> None:
    assert holds("{ traceDuration > 1s && span.n = 3 }", whole=None) is None
    assert holds("{ traceDuration > 1s && span.n = 4 }", whole=None) is False
    assert holds("{ traceDuration > 1s || span.n = 3 }", whole=None) is True
    assert holds("{ !(traceDuration > 1s) }", whole=None) is None


def test_columns_alone_decide_what_they_can() -> None:
    by_columns = Subject(row_of_span(SPAN, "shop"))

    def judge(text: str) -> bool | None:
        return make_judge(get_filter(parse(text)))(by_columns)

    assert judge('{ resource.service.name = "shop" && nestedSetParent < 0 }') is True
    assert judge("{ nestedSetParent >= 0 && span.n = 3 }") is False
    assert judge("{ status = error && (span.n = 4 || event.k = nil || link.a = nil) }") is None

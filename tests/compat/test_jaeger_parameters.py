"""The parameters of Jaeger's first API, in its units and with its defaults."""

from typing import Any

import pytest
from django.http import QueryDict

from tests.builders import NOW_NS
from traces.domain.errors import InvalidQuery
from traces.domain.query import Window
from tracing_ui.compat.jaeger import parameters

HOUR_NS = 3_600_000_000_000
INVALID = "invalid syntax"


def words(query: str) -> QueryDict:
    return QueryDict(query)


def test_a_search_without_parameters_is_of_the_last_two_days() -> None:
    asked = parameters.read_search(words(""), NOW_NS)
    query = asked.query
    assert (query.start_ns, query.end_ns, query.limit) == (NOW_NS - 48 * HOUR_NS, NOW_NS, 100)
    assert (query.service, query.operation, query.tags) == (None, None, {})
    assert (query.min_duration_ns, query.max_duration_ns, asked.trace_ids, asked.is_raw) == (None, None, [], False)


def test_times_are_microseconds_and_durations_have_units() -> None:
    query = parameters.read_search(
        words("service=a&service=b&operation=o&start=1500&end=2500&minDuration=1.5us&maxDuration=2ms&limit=7&x=y"),
        NOW_NS,
    ).query
    assert (query.service, query.operation, query.limit) == ("a", "o", 7)
    assert (query.start_ns, query.end_ns) == (1_500_000, 2_500_000)
    assert (query.min_duration_ns, query.max_duration_ns) == (1_500, 2_000_000)


def test_tags_come_in_two_forms() -> None:
    query = parameters.read_search(words('tag=a:b:c&tag=d:&tags={"e":"f","d":"g"}&tags={"h":""}'), NOW_NS).query
    assert query.tags == {"a": "b:c", "d": "g", "e": "f", "h": ""}


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("start=x", f"unable to parse param 'start': strconv.ParseInt: parsing \"x\": {INVALID}"),
        ("end=1.5", f"unable to parse param 'end': strconv.ParseInt: parsing \"1.5\": {INVALID}"),
        ("limit=x", f'strconv.ParseInt: parsing "x": {INVALID}'),
        ("limit=3000000000", 'strconv.ParseInt: parsing "3000000000": value out of range'),
        ("minDuration=20", "unable to parse param 'minDuration': time: missing unit in duration \"20\""),
        ("raw=x", f"unable to parse param 'raw': strconv.ParseBool: parsing \"x\": {INVALID}"),
        ("tag=k", "malformed 'tag' parameter, expecting key:value, received: k"),
        (
            'tags={"k":1}',
            "malformed 'tags' parameter, cannot unmarshal JSON: "
            "json: cannot unmarshal number into Go value of type string",
        ),
        ("minDuration=2s&maxDuration=1s", "'maxDuration' should be greater than 'minDuration'"),
        ("traceID=1&traceID=x2", f'cannot parse traceID param: strconv.ParseUint: parsing "x2": {INVALID}'),
    ],
)
def test_a_search_that_cannot_be_read(query: str, sentence: str) -> None:
    with pytest.raises(InvalidQuery) as refused:
        parameters.read_search(words(query), NOW_NS)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("1", "1"), ("00000000000000Ff", "ff"), ("102030405060708090a0b0c0d0e0f", "102030405060708090a0b0c0d0e0f"),
        ("AAECAwQFBgcICQoLDA0ODw==", "102030405060708090a0b0c0d0e0f"),
        ("AAECAwQFBgcICQoLDA0ODw", "102030405060708090a0b0c0d0e0f"),
        ("-_8AAAAAAAAAAAAAAAAAAA", "fbff0000000000000000000000000000"),
        ("+/8AAAAAAAAAAAAAAAAAAA==", "fbff0000000000000000000000000000"),
        # 22 letters of both alphabets are hexadecimal.
        ("aaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaaaa"),
    ],
)  # fmt: skip
def test_a_trace_id_is_hexadecimal_or_base64(text: str, digits: str) -> None:
    assert parameters.read_trace_id(text) == int(digits, 16).to_bytes(16, "big")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", f'strconv.ParseUint: parsing "": {INVALID}'),
        ("xyz", f'strconv.ParseUint: parsing "xyz": {INVALID}'),
        ("x" * 20, f'strconv.ParseUint: parsing "xxxx": {INVALID}'),
        ("1" * 33, f"TraceID cannot be longer than 32 hex characters: {'1' * 33}"),
    ],
)
def test_what_is_no_trace_id_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(InvalidQuery) as refused:
        parameters.read_trace_id(text)
    assert str(refused.value) == sentence


def test_dependencies_are_asked_for_in_milliseconds() -> None:
    now_ms = NOW_NS // 1_000_000
    day = Window(start_ns=NOW_NS - 24 * HOUR_NS, end_ns=NOW_NS)
    assert parameters.read_dependencies_window(words(""), NOW_NS) == day
    asked = parameters.read_dependencies_window(words(f"endTs={now_ms}&lookback=1000"), 0)
    assert asked == Window(start_ns=NOW_NS - 1_000_000_000, end_ns=NOW_NS)
    assert parameters.read_dependencies_window(words("lookback=0"), NOW_NS) is None
    assert parameters.read_dependencies_window(words("lookback=-5"), NOW_NS) is None
    assert parameters.read_dependencies_window(words(f"endTs={2**63 - 1}&lookback={2**63 - 1}"), NOW_NS) is not None


def test_metrics_have_their_defaults() -> None:
    asked = parameters.read_metrics(words("service=a&service=b"), NOW_NS)
    assert asked is not None
    assert (asked.services, asked.kinds, asked.is_by_operation) == (["a", "b"], frozenset([2]), False)
    assert asked.window == Window(start_ns=NOW_NS - HOUR_NS, end_ns=NOW_NS)
    assert (asked.step_ms, asked.rate_per_ms) == (5_000, 600_000)
    kinds = parameters.read_metrics(words("service=a&spanKind=client&spanKind=unspecified&lookback=0"), NOW_NS)
    assert kinds is None


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("", "unable to parse param 'service': please provide at least one service name"),
        ("service=a&spanKind=foo", "unable to parse param 'spanKind': unsupported span kind: 'foo'"),
        ("service=a&groupByOperation=x", "unable to parse param 'groupByOperation': "
         f'strconv.ParseBool: parsing "x": {INVALID}'),
        ("service=a&step=1m", f"unable to parse param 'step': strconv.ParseInt: parsing \"1m\": {INVALID}"),
        ("service=a&ratePer=x", f"unable to parse param 'ratePer': strconv.ParseInt: parsing \"x\": {INVALID}"),
        ("service=a&endTs=x", f"unable to parse param 'endTs': strconv.ParseInt: parsing \"x\": {INVALID}"),
        ("service=a&lookback=x", f"unable to parse param 'lookback': strconv.ParseInt: parsing \"x\": {INVALID}"),
    ],
)  # fmt: skip
def test_metrics_that_cannot_be_read(query: str, sentence: str) -> None:
    with pytest.raises(InvalidQuery) as refused:
        parameters.read_metrics(words(query), NOW_NS)
    assert str(refused.value) == sentence


def test_latencies_need_a_quantile() -> None:
    assert parameters.read_quantile(words("quantile=0.95")) == 0.95
    for query, reason in (
        ("", f'strconv.ParseFloat: parsing "": {INVALID}'),
        ("quantile=foo", f'strconv.ParseFloat: parsing "foo": {INVALID}'),
        ("quantile=95", "please provide a number between 0 and 1"),
        ("quantile=nan", "please provide a number between 0 and 1"),
    ):
        with pytest.raises(InvalidQuery) as refused:
            parameters.read_quantile(words(query))
        assert str(refused.value) == f"unable to parse param 'quantile': {reason}"


def test_only_an_empty_or_false_pretty_print_is_none() -> None:
    asked: dict[str, Any] = {"": False, "prettyPrint=": False, "prettyPrint=false": False, "prettyPrint=0": True}
    assert {query: parameters.is_pretty(words(query)) for query in asked} == asked

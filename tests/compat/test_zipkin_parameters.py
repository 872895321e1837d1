"""The parameters of Zipkin's API: what they mean, and the sentence for each that cannot be read."""

from typing import Any

import pytest
from django.http import QueryDict

from tests.builders import NOW_NS
from traces.domain.errors import InvalidQuery
from traces.domain.query import And, Or, TraceQuery, Window
from traces.domain.span import MAX_NS
from tracing_ui.compat.zipkin.clauses import Spellings, bound_service, make_clauses
from tracing_ui.compat.zipkin.parameters import read_dependencies_window, read_search, read_trace_id, read_trace_ids
from tracing_ui.compat.zipkin.query import ZipkinQuery, parse_annotation_query

NOW_MS = NOW_NS // 1_000_000
MS = 1_000_000
HUGE = str(2**63)


def words(**parameters: Any) -> QueryDict:
    found = QueryDict(mutable=True)
    for name, value in parameters.items():
        found[name] = str(value)
    return found


def complaint(read: Any, *arguments: Any) -> str:
    with pytest.raises(InvalidQuery) as problem:
        read(*arguments)
    return str(problem.value)


def test_without_parameters_the_newest_ten_of_the_last_day_are_asked_for() -> None:
    asked = read_search(words(), NOW_NS)
    assert (asked.start_ns, asked.end_ns, asked.limit) == (NOW_NS - 86_400_000 * MS, NOW_NS + 999, 10)
    assert (asked.service, asked.span_name, asked.remote_service) == (None, None, None)
    assert (dict(asked.conditions), asked.min_duration_us, asked.max_duration_us) == ({}, None, None)


def test_times_are_milliseconds_and_durations_microseconds() -> None:
    asked = read_search(words(endTs=5_000, lookback=2_000, minDuration=7, maxDuration=9, limit="+3"), NOW_NS)
    assert (asked.start_ns, asked.end_ns) == (3_000 * MS, 5_000 * MS + 999)
    assert (asked.min_duration_us, asked.max_duration_us, asked.limit) == (7, 9, 3)
    assert read_dependencies_window(words(endTs=5_000, lookback=9_000)) == Window(start_ns=0, end_ns=5_000 * MS)
    assert read_dependencies_window(words(endTs=2**63 - 1, lookback=1)) is None
    far = read_search(words(endTs=2**63 - 1, lookback=2**63 - 1), NOW_NS)
    assert (far.start_ns, far.end_ns) == (0, MAX_NS)


def test_names_are_in_lower_case_and_all_is_any() -> None:
    asked = read_search(words(serviceName="ÉTÉ", remoteServiceName="Bank", spanName="GET /"), NOW_NS)
    assert (asked.service, asked.remote_service, asked.span_name) == ("été", "bank", "get /")
    assert read_search(words(serviceName="", spanName="all"), NOW_NS).span_name is None
    assert read_search(words(spanName="ALL"), NOW_NS).span_name is None


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"endTs": 0}, "endTs <= 0"),
        ({"endTs": -(2**63)}, "endTs <= 0"),
        ({"limit": 0}, "limit <= 0"),
        ({"limit": "-1", "lookback": 0}, "limit <= 0"),
        ({"lookback": 0}, "lookback <= 0"),
        ({"minDuration": 0}, "minDuration <= 0"),
        ({"minDuration": 5, "maxDuration": 4}, "maxDuration < minDuration"),
        ({"maxDuration": 4}, "maxDuration is only valid with minDuration"),
        ({"limit": 2**31}, "Can't convert '2147483648' to type 'Integer'."),
        ({"limit": ""}, "Can't convert '' to type 'Integer'."),
        ({"endTs": "now"}, "Can't convert 'now' to type 'Long'."),
        ({"endTs": "1.5"}, "Can't convert '1.5' to type 'Long'."),
        ({"endTs": "0x10"}, "Can't convert '0x10' to type 'Long'."),
        ({"endTs": "१"}, "Can't convert '१' to type 'Long'."),
        ({"lookback": HUGE}, f"Can't convert '{HUGE}' to type 'Long'."),
        ({"minDuration": "9" * 5_000}, f"Can't convert '{'9' * 100}' to type 'Long'."),
        ({"maxDuration": "1s"}, "Can't convert '1s' to type 'Long'."),
    ],
)
def test_what_cannot_be_searched_is_said_as_zipkin_says_it(parameters: dict[str, Any], sentence: str) -> None:
    assert complaint(read_search, words(**parameters), NOW_NS) == sentence


def test_a_search_stays_within_what_the_store_takes_however_many_spellings_there_are() -> None:
    many = [f"{number}" for number in range(100)]
    spelled = Spellings(services=many, span_names=many, remote=many, answering=many)
    asked = ZipkinQuery(
        start_ns=0, end_ns=1, limit=1, service="a", span_name="b", remote_service="c/d", min_duration_us=5,
        max_duration_us=6, conditions={"error": "", "a": "[1]", "span.kind": "1", "otel.status_code": "ERROR", "b": ""},
    )  # fmt: skip
    clauses = make_clauses(asked, spelled)
    assert len(clauses) == 8
    for clause in clauses:
        where = Or((And((bound_service(many), clause.bound)), clause.elsewhere))
        TraceQuery(window=Window(start_ns=0, end_ns=1), where=where)


def test_dependencies_need_an_end() -> None:
    assert complaint(read_dependencies_window, words()) == "Mandatory parameter/header is missing: endTs"
    assert complaint(read_dependencies_window, words(endTs=-1)) == "endTs <= 0"
    assert complaint(read_dependencies_window, words(endTs=1, lookback=0)) == "lookback <= 0"


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("", {}),
        ("error", {"error": ""}),
        (" http.method = GET  and error ", {"http.method": "GET", "error": ""}),
        ("a=1 and a=2", {"a": "2"}),
        ("a=1 and a", {"a": "1"}),
        ("a and a=", {"a": ""}),
        ("a=b=c", {"a": "b=c"}),
        ("=x and  and a", {"a": ""}),
        ("band and=1", {"band and": "1"}),
        ("a AND b", {"a AND b": ""}),
    ],
)
def test_conditions_are_read_as_zipkin_reads_them(text: str, conditions: dict[str, str]) -> None:
    assert parse_annotation_query(text) == conditions


def test_the_hundredth_condition_keeps_the_rest() -> None:
    found = parse_annotation_query(" and ".join(f"k{number}" for number in range(5_000)))
    assert len(found) == 100
    assert [*found][-1].startswith("k99 and k100 and")


def test_an_id_is_up_to_32_digits_in_lower_case() -> None:
    assert read_trace_id(" 162e ") == (0x162E).to_bytes(16, "big")
    assert read_trace_id("4d2000000000000162e") == (0x4D2000000000000162E).to_bytes(16, "big")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "traceId is empty"),
        ("  ", "traceId is empty"),
        ("0" * 33, "traceId.length > 32"),
        ("a" * 100_000, "traceId.length > 32"),
        ("0" * 32, "traceId is all zeros"),
        ("48485A3953BB6124", "48485A3953BB6124 should be lower-hex encoded with no prefix"),
        ("0xab", "0xab should be lower-hex encoded with no prefix"),
        ("<b>\n", "<b> should be lower-hex encoded with no prefix"),
        ("१", "१ should be lower-hex encoded with no prefix"),
    ],
)
def test_what_is_no_id_is_said_as_zipkin_says_it(text: str, sentence: str) -> None:
    assert complaint(read_trace_id, text) == sentence


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({}, "Mandatory parameter/header is missing: traceIds"),
        ({"traceIds": ""}, "traceIds parameter is empty"),
        ({"traceIds": "a,b,000a"}, "redundant traceId: 000a"),
        ({"traceIds": "a,"}, "traceId is empty"),
        ({"traceIds": "a"}, "Use /api/v2/trace/{traceId} endpoint to retrieve a single trace"),
        ({"traceIds": ",".join(f"{n:x}" for n in range(1, 1_002))}, "traceIds names more than 1,000 traces"),
    ],
)
def test_several_ids_are_different_ones(parameters: dict[str, Any], sentence: str) -> None:
    assert complaint(read_trace_ids, words(**parameters)) == sentence

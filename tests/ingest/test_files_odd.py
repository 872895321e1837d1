"""Odd values in files: each costs its span at most, says why, and is read no more than once."""

import json
from typing import Any

import pytest
from pytest_django import Settings

from tests.ingest.files import file_of, jaeger_span, jaeger_trace, lines, preview, problems_of, zipkin_span
from traces.file_batch import NamedFile, import_all
from traces.ingest.files import frames, jaeger_json, portion, sending
from traces.ingest.files import reading as files_reading
from traces.ingest.files.outcome import BrokenOff
from traces.ingest.handing_on import hand_on
from traces.ingest.result import Translated

HALF = "\ud800"


@pytest.mark.parametrize(
    "odd",
    [
        {"timestamp": HALF},
        {"tags": {"error": [HALF]}},
        {"tags": {"error": 2**70}},
        {"localEndpoint": {"serviceName": [HALF]}},
    ],
)
def test_an_odd_value_in_a_span_of_zipkin_does_not_end_the_file(odd: dict[str, Any]) -> None:
    found = preview([zipkin_span(1), zipkin_span(2, **odd)])
    assert 1 <= found.span_count <= 2
    assert {problem.where for problem in found.problems} == ({"span 2"} if found.problems else set())
    assert found.span_count == 2 or found.problems


@pytest.mark.parametrize(
    "odd",
    [
        {"operationName": ["a", HALF]},
        {"tags": [{"key": "k", "type": "string", "value": [HALF]}]},
        {"tags": [{"key": "k", "type": "float64", "value": 10**400}]},
    ],
)
def test_an_odd_value_in_a_span_of_jaeger_does_not_end_the_file(odd: dict[str, Any]) -> None:
    found = preview({"data": [jaeger_trace(spans=[jaeger_span(1), jaeger_span(2, **odd)])]})
    assert 1 <= found.span_count <= 2
    assert found.problem_count >= 1


def test_an_odd_character_in_a_process_is_put_right_and_said() -> None:
    process = {"serviceName": "shop", "tags": [{"key": "k", "type": "string", "value": HALF}]}
    found = preview({"data": [jaeger_trace(processes={"p1": process})]})
    assert (found.span_count, dict(found.services)) == (3, {"shop": 3})
    [said] = problems_of(found)
    assert said.startswith("span 1: the processes of its trace are kept with changes: text with half a surrogate pair")


def test_a_process_that_cannot_be_read_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[object] = []
    original = jaeger_json.read_process

    def read_process(process: object) -> object:
        read.append(process)
        return original(process)

    monkeypatch.setattr(frames, "read_process", read_process)
    without = jaeger_span(60, processID="p2")
    spans = [*(jaeger_span(number) for number in range(1, 51)), without]
    found = preview({"data": [jaeger_trace(spans=spans, processes={"p1": ["no process"], "p2": {"serviceName": "a"}})]})
    assert (found.span_count, found.problem_count) == (1, 50)
    assert len(read) == 2


@pytest.mark.parametrize("number", [1, 2, 3])
def test_only_spans_count(number: int) -> None:
    """Not what holds them, such as a trace or a list in a list."""
    bad = {"spanID": "zz"}
    spans = [jaeger_span(each, **(bad if each == number else {})) for each in (1, 2, 3)]
    lists = [[zipkin_span(each, **({"id": "zz"} if each == number else {}))] for each in (1, 2, 3)]
    for document in ({"data": [jaeger_trace(spans=spans)]}, [jaeger_trace(spans=spans)], lists):
        [problem] = preview(document).problems
        assert problem.where == f"span {number}"


def test_a_very_long_name_of_a_member_is_not_kept() -> None:
    found = preview([{**zipkin_span(1), "x" * 5_000: 1}, {"y" * 5_000: [], **zipkin_span(2)}])
    assert found.span_count == 2


def test_a_file_may_begin_with_as_much_space_as_it_likes() -> None:
    body = b"\n" * 10_000 + json.dumps([zipkin_span(1)]).encode()
    assert preview(body).span_count == 1


@pytest.mark.any_engine
@pytest.mark.usefixtures("collector_behind")
def test_what_is_stored_of_a_file_that_broke_off_is_said(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """The collector goes away after the first portion."""
    monkeypatch.setattr(portion, "_MAX_SPANS", 2)
    monkeypatch.setattr(files_reading, "_MAX_RUN_SPANS", 2)
    monkeypatch.setattr(sending, "_LONGEST_WAIT_SECONDS", 0)
    sent: list[int] = []

    def hand_on_once(translated: Translated, door: str) -> object:
        if sent:
            settings.COLLECTOR_URL = "http://127.0.0.1:1"
        sent.append(translated.span_count)
        return hand_on(translated, door)

    monkeypatch.setattr(sending, "hand_on", hand_on_once)
    files = [
        NamedFile(name=name, content=file_of(lines(*(zipkin_span(n) for n in range(1, 6))))) for name in ("a", "b")
    ]
    done = import_all(files, 0, lambda step: None)
    first, second = done.outcomes
    assert isinstance(first.problem, BrokenOff)
    assert (done.spans_stored, first.spans_in_part, second.spans_in_part) == (2, 2, 0)
    assert "2 of 5 spans are stored" in first.reason
    assert "stored" not in second.reason

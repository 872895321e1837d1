"""Files of traces that a form sends: looked through, imported, refused."""

import html
import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.test import Client
from pytest_django import Settings

from tests.pages.looking import read_page, read_text
from tests.pages.sending import TRACE_ID, span_id
from tests.pages.trace_files import OLD_NS, make_file, make_span
from tests.services.ports import find_free_port
from traces import reading
from traces.domain.ids import parse_trace_id
from traces.import_views import LINES
from traces.ingest.files import sending
from traces.storage.base import DEFAULT_PROJECT
from traces.uploads import UnnamedFileHandler

Send = Callable[..., None]
MS = 1_000_000
OTHER = "cafe" * 8


def post(client: Client, path: str, *files: tuple[str, bytes], accept: str = "text/html", **fields: str) -> Any:
    uploads = [SimpleUploadedFile(name, content) for name, content in files]
    return client.post(path, {"files": uploads, **fields, "whole": "1"}, headers={"Accept": accept})


def read_lines(client: Client, path: str, *files: tuple[str, bytes], **fields: str) -> list[dict[str, Any]]:
    response = post(client, path, *files, accept=LINES, **fields)
    assert response.status_code == 200
    assert response["Content-Type"] == LINES
    return [json.loads(line) for line in response.getvalue().splitlines()]


def text_of(response: Any) -> str:
    return html.unescape(read_text(response.content.decode()))


def find_starts(trace_id: str = TRACE_ID) -> list[int]:
    trace = reading.load_trace(DEFAULT_PROJECT, parse_trace_id(trace_id))
    return [row.span.start_ns for row in trace.rows]


def is_empty() -> bool:
    return reading.list_services(DEFAULT_PROJECT) == []


def test_a_file_is_looked_through_and_nothing_is_kept(send: Send, client: Client) -> None:
    response = post(client, "/import/preview", ("shop.json", make_file(make_span(1), make_span(2), make_span(2))))
    text = text_of(response)
    assert response.status_code == 200
    assert re.search(r"shop\.json Format Jaeger.*? Traces 1 Spans 3 Repeated 1 span, shown once Time ", text)
    assert "Service till 3 " in text
    assert " 730 d ago " in text
    assert is_empty()


def test_a_file_is_imported_as_it_is(collector_behind: str, client: Client) -> None:
    response = post(client, "/import", ("shop.json", make_file(make_span(1), make_span(2))))
    assert response.status_code == 200
    assert "2 spans are stored" in text_of(response)
    assert "till operation 1" in text_of(response)
    assert f'<a href="/trace/{TRACE_ID}">' in response.content.decode()
    begin = OLD_NS // 1_000 * 1_000
    assert find_starts() == [begin + MS, begin + 2 * MS]
    assert span_id(2) in read_page(client, f"/trace/{TRACE_ID}")


def test_the_times_of_several_files_move_together(collector_behind: str, client: Client) -> None:
    """Each span stays where it was beside the others; the latest ends now."""
    early = make_file(make_span(1, OTHER, start_ns=OLD_NS - 1_000 * MS))
    before_ns = time.time_ns()
    response = post(client, "/import", ("early.json", early), ("late.json", make_file(make_span(1))), shift="now")
    after_ns = time.time_ns()
    assert "2 spans are stored" in text_of(response)
    [early_ns], [late_ns] = find_starts(OTHER), find_starts()
    assert late_ns - early_ns == 1_000 * MS
    assert before_ns <= late_ns + 500_000 <= after_ns
    assert f"/trace/{OTHER}" in read_page(client, "/")
    (search,) = re.findall(r'href="/(\?start=[^"]+)">Search all', response.content.decode())
    assert "2 traces" in read_page(client, f"/{html.unescape(search)}")


def test_who_asks_for_lines_is_told_the_result_in_the_last(collector_behind: str, client: Client) -> None:
    *_, last = read_lines(client, "/import/preview", ("shop.json", make_file(make_span(1))))
    (shift,) = re.findall(r'name="shift" value="(\d+)"', last["html"])
    assert "Import 1 span<" in last["html"]
    *_, last = read_lines(client, "/import", ("shop.json", make_file(make_span(1))), shift=shift)
    assert "1 span is stored" in read_text(last["html"])
    assert find_starts() == [OLD_NS // 1_000 * 1_000 + MS + int(shift)]


def test_no_proxy_keeps_lines_back(send: Send, client: Client) -> None:
    response = client.post(
        "/import/preview",
        {"files": [SimpleUploadedFile("a.json", make_file(make_span(1)))], "whole": "1"},
        headers={"Accept": LINES, "Accept-Encoding": "gzip"},
    )
    assert json.loads(response.getvalue())["html"].startswith("<div")
    assert response["X-Accel-Buffering"] == "no"


def test_new_spans_are_not_offered_another_time(send: Send, client: Client) -> None:
    new = make_file(make_span(1, start_ns=time.time_ns()))
    *_, last = read_lines(client, "/import/preview", ("new.json", new))
    assert "shift" not in last["html"]


@pytest.mark.parametrize("shift", ["", "x", "１", "9" * 30, "--1"])
def test_a_shift_that_is_no_number_is_none(collector_behind: str, client: Client, shift: str) -> None:
    assert post(client, "/import", ("shop.json", make_file(make_span(1))), shift=shift).status_code == 200
    assert find_starts() == [OLD_NS // 1_000 * 1_000 + MS]


@pytest.mark.parametrize("path", ["/import", "/import/preview"])
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<html>", "It is not JSON."),
        (b"", "It is empty."),
        (b'{"a": 1}', "It is JSON, but not of traces"),
        (make_file(make_span(1))[:-40], ""),
    ],
)
def test_a_wrong_file_changes_nothing(
    collector_behind: str, client: Client, path: str, content: bytes, sentence: str
) -> None:
    response = post(client, path, ("<b>index.html", content))
    assert response.status_code == 400
    text = text_of(response)
    assert f"This file cannot be imported <b>index.html {sentence}" in text
    assert "Nothing was changed." in text
    *_, last = read_lines(client, path, ("index.html", content))
    assert "cannot be imported" in last["html"]
    assert 'action="/import"' not in last["html"]
    assert is_empty()


def test_a_wrong_file_among_others_is_left_out(collector_behind: str, client: Client) -> None:
    files = ("a.json", make_file(make_span(1))), ("b.csv", b"a,b,c\n1,2,3\n"), ("c.json", make_file(make_span(2)))
    text = text_of(post(client, "/import/preview", *files))
    assert "2 files Format" in text
    assert "Spans 2 " in text
    assert "b.csv It is CSV" in text
    response = post(client, "/import", *files)
    assert response.status_code == 200
    assert "2 spans are stored" in text_of(response)
    assert len(find_starts()) == 2


def test_what_is_left_out_of_a_file_is_said_row_by_row(send: Send, client: Client) -> None:
    bad = [make_span(number, spanID="x\u202e<i>") for number in range(2, 9)]
    response = post(client, "/import/preview", ("shop.json", make_file(make_span(1), *bad, service="<i>till")))
    page, text = response.content.decode(), text_of(response)
    assert "7 problems" in text
    assert len(re.findall(r"<li><b>[^<]*span \d", page)) == 7
    assert "<i>till 1" in text
    assert "<i>till" not in page
    assert "\u202e" not in page


@pytest.mark.parametrize("accept", ["text/html", LINES])
def test_more_than_may_be_kept_is_refused_before_it_is_read(client: Client, settings: Settings, accept: str) -> None:
    settings.IMPORT_MAX_BYTES = 1_000
    response = post(client, "/import", ("large.json", b"[" * 100_000), accept=accept)
    assert response.status_code == 413
    sentence = "These files are larger than 1,000 bytes (IMPORT_MAX_BYTES)."
    assert sentence in text_of(response)
    assert (text_of(response) == sentence) == (accept == LINES)


def test_a_form_without_its_end_is_refused(client: Client) -> None:
    """A connection that breaks between two lines of a file would else import half of it."""
    uploads = {"files": [SimpleUploadedFile("a.json", make_file(make_span(1)))]}
    response = client.post("/import", uploads)
    assert response.status_code == 400
    assert "The upload broke off." in text_of(response)
    assert "Choose a file first." in text_of(client.post("/import", {"whole": "1"}))


@pytest.mark.parametrize(
    ("content_type", "body"),
    [("multipart/form-data", b"x"), ("multipart/form-data; boundary=a", b"x"), ("application/json", b"{}")],
)
def test_what_is_no_form_of_files_is_refused(client: Client, content_type: str, body: bytes) -> None:
    assert client.generic("POST", "/import", body, content_type).status_code == 400


def test_more_files_than_a_form_may_have_are_refused(client: Client) -> None:
    response = post(client, "/import/preview", *[(f"{number}.json", b"{}") for number in range(101)])
    assert response.status_code == 400
    assert "more than a hundred" in text_of(response)


def test_files_come_with_a_form_of_this_server_only() -> None:
    client = Client(enforce_csrf_checks=True)
    assert post(client, "/import", ("a.json", make_file(make_span(1)))).status_code == 403
    response = client.post("/import", {"whole": "1"}, headers={"Origin": "https://evil.example"})
    assert response.status_code == 403
    page = client.get("/import").content.decode()
    token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[-1]
    assert post(client, "/import/preview", ("a.json", b""), csrfmiddlewaretoken=token).status_code == 400


def test_a_collector_that_is_away_is_said_once(
    send: Send, client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "_ATTEMPTS", 1)
    settings.COLLECTOR_URL = f"http://127.0.0.1:{find_free_port()}"
    response = post(client, "/import", ("a.json", make_file(make_span(1))), ("b.json", make_file(make_span(2))))
    assert response.status_code == 503
    assert text_of(response).count("The collector does not answer.") == 2


def test_there_is_nothing_to_read_where_files_are_sent(client: Client) -> None:
    assert client.get("/import").status_code == 200
    assert client.get("/import/preview")["Location"] == "/import"
    assert client.put("/import").status_code == 405


def test_a_file_that_arrives_has_no_name_on_the_disk(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    handler = UnnamedFileHandler(HttpRequest())
    handler.new_file("files", "a.json", "application/json", None)
    handler.receive_data_chunk(b"[]", 0)
    assert [*tmp_path.iterdir()] == []
    assert handler.file_complete(2).read() == b"[]"
    handler.upload_interrupted()
    assert handler.file.closed

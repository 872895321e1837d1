"""Ids in what people paste."""

import base64
import json
from urllib.parse import quote

import pytest

from traces.domain.errors import InvalidId
from traces.domain.pasted import Reading, list_readings

ID = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"
SHORT = "a3ce929d0e0e4736"
PADDED = "0" * 16 + SHORT
GRAFANA = quote(json.dumps({"abc": {"queries": [{"query": ID, "queryType": "traceql"}]}}))


def _read(text: str) -> list[str]:
    """`<trace id>`, `<trace id>/<span id>`; a trailing `?` where it may be something else."""
    return [_spell(reading) for reading in list_readings(text)]


def _spell(reading: Reading) -> str:
    span = f"/{reading.span_id.hex()}" if any(reading.span_id) else ""
    return f"{reading.trace_id.hex()}{span}{'' if reading.is_certain else '?'}"


@pytest.mark.parametrize(
    "text", [ID, ID.upper(), f"  {ID}\n", f"0x{ID}", f"0X{ID.upper()}", "4bf92f35-77b3-4da6-a3ce-929d0e0e4736"]
)
def test_a_trace_id_is_read_in_any_spelling(text: str) -> None:
    assert _read(text) == [ID]


def test_a_short_id_is_one_of_64_bits() -> None:
    assert _read(SHORT) == [PADDED]


@pytest.mark.parametrize("text", ["1", "abc", "cafe"])
def test_a_few_hex_digits_may_be_an_id_and_may_be_a_word(text: str) -> None:
    assert _read(text) == [f"{text.zfill(32)}?"]


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (int(SHORT, 16), [PADDED]),
        (int(ID, 16), [ID]),
        # It may be hex as well; ids in hex have 16 or 32 digits.
        (12345678901234567890, ["0000000000000000ab54a98ceb1f0ad2", "00000000000012345678901234567890"]),
        (1234567890123456, ["00000000000000001234567890123456", "0000000000000000000462d53c8abac0"]),
    ],
)
def test_a_number_is_an_id_in_decimal(number: int, expected: list[str]) -> None:
    assert set(_read(str(number))) >= set(expected)
    assert _read(str(number))[0] == expected[0]


@pytest.mark.parametrize("number", [2**128, 10**40])
def test_a_number_too_large_for_an_id_is_none(number: int) -> None:
    assert _read(str(number)) == []


def test_an_id_is_read_in_base64() -> None:
    text = base64.b64encode(bytes.fromhex(ID)).decode()
    assert _read(text) == [ID]
    assert _read(text.rstrip("=")) == [f"{ID}?"]
    assert _read(base64.b64encode(bytes.fromhex(SHORT)).decode()) == [PADDED]
    high = bytes.fromhex("fbff" * 8)
    assert _read(base64.b64encode(high).decode()) == _read(base64.urlsafe_b64encode(high).decode()) == [high.hex()]


@pytest.mark.parametrize("text", ["storefronts", "a-service-of-22-letter"])
def test_a_name_as_long_as_an_id_in_base64_is_certain_of_nothing(text: str) -> None:
    assert [reading.is_certain for reading in list_readings(text)] == [False]


@pytest.mark.parametrize(
    "text",
    [
        f"00-{ID}-{SPAN}-01",
        f"traceparent: 00-{ID}-{SPAN}-01",
        f"Traceparent:00-{ID.upper()}-{SPAN.upper()}-00",
        f"cc-{ID}-{SPAN}-01-what-the-future-will-be",
        f"curl -H 'traceparent: 00-{ID}-{SPAN}-01' http://localhost/",
        f"{ID}-{SPAN}-1",
        f"b3: {ID}-{SPAN}-d-{SPAN}",
        f"{ID}:{SPAN}:0:1",
        f"{ID}:f067aa0ba902b7:0:1",
    ],
)
def test_a_header_names_a_span_in_its_trace(text: str) -> None:
    assert _read(text) == [f"{ID}/{SPAN}"]


@pytest.mark.parametrize(
    "address",
    [
        f"http://localhost:16686/trace/{ID}",
        f"https://jaeger.example/jaeger/trace/{ID}?uiFind=x#top",
        f"https://zipkin.example/zipkin/traces/{ID}",
        f"/trace/{ID.upper()}/",
        f"/trace/{ID}#span",
        f"https://ui.honeycomb.io/t/datasets/d/trace?trace_id={ID}",
        f"https://grafana.example/explore?schemaVersion=1&panes={GRAFANA}",
        f"https://grafana.example/explore?panes={quote(GRAFANA)}",
        f"https://example.org/{ID}",
        f"https://app.datadoghq.eu/apm/trace/{int(ID, 16)}",
    ],
)
def test_the_trace_is_found_in_a_link(address: str) -> None:
    assert _read(address) == [ID]


@pytest.mark.parametrize(
    "address",
    [
        f"http://localhost:16686/api/v1/traces/{ID}?span={SPAN}",
        f"https://jaeger.example/trace/{ID}?uiFind={SPAN}",
        f"https://signoz.example/trace/{ID}?spanId={SPAN}&levelUp=0",
        f"https://ui.honeycomb.io/t/trace?trace_id={ID}&span={SPAN}",
    ],
)
def test_a_link_to_a_span_leads_to_the_span(address: str) -> None:
    assert _read(address) == [f"{ID}/{SPAN}"]


@pytest.mark.parametrize(
    "line",
    [
        f"ERROR charge failed trace_id={ID} span_id={SPAN}",
        f'{{"level":"error","traceId":"{ID}","spanId":"{SPAN}"}}',
        f'{{"traceId": "{ID}", "spanId": "{SPAN}"}}',
    ],
)
def test_a_line_of_a_log_may_hold_an_id(line: str) -> None:
    assert _read(line) == [f"{ID}/{SPAN}?"]
    assert _read(f"trace {ID}") == [f"{ID}?"]


@pytest.mark.parametrize(
    "text",
    ["", "checkout", "GET /cart", "/cart", "status=error", "/traces", f"{ID}0", f"{ID[:-1]}g", "theme dark", "=="],
)
def test_what_holds_no_id_is_something_else(text: str) -> None:
    assert _read(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "0" * 32,
        "0" * 16,
        f"00-{'0' * 32}-{SPAN}-01",
        f"{'0' * 32}-{SPAN}-1",
        "https://example.org/",
        "https://example.org/trace/x",
        f"/trace/{ID}00",
        "/trace/",
        f"/trace/{'0' * 32}",
    ],
)
def test_what_is_meant_as_an_id_and_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidId):
        list_readings(text)


def test_a_refusal_quotes_no_more_than_a_line() -> None:
    with pytest.raises(InvalidId) as caught:
        list_readings("https://" + "z" * 10_000)
    assert len(str(caught.value)) < 120

"""RFC 3339 as Go reads it."""

import pytest

from traces.domain.errors import InvalidQuery
from tracing_ui.compat.jaeger.go_time import parse_time_ns

SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("text", "expected_ns"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:01.5Z", 1_500_000_000),
        ("2026-09-21T14:13:20.123456789Z", 1_790_000_000_123_456_789),
        ("2026-09-21T16:13:20.123456789+02:00", 1_790_000_000_123_456_789),
        ("2026-09-21T16:13:20 02:00", 1_790_000_000 * SECOND),
        ("2026-09-21T10:43:20-03:30", 1_790_000_000 * SECOND),
        ("1970-01-01T00:00:00.1234567899Z", 123_456_789),
        ("1969-12-31T23:59:59Z", -SECOND),
        ("1970-01-01T00:00:00,25Z", 250_000_000),
    ],
)
def test_a_time_is_read_to_the_nanosecond(text: str, expected_ns: int) -> None:
    assert parse_time_ns(text) == expected_ns


LAYOUT = '"2006-01-02T15:04:05.999999999Z07:00"'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("yesterday", f'parsing time "yesterday" as {LAYOUT}: cannot parse "yesterday" as "2006"'),
        ("1700000000", f'parsing time "1700000000" as {LAYOUT}: cannot parse "000000" as "-"'),
        ("2026-09-21", f'parsing time "2026-09-21" as {LAYOUT}: cannot parse "" as "T"'),
        ("2026-09-21T14:13:20", f'parsing time "2026-09-21T14:13:20" as {LAYOUT}: cannot parse "" as "Z07:00"'),
        ("2026-09-21T14:13:20Zulu", 'parsing time "2026-09-21T14:13:20Zulu": extra text: "ulu"'),
        ("2026-13-21T14:13:20Z", 'parsing time "2026-13-21T14:13:20Z": month out of range'),
        ("2026-02-30T14:13:20Z", 'parsing time "2026-02-30T14:13:20Z": day out of range'),
        ("2026-02-03T24:13:20Z", 'parsing time "2026-02-03T24:13:20Z": hour out of range'),
        ("2026-02-03T14:13:20+25:00", 'parsing time "2026-02-03T14:13:20+25:00": time zone offset hour out of range'),
    ],
)
def test_what_is_no_time_is_refused_in_the_words_of_go(text: str, expected: str) -> None:
    with pytest.raises(InvalidQuery) as refused:
        parse_time_ns(text)
    assert str(refused.value) == expected

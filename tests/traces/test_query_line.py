"""A search in one line."""

import pytest

from traces.domain.query_line import read_line


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("", {}),
        ("GET /cart", {"operation": "GET /cart"}),
        ("service=shop", {"service": "shop"}),
        (
            'service.name="my shop" status=error kind=server',
            {"service": "my shop", "status": "error", "kind": "server"},
        ),
        ("duration>500ms duration<=2s", {"minDuration": "500ms", "maxDuration": "2s"}),
        ("trace.duration>=1s", {"minTraceDuration": "1s"}),
        ('name="GET \\"x\\""', {"operation": 'GET "x"'}),
        ("http.route=/cart retries>2 db.system=~post.*", {"tags": "http.route=/cart retries>2 db.system=~post.*"}),
        (
            'service=a "key with space"="a b" POST',
            {"service": "a", "tags": '"key with space"="a b"', "operation": "POST"},
        ),
        ("service!=shop", {"tags": "service!=shop"}),
        ("service=a service=b", {"service": "a", "tags": "service=b"}),
        ("name=a b c", {"operation": "a", "tags": "b c"}),
        ('a="unclosed b', {"operation": 'a="unclosed b'}),
        ("service=", {}),
    ],
)
def test_a_line_fills_the_fields_of_the_form(line: str, fields: dict[str, str]) -> None:
    assert read_line(line) == fields

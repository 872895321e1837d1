"""What is said when Tracing UI cannot start."""

import pytest

from tracing_ui.preflight import without_secrets


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:////var/tracing.sqlite3", "sqlite:////var/tracing.sqlite3"),
        ("postgresql://host/traces", "postgresql://host/traces"),
        ("postgresql://me@host:5432/traces", "postgresql://me@host:5432/traces"),
        ("postgresql://me:secret@host/traces", "postgresql://me@host/traces"),
        ("postgresql://me:se@cret@host/traces", "postgresql://me@host/traces"),
        ("postgresql://me@host/traces?password=secret", "postgresql://me@host/traces"),
        ("redis://:secret@host:6379/0", "redis://@host:6379/0"),
        ("", ""),
    ],
)
def test_an_address_is_shown_without_its_secrets(url: str, shown: str) -> None:
    assert without_secrets(url) == shown

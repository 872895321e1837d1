"""Sentences about files that are none of traces in JSON."""

from typing import NoReturn

from traces.domain.errors import PayloadRejected

KNOWN = "Jaeger JSON, Zipkin JSON (v1 and v2) and OTLP JSON, each also packed with gzip"
_PACKED = {
    b"PK\x03\x04": "a zip archive",
    b"\x28\xb5\x2f\xfd": "packed with zstd",
    b"BZh": "packed with bzip2",
    b"\xfd7zXZ\x00": "packed with xz",
    b"7z\xbc\xaf": "a 7z archive",
}
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_OTHER_SIGNALS = {"resourceLogs": "logs", "resourceMetrics": "metrics", "resourceProfiles": "profiles"}
_MAX_NAMES = 5
_MAX_NAME_CHARS = 40


def refuse_what_is_not_json(head: bytes, name: str) -> None:
    """Raises PayloadRejected if a file that begins with `head`, space aside, cannot be JSON."""
    if head[:1] in (b"{", b"["):
        return
    if not head:
        raise PayloadRejected("It is empty.")
    for magic, what in _PACKED.items():
        if head.startswith(magic):
            raise PayloadRejected(f"It is {what}. Unpack it, and import what is in it.")
    if head.startswith(_UTF_16_MARKS):
        raise PayloadRejected("It is text in UTF-16. Save it as UTF-8.")
    if name.lower().removesuffix(".gz").endswith(".csv") or _looks_like_csv(head):
        raise PayloadRejected(f"It is CSV, which does not say what its columns mean. What can be imported: {KNOWN}.")
    raise PayloadRejected(f"It is not JSON. What can be imported: {KNOWN}.")


def refuse_other_json(names: list[str]) -> NoReturn:
    """Raises PayloadRejected for JSON without traces, whose first objects have members of these names."""
    other = [signal for name, signal in _OTHER_SIGNALS.items() if name in names]
    if other:
        raise PayloadRejected(f"It holds OTLP {' and '.join(other)}; Tracing UI keeps traces only.")
    if not names:
        raise PayloadRejected("It holds no spans.")
    shown = ", ".join(f"“{name[:_MAX_NAME_CHARS]}”" for name in names[:_MAX_NAMES])
    raise PayloadRejected(f"It is JSON, but not of traces: its first names are {shown}. What can be imported: {KNOWN}.")


def describe_other_json(names: list[str]) -> str:
    """The same of one value among others, as a clause."""
    try:
        refuse_other_json(names)
    except PayloadRejected as problem:
        sentence = str(problem).partition(" What can be imported")[0].rstrip(".")
        return sentence[0].lower() + sentence[1:]


def _looks_like_csv(head: bytes) -> bool:
    """Two lines, each with the same number of commas."""
    lines = head.splitlines()[:2]
    return len(lines) == 2 and 2 <= lines[0].count(b",") == lines[1].count(b",")

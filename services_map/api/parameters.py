"""The query parameters of each endpoint: declared once, for the schema and for reading them strictly."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from services_map.domain.latency.buckets import BUCKETS, BUCKETS_A_ROW
from traces.api.parameters import SEARCH, read_integer
from traces.domain.errors import InvalidQuery
from traces.domain.query import Window
from traces.domain.search_text import SearchWords, build_query
from traces.domain.span import SpanKind

MAX_OPERATIONS = 1_000
MAX_EXAMPLES = 100
LAST_ROW = (BUCKETS - 1) // BUCKETS_A_ROW
KINDS = {kind.name.lower(): kind for kind in SpanKind}
_WINDOW_NAMES = ("start", "end", "lookback")


def _text(name: str, description: str, **more: Any) -> OpenApiParameter:
    return OpenApiParameter(name, OpenApiTypes.STR, description=description, **more)


def _limit(most: int, default: int, description: str) -> OpenApiParameter:
    bounds = {"type": "integer", "default": default, "minimum": 1, "maximum": most}
    return OpenApiParameter("limit", bounds, description=description)


WINDOW = tuple(parameter for parameter in SEARCH if parameter.name in _WINDOW_NAMES)
SERVICE = _text("service", "Exact name of the service.", required=True)
OPERATIONS = (SERVICE, *WINDOW, _limit(MAX_OPERATIONS, 200, "How many operations."))
SUBJECT = (
    SERVICE,
    _text("operation", "Exact name of the span; the whole service without it."),
    _text("kind", "Kind of the span, where there are several of one name.", enum=list(KINDS)),
    _text("version", "Only spans of this `service.version`."),
    OpenApiParameter(
        "without_version", {"type": "boolean", "default": False}, description="Only spans that gave no version."
    ),
    *WINDOW,
)
EXAMPLES = (
    *SUBJECT[:3],
    *WINDOW,
    OpenApiParameter(
        "row",
        {"type": "integer", "minimum": 0, "maximum": LAST_ROW},
        description="Only of this row of the heatmap, as it is numbered there.",
    ),
    OpenApiParameter("failed", {"type": "boolean", "default": False}, description="Only spans with status error."),
    _limit(MAX_EXAMPLES, 20, "How many."),
)


def read_window(words: dict[str, str], now_ns: int) -> tuple[Window, Window]:
    """The window that is asked for and the equally long one before it. Raises InvalidQuery."""
    given: dict[str, Any] = {name: words[name] for name in _WINDOW_NAMES if name in words}
    window = build_query(SearchWords(**given), now_ns).window
    return window, Window(start_ns=2 * window.start_ns - window.end_ns, end_ns=window.start_ns)


def read_subject(words: dict[str, str]) -> tuple[str, str | None, int | None, str | None]:
    """Service, operation, kind and version as `reading.load_subject` takes them. Raises InvalidQuery."""
    version = "" if read_boolean(words, "without_version") else words.get("version")
    if version == "" and "version" in words:
        raise InvalidQuery("version and without_version exclude each other.", "without_version")
    if "kind" in words and "operation" not in words:
        raise InvalidQuery("kind is that of an operation: name one.", "kind")
    kind = read_kind(words["kind"], "kind") if "kind" in words else None
    return words["service"], words.get("operation"), kind, version


def read_kind(text: str, field: str) -> int:
    """Raises InvalidQuery."""
    if text not in KINDS:
        raise InvalidQuery(f"“{text[:40]}” is no kind; choose one of {', '.join(KINDS)}.", field)
    return KINDS[text]


def read_boolean(words: dict[str, str], name: str) -> bool:
    """Raises InvalidQuery."""
    text = words.get(name, "false")
    if text not in ("true", "false"):
        raise InvalidQuery(f"{name} is true or false.", name)
    return text == "true"


def read_limit(words: dict[str, str], default: int, most: int) -> int:
    return read_integer(words, "limit", default, 1, most)


def read_row(words: dict[str, str]) -> int | None:
    return read_integer(words, "row", 0, 0, LAST_ROW) if "row" in words else None

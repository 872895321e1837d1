"""Attributes as the panel shows them: in groups by namespace, each value in its most readable form."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from traces.domain.attributes import Attributes, AttributeValue, format_value, type_name
from traces.domain.query import Comparison, Place
from traces.panel.filters import search_address, write_condition
from traces.panel.pretty import lay_out_json, lay_out_sql, lay_out_url
from traces.words import visible

_WEB_ADDRESS = re.compile(r"https?://[^\s\"'<>]+\Z", re.IGNORECASE)
_TRACE_ID = re.compile(r"[0-9a-f]{32}\Z|[0-9A-F]{32}\Z")
_SHORT_TRACE_ID = re.compile(r"[0-9a-f]{16}\Z|[0-9A-F]{16}\Z")
_SQL_KEYS = frozenset({"db.statement", "db.query.text", "db.query", "sql.query"})
_URL_KEYS = frozenset({"url.full", "url.path", "url.query", "http.url", "http.target", "url.original"})
# In this order on the page. https://opentelemetry.io/docs/specs/semconv/general/attributes/
_GROUPS = (
    ("HTTP", ("http", "url", "client", "server", "network", "net", "user_agent")),
    ("Database", ("db", "sql")),
    ("RPC", ("rpc", "grpc")),
    ("Messaging", ("messaging", "cloudevents")),
    ("Errors", ("error", "exception")),
    ("Generative AI", ("gen_ai", "llm")),
)
OTHER = "Other"
_GROUP_OF = {namespace: title for title, namespaces in _GROUPS for namespace in namespaces}
_ORDER = (*(title for title, _ in _GROUPS), OTHER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much of attributes is shown: how many, and of each value how many characters; the rest is one click away."""

    attributes: int
    chars: int
    has_pretty: bool


# A span of honest size is shown whole; one with hundreds of attributes must not become a page of megabytes.
SPAN_EXTENT = Extent(attributes=500, chars=2_000, has_pretty=True)
CROWDED_EXTENT = Extent(attributes=500, chars=400, has_pretty=False)
EVENT_EXTENT = Extent(attributes=30, chars=400, has_pretty=False)
_CROWD = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeLine:
    """An attribute as a page shows it.

    `index` is its place in the order sent, as the API lists it. `length` is that of the whole value where `text` is
    cut, else 0. `pretty` is the same value laid out, `language` how; both are empty where `text` reads best.
    `only` and `without` are query strings of searches for the value and for all others, empty where none can ask.
    """

    key: str
    index: int
    text: str
    type: str
    length: int = 0
    pretty: str = ""
    language: str = ""
    web_address: str = ""
    trace_id: str = ""
    only: str = ""
    without: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeGroup:
    title: str
    lines: tuple[AttributeLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeList:
    """The attributes of a span, event, link, resource or scope.

    `source` is where the API's answer has them, such as `events/3`; `total` counts also those that are not shown.
    """

    source: str
    groups: tuple[AttributeGroup, ...]
    total: int
    dropped: int

    @property
    def left_out(self) -> int:
        return self.total - sum(len(group.lines) for group in self.groups)

    @property
    def has_titles(self) -> bool:
        """Whether groups say more than one list would."""
        return len(self.groups) > 1


def list_attributes(
    attributes: Attributes,
    *,
    place: Place,
    source: str = "",
    age_ns: int = 0,
    dropped: int = 0,
    extent: Extent | None = None,
    without_keys: Iterable[str] = (),
) -> AttributeList:
    """Groups in a fixed order, keys by name in each; `age_ns` is how old the span is when it is looked at."""
    extent = extent or (SPAN_EXTENT if len(attributes) <= _CROWD else CROWDED_EXTENT)
    hidden = frozenset(without_keys)
    numbered = [(key, index) for index, key in enumerate(attributes) if key not in hidden]
    by_title: dict[str, list[AttributeLine]] = {title: [] for title in _ORDER}
    for key, index in sorted(numbered)[: extent.attributes]:
        value = attributes[key]
        line = _draw_line(
            key,
            index,
            value,
            extent,
            only=search_address(write_condition(place, key, Comparison.EQUAL, value), age_ns),
            without=search_address(write_condition(place, key, Comparison.NOT_EQUAL, value), age_ns),
        )
        by_title[name_group(key)].append(line)
    groups = (AttributeGroup(title=title, lines=tuple(lines)) for title, lines in by_title.items() if lines)
    return AttributeList(source=source, groups=tuple(groups), total=len(numbered), dropped=dropped)


def name_group(key: str) -> str:
    """The title under which a key stands: that of its namespace."""
    return _GROUP_OF.get(key.partition(".")[0].lower(), OTHER)


def _draw_line(
    key: str, index: int, value: AttributeValue, extent: Extent, *, only: str, without: str
) -> AttributeLine:
    whole = format_value(value)
    pretty, language = _lay_out(key, value, whole) if extent.has_pretty else ("", "")
    is_cut = len(whole) > extent.chars and not pretty
    text = whole[: extent.chars] if is_cut else whole
    shown = visible(text)
    is_plain = isinstance(value, str) and not is_cut and shown == text
    return AttributeLine(
        key=visible(key) or "(no name)",
        index=index,
        text=shown,
        type=type_name(value),
        length=len(whole) if is_cut else 0,
        pretty=visible(pretty),
        language=language,
        web_address=whole if is_plain and _WEB_ADDRESS.match(whole) else "",
        trace_id=_find_trace_id(key, whole) if is_plain else "",
        only=only,
        without=without,
    )


def _lay_out(key: str, value: AttributeValue, whole: str) -> tuple[str, str]:
    """The value laid out, and what it was taken for; `("", "")` where it reads best as it is."""
    if not isinstance(value, str | list | dict):
        return "", ""
    if key in _SQL_KEYS:
        laid_out, language = lay_out_sql(whole), "SQL"
    elif key in _URL_KEYS:
        laid_out, language = lay_out_url(whole), "URL"
    else:
        laid_out, language = lay_out_json(whole), "JSON"
    return (laid_out, language) if laid_out and laid_out != whole else ("", "")


def _find_trace_id(key: str, text: str) -> str:
    """The value as a trace id: 32 digits, or 16 under a key that speaks of traces."""
    is_one = _TRACE_ID.match(text) or ("trace" in key.lower() and _SHORT_TRACE_ID.match(text))
    return text.lower().zfill(32) if is_one and text.strip("0") else ""

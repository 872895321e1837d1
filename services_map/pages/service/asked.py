"""What the address of a service's page asks for, and the addresses of what belongs to it."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import QueryDict
from django.urls import reverse

from services_map.domain.calls.node_keys import spell_node
from services_map.domain.calls.nodes import Node, NodeKind
from services_map.domain.errors import OperationNotFound, ServiceNotFound
from services_map.domain.latency.buckets import BUCKETS, BUCKETS_A_ROW
from services_map.windows import WindowForm
from traces.domain.span import SpanKind, clean_name, kind_name

_NAMES = ("service", "operation", "kind", "version")
# What a name in an address may have; a longer one is nobody's.
_MAX_NAME_CHARS = 8_192


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A service, or its operation of a name; of one kind, of one version. None is any."""

    service: str
    operation: str | None
    kind: int | None
    version: str | None

    @property
    def words(self) -> Mapping[str, str]:
        """As an address says it; empty for what is not asked for."""
        return {
            "service": self.service,
            "operation": self.operation or "",
            "kind": "" if self.kind is None else kind_name(self.kind),
            "version": self.version or "",
        }

    @property
    def said(self) -> Mapping[str, str]:
        """The words that are not empty."""
        return {name: word for name, word in self.words.items() if word}

    @property
    def is_narrowed(self) -> bool:
        """Whether it is less than the whole service."""
        return len(self.said) > 1

    def page(self, form: WindowForm, **changes: str) -> str:
        """The address of the page in the same window, with `changes`; empty is without it."""
        return reverse("services_map:service") + form.link(**{**self.words, **changes})

    def examples(self, form: WindowForm, **changes: str) -> str:
        """The address of the traces of a cell: `start` and `end` (seconds), `row` of the heatmap, `failed`."""
        return reverse("services_map:examples") + form.link(**{**self.words, **changes})

    def compare(self, form: WindowForm, **changes: str) -> str:
        """The address of the comparison with the window before, or with what `changes` say."""
        return reverse("services_map:compare") + form.link(**{**self.words, **changes})

    def sampling(self, form: WindowForm) -> str:
        """The address of what the service is told to sample."""
        return reverse("services_map:sampled_service") + form.link(service=self.service)

    def map(self, form: WindowForm, **changes: str) -> str:
        """The address of the dependency map around the service, with what `changes` say."""
        focus = spell_node(Node(NodeKind.SERVICE, self.service))
        return reverse("services_map:map") + form.link(**{"focus": focus, **changes})

    def search(self, form: WindowForm, **conditions: str) -> str:
        """The address of the search for its spans, with `conditions` in the words of traces.forms."""
        tags = f"resource.service.version={_quote(self.version)}" if self.version else ""
        fields = {"service": self.service, "operation": self.operation or "", "kind": self.words["kind"], "tags": tags}
        return reverse("traces:search") + form.link(**{**fields, **conditions})


def _quote(text: str) -> str:
    """As traces.domain.search_text reads a quoted value."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def read_asked(data: QueryDict) -> Asked:
    """Raises ServiceNotFound and OperationNotFound for what cannot be the name of any."""
    service, operation, kind, version = (clean_name(data.get(name, "")) for name in _NAMES)
    if not service:
        raise ServiceNotFound("The address names no service.")
    if len(service) > _MAX_NAME_CHARS:
        raise ServiceNotFound("No service has a name that long.")
    if kind and kind.upper() not in SpanKind.__members__:
        raise OperationNotFound(f"“{kind[:40]}” is not a kind of span.")
    return Asked(
        service=service,
        operation=operation or None,
        kind=SpanKind[kind.upper()].value if kind else None,
        version=version or None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Which of the spans of a window: all, those of a row of the heatmap, those that failed."""

    row: int | None
    only_failed: bool


def read_cell(data: QueryDict) -> Cell:
    """A row that does not exist is no row."""
    text = data.get("row", "")
    is_row = text.isascii() and text.isdecimal() and len(text) < 4 and int(text) * BUCKETS_A_ROW < BUCKETS
    return Cell(row=int(text) if is_row else None, only_failed=data.get("failed") == "1")

"""What stands below the charts of a service or an operation: one tab at a time, each with what it needs and no more."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from services_map import reading
from services_map.domain.error_groups import group_failures
from services_map.domain.latency.buckets import RELATIVE_ERROR
from services_map.domain.subjects import Subject
from services_map.domain.summary import SubjectDetail
from services_map.pages.service.asked import Asked
from services_map.pages.service.rows import (
    describe_left_out,
    list_callees,
    list_callers,
    list_operations,
    list_versions,
)
from services_map.pages.service.traces import FoundSpans, find_slowest, sample_failures, search_slowest
from services_map.windows import WindowForm
from traces.domain.span import Operation
from traces.micro_waterfall import draw_shape
from traces.storage.base import ProjectId

Context = Mapping[str, object]

#: A line of an operation takes some 2 ms to make and 3 kB; whoever asks gets more of them.
MAX_OPERATIONS: Final = 50
MAX_ALL_OPERATIONS: Final = 200
#: The figures of each version are a reading of their own.
MAX_VERSIONS: Final = 8
MAX_GROUPS: Final = 50
# Among so many of the slowest examples are those of different minutes.
_EXAMPLES_LOOKED_AT: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a page is about. `operations` are all that the service ever had; `shows_all`: lists are long."""

    project: ProjectId
    asked: Asked
    form: WindowForm
    detail: SubjectDetail
    subject: Subject
    operations: Sequence[Operation]
    shows_all: bool


def _operations(page: Page) -> Context:
    now_ns = page.form.now_ns
    limit = MAX_ALL_OPERATIONS if page.shows_all else MAX_OPERATIONS
    found = reading.load_operations(page.project, page.form.window, page.form.before, page.asked.service, limit, now_ns)
    is_cut = found.count > limit and not page.shows_all
    return {
        "operations": found,
        "rows": list_operations(found, page.asked, page.form),
        "left_out": describe_left_out(found),
        "left_out_count": found.count - len(found.operations),
        "all_address": page.asked.page(page.form, tab="operations", all="1") if is_cut else "",
    }


def _slowest(page: Page) -> Context:
    return describe_spans(_search_slowest(page) if page.asked.version else _find_slowest(page))


def _find_slowest(page: Page) -> FoundSpans:
    asked, window = page.asked, page.detail.covered
    examples = reading.find_examples(
        page.project,
        page.form.window,
        asked.service,
        asked.operation,
        asked.kind,
        limit=_EXAMPLES_LOOKED_AT,
        now_ns=page.form.now_ns,
    )
    return find_slowest(page.project, page.subject, window, examples)


def _search_slowest(page: Page) -> FoundSpans:
    """The roll-ups' examples are of any version."""
    least_ns = round((page.detail.figures.p95_ns or 0) * (1 - 2 * RELATIVE_ERROR))
    return search_slowest(page.project, page.subject, page.detail.covered, least_ns)


def describe_spans(found: FoundSpans) -> Context:
    """For the list of found spans: with the drawings of their traces, by trace id."""
    return {
        "found": found,
        "drawings": {span.trace.trace_id: draw_shape(span.shape) for span in found.spans},
        "longest_ns": max((span.duration_ns for span in found.spans), default=0),
    }


def _errors(page: Page) -> Context:
    # What went wrong in a request is said by the spans below it.
    subject = replace(page.subject, only_entries=False)
    sample = sample_failures(page.project, subject, page.detail.covered)
    groups = group_failures(sample.failures)
    return {
        "sample": sample,
        "groups": groups[:MAX_GROUPS],
        "groups_left_out": max(0, len(groups) - MAX_GROUPS),
        "largest_count": max((group.count for group in groups), default=0),
    }


def _dependencies(page: Page) -> Context:
    found = reading.load_neighbours(
        page.project, page.form.window, page.form.before, page.asked.service, page.form.now_ns
    )
    return {
        "callers": list_callers(found, page.asked, page.form),
        "callees": list_callees(found, page.asked, page.form, page.detail.figures.total_ns),
    }


def _versions(page: Page) -> Context:
    seen, asked = page.detail.versions, page.asked
    details = [
        reading.load_subject(
            page.project,
            page.form.window,
            page.form.before,
            asked.service,
            asked.operation,
            asked.kind,
            each.version,
            page.form.now_ns,
        )
        for each in seen[:MAX_VERSIONS]
    ]
    return {
        "versions": list_versions(seen, [detail.figures for detail in details], asked, page.form),
        "version_count": len(seen),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """`name` is the word in the address."""

    name: str
    label: Promise
    load: Callable[[Page], Context]

    @property
    def template(self) -> str:
        return f"services_map/_tab_{self.name}.html"


_OPERATIONS = Tab(name="operations", label=gettext_lazy("Operations"), load=_operations)
_SLOWEST = Tab(name="slowest", label=gettext_lazy("Slowest"), load=_slowest)
_ERRORS = Tab(name="errors", label=gettext_lazy("Errors"), load=_errors)
_DEPENDENCIES = Tab(name="dependencies", label=gettext_lazy("Dependencies"), load=_dependencies)
_VERSIONS = Tab(name="versions", label=gettext_lazy("Versions"), load=_versions)


def list_tabs(asked: Asked) -> tuple[Tab, ...]:
    """Those of a service, or of one of its operations."""
    if asked.operation is None:
        return _OPERATIONS, _SLOWEST, _ERRORS, _DEPENDENCIES, _VERSIONS
    return _SLOWEST, _ERRORS, _VERSIONS


def choose_tab(asked: Asked, name: str) -> Tab:
    """The tab of that name, or the first."""
    tabs = list_tabs(asked)
    return next((tab for tab in tabs if tab.name == name), tabs[0])

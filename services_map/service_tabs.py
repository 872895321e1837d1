"""What stands below the charts of a service or an operation: one tab at a time, each with what it needs and no more."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy

from services_map import reading
from services_map.asked import Asked
from services_map.domain.error_groups import group_failures
from services_map.domain.subjects import Subject
from services_map.domain.summary import Figures, LinkSummary, SubjectDetail, VersionSeen
from services_map.subject_traces import find_slowest, sample_failures
from services_map.windows import WindowForm
from traces.micro_waterfall import draw_shape
from traces.storage.base import ProjectId

MAX_OPERATIONS: Final = 200
MAX_VERSIONS: Final = 10
MAX_GROUPS: Final = 50
# Among so many of the slowest examples are those of different minutes.
_EXAMPLES_LOOKED_AT: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a tab knows of its page."""

    project: ProjectId
    asked: Asked
    form: WindowForm
    detail: SubjectDetail
    subject: Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """A link, and the share that its calls have in the time of the service's requests; None where it had none."""

    link: LinkSummary
    time_share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionFigures:
    """A version that was seen in the window; `compared` is the address of its comparison with the one before it."""

    seen: VersionSeen
    figures: Figures
    compared: str


def _operations(page: Page) -> Mapping[str, object]:
    found = reading.load_operations(
        page.project, page.form.window, page.form.before, page.asked.service, MAX_OPERATIONS
    )
    return {"operations": found}


def _slowest(page: Page) -> Mapping[str, object]:
    asked = page.asked
    examples = reading.find_examples(
        page.project, page.form.window, asked.service, asked.operation, asked.kind, limit=_EXAMPLES_LOOKED_AT
    )
    found = find_slowest(page.project, page.subject, examples)
    return {
        "found": found,
        "drawings": {span.trace.trace_id: draw_shape(span.shape) for span in found.spans},
        "longest_ns": max((span.duration_ns for span in found.spans), default=0),
    }


def _errors(page: Page) -> Mapping[str, object]:
    sample = sample_failures(page.project, page.subject, page.detail.covered)
    groups = group_failures(sample.failures)
    return {
        "sample": sample,
        "groups": groups[:MAX_GROUPS],
        "groups_left_out": max(0, len(groups) - MAX_GROUPS),
        "largest_count": max((group.count for group in groups), default=0),
    }


def _dependencies(page: Page) -> Mapping[str, object]:
    found = reading.load_neighbours(page.project, page.form.window, page.form.before, page.asked.service)
    total_ns = page.detail.figures.total_ns
    return {
        "callers": found.callers,
        "callees": [
            Dependency(link=link, time_share=link.figures.total_ns / total_ns if total_ns else None)
            for link in found.callees
        ],
        "slots": found.slots,
    }


def _versions(page: Page) -> Mapping[str, object]:
    seen = page.detail.versions
    return {
        "versions": [_describe_version(page, version) for version in seen[:MAX_VERSIONS]],
        "version_count": len(seen),
    }


def _describe_version(page: Page, version: VersionSeen) -> VersionFigures:
    asked = page.asked
    detail = reading.load_subject(
        page.project,
        page.form.window,
        page.form.before,
        asked.service,
        asked.operation,
        asked.kind,
        version.version,
    )
    return VersionFigures(seen=version, figures=detail.figures, compared="")


@dataclass(frozen=True, slots=True)
class Tab:
    name: str
    label: str
    load: Callable[[Page], Mapping[str, object]]


_OPERATIONS = Tab("operations", gettext_lazy("Operations"), _operations)
_SLOWEST = Tab("slowest", gettext_lazy("Slowest"), _slowest)
_ERRORS = Tab("errors", gettext_lazy("Errors"), _errors)
_DEPENDENCIES = Tab("dependencies", gettext_lazy("Dependencies"), _dependencies)
_VERSIONS = Tab("versions", gettext_lazy("Versions"), _versions)


def list_tabs(asked: Asked) -> tuple[Tab, ...]:
    """Those of a service, or of one of its operations."""
    if asked.operation is None:
        return _OPERATIONS, _SLOWEST, _ERRORS, _DEPENDENCIES, _VERSIONS
    return _SLOWEST, _ERRORS, _VERSIONS


def choose_tab(asked: Asked, name: str) -> Tab:
    """The tab of that name, or the first."""
    tabs = list_tabs(asked)
    return next((tab for tab in tabs if tab.name == name), tabs[0])
